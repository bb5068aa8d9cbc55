"""Yes, no, and "I'd rather not say", in the caller's words."""

import re

_LEAD = r"(?:(?:um|uh|oh|well|so|ah|okay|ok|hm|hmm|and|but|sorry|actually) )*"
_YES = (
    r"(?:yes|yeah|yep|yup|ya|correct|right|exactly|sure|perfect|absolutely|certainly|indeed|ok|okay"
    r"|affirmative|of course|aye|yea|righto|bang on|that'll do|"
    r"that's (?:it|right|correct|the one|fine|good|me|us|perfect|great|spot on)|"
    r"that is (?:it|right|correct|fine)|it is|you got it|sounds (?:good|right)|"
    r"i (?:think|believe|guess|suppose) (?:so|it is|that's right)|should be|"
    r"all right|alright|fine|good|great|uh huh|mhm|spot on|got it|you've got it|please do|yes please)"
)
_NO = (
    r"(?:no|nope|nah|wrong|incorrect|negative|not (?:quite|right|correct|really|exactly)|that's (?:not (?:it"
    r"|right|correct)|wrong)|"
    r"that is (?:not (?:it|right|correct)|wrong)|it isn't|it's not|it is not|you got it wrong|that isn't"
    r" (?:it|right|correct))"
)
_TAIL = (
    r"(?: (?:please|thanks|thank you|that's right|that is right|that's correct|it is|there|indeed|then|all|very much"
    r"|sir|madam|ma'am|miss|love|dear|darling|mate|pal|buddy|man|boss|honey|cheers|ta))*"
)

_ASSENT = frozenset(
    "yes yeah yep yup that's that is it it's the a right correct correctly spelling spelled number address date"
    " name way"
    " you've you have got all of exactly perfectly fine good mine my one this thanks thank very much please and"
    " sir madam ma'am miss love dear darling mate pal buddy man boss honey cheers ta"
    " indeed absolutely still same ok okay great perfect".split()
)
"""Words around a yes that take nothing back."""

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
    r"i(?:'d| would) (?:rather|prefer)(?: if| that)? you (?:didn't|did not|don't|do not)\b.{0,40}|"
    r"i (?:don't|do not|won't|will not) (?:usually |normally |ever )?give (?:that|it|this|those"
    r"|my \w+)(?: out)?\b.{0,30}|"
    r"i(?:'d| would) (?:rather|prefer to|like to) keep .{1,40}(?:private|to myself|out of (?:it|this))|"
    r"i(?:'d| would)? (?:rather|prefer to|like to|want to|wish to) (?:stay|remain|be) anonymous|anonymous|"
    r"(?:can we |let's |please )?skip (?:that|it|this|this one|that one|the question)(?: please)?|"
    r"(?:that's |it's )?none of your business.{0,20}|(?:that's|it's) (?:private|personal|confidential).{0,20})"
)
_NOTHING = (
    r"(?:none(?: at all)?|nothing|not (?:that|as far as) i know(?: of)?|not really|not (?:at the moment|yet|right now)"
    r"|there (?:isn't|is not|aren't|are not)(?: (?:one|any|none))?|there (?:is|are) (?:none|no)"
    r"|i (?:don't|do not) (?:have|think|believe|know)(?: (?:one|any|so|there is(?: one)?|it|that))?(?: (?:on|with) me)?"
    r"|i (?:haven't|have not)(?: got)?(?: (?:one|any|it))?(?: (?:on|with) me)?|i have (?:no|none))"
)
_NONE = re.compile(
    rf"{_LEAD}(?:(?:no|nope|nah)(?: {_NOTHING})?|{_NOTHING})"
    r"(?: (?:i'm afraid|i am afraid|sorry|thanks|thank you|i think|though|for (?:this|that|it)|at the moment|right now"
    r"|please|here|with me|on me))*"
)
_DECLINED = frozenset({"refused", "refuses", "declined", "declines", "refuse", "decline", "will not say", "won't say"})


_KNOW = re.compile(r"^know (?=that's|that is|that was|that will|thank|thanks|nothing|not|it's|it is)")
"""What recognisers make of a no; nobody begins so."""


def flat(text: str) -> str:
    return _KNOW.sub("no ", " ".join(re.findall(r"[\w']+", text.lower().replace("\u2019", "'"))))


def is_yes(text: str) -> bool:
    """Nothing but a yes: "yes", "that's right", "yes, that's the right spelling"."""
    low = flat(text)
    begun = _BEGINS_YES.match(low)
    if begun is None or _ONLY_YES.fullmatch(low) is not None:
        return begun is not None
    # Recognisers write "Right?" for a short answer; "yes, is that the right one?" is a question.
    return not text.rstrip().endswith("?") and _ASSENT.issuperset(low[begun.end() :].split())


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


def has_none(text: str, label: str) -> bool:
    """There is nothing to give: "no", "none", "not that I know of", "no deadline"."""
    named = {"a", "an", "the", "my", "any", *flat(label).split(), *flat(label.replace("-", "")).split()}
    return _NONE.fullmatch(" ".join(word for word in flat(text).split() if word not in named)) is not None
