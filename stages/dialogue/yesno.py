"""Yes, no, and "I'd rather not say", in the caller's words."""

import re

_LEAD = r"(?:(?:um|uh|oh|well|so|ah|okay|ok|hm|hmm|and|but|sorry|actually) )*"
_YES = (
    r"(?:yes|yeah|yep|yup|ya|correct|right|exactly|sure|perfect|absolutely|certainly|indeed|ok|okay"
    r"|affirmative|of course|"
    r"that's (?:it|right|correct|the one|fine|good)|that is (?:it|right|correct|fine)|it is|you got it|sounds"
    r" (?:good|right)|"
    r"all right|alright|fine|good|great|uh huh|mhm|spot on|got it|you've got it|please do|yes please)"
)
_NO = (
    r"(?:no|nope|nah|wrong|incorrect|negative|not (?:quite|right|correct|really|exactly)|that's (?:not (?:it"
    r"|right|correct)|wrong)|"
    r"that is (?:not (?:it|right|correct)|wrong)|it isn't|it's not|it is not|you got it wrong|that isn't"
    r" (?:it|right|correct))"
)
_TAIL = (
    r"(?: (?:please|thanks|thank you|that's right|that is right|that's correct|it is|sir|madam|there|indeed|then|all"
    r"|very much))*"
)

_ONLY_YES = re.compile(rf"{_LEAD}{_YES}(?: {_YES})*{_TAIL}")
_ONLY_NO = re.compile(rf"{_LEAD}{_NO}(?: {_NO})*{_TAIL}")
_BEGINS_YES = re.compile(rf"{_LEAD}{_YES}\b")
_BEGINS_NO = re.compile(rf"{_LEAD}(?:{_NO}|wait|hang on|hold on|i said|i meant|make it|make that)\b")
_NEGATED = re.compile(r"\b(?:no|not|nope|isn't|wrong|never|don't|but)\b")
_REFUSAL = re.compile(
    rf"(?:{_LEAD}(?:no )?)?(?:i(?:'d| would) (?:rather|prefer) not(?: to)?(?: (?:say|tell|give|share"
    rf"|answer))?.{{0,40}}|"
    r"i (?:don't|do not|won't|will not) (?:want|wish|like) to (?:say|tell|give|share|answer|leave)\b.{0,40}|"
    r"i(?:'m| am) not (?:going to |gonna )?(?:comfortable |willing to )?(?:saying|telling|giving|sharing|say"
    r"|tell|give|share)\b.{0,40}|"
    r"i (?:won't|will not|refuse to|can't|cannot) (?:say|tell|give|share|answer|disclose)\b.{0,40}|"
    r"(?:can we |let's |please )?skip (?:that|it|this|this one|that one|the question)(?: please)?|"
    r"(?:that's |it's )?none of your business.{0,20}|(?:that's|it's) (?:private|personal|confidential).{0,20})"
)
_DECLINED = frozenset({"refused", "refuses", "declined", "declines", "refuse", "decline", "will not say", "won't say"})


def flat(text: str) -> str:
    return " ".join(re.findall(r"[\w']+", text.lower().replace("\u2019", "'")))


def is_yes(text: str) -> bool:
    """Nothing but a yes."""
    return _ONLY_YES.fullmatch(flat(text)) is not None


def is_no(text: str) -> bool:
    """Nothing but a no."""
    return _ONLY_NO.fullmatch(flat(text)) is not None


def denies(text: str) -> bool:
    """Begins with a no, or takes something back."""
    return _BEGINS_NO.match(flat(text)) is not None


def affirms(text: str) -> bool:
    """Begins with a yes and takes nothing of it back."""
    low = flat(text)
    return _BEGINS_YES.match(low) is not None and _NEGATED.search(low) is None


def refuses(text: str, *, said_of_it: bool = False) -> bool:
    """The caller will not give what was asked. `said_of_it`: the text is a value, as the model notes a refusal."""
    low = flat(text)
    return (said_of_it and low in _DECLINED) or _REFUSAL.fullmatch(low) is not None
