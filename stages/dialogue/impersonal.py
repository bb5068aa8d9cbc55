"""May these words of the agent be kept beyond the call? Only if they could have been said to anybody.

Kept are short openings that come again and again ("You're welcome!", "I can help you with that."). Not kept is what has
a digit, a spelled letter or a number in words in it, a capital inside a sentence (a name, a place, a brand), a word
that the caller used as a name, or one out of a value that the call has found out.
"""

import re
from collections.abc import Iterator

from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import Heard
from stages.dialogue.wanted import FieldType

LONGEST = 60
"""Characters: what is longer than an opening clause is not likely to come again."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FORBIDDEN = re.compile(r"[\d@#$£€%_/\\]")
_STOP = re.compile(r"[.!?…]\s*$")
_NUMBERS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand double triple".split()
)
_UNCOUNTED = frozenset(("one", "double", "triple"))
"""Of these, what counts nothing where it stands alone: "One moment", "Let me double check"."""
_DAYS = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february april june july august september october"
    " november december".split()
)
"""Days and months that are no other word, too."""
_ORDINARY = frozenset(
    "a an and any are as at be been but by can could did do does for from get got had has have he her here his how i if"
    " in is it its just like me more my need needs new no not now of off on one or our out over please she so some that"
    " the their them then there they this to too up us want was we were what when where which who why will with would"
    " yes you your".split()
)
"""Words that are in anybody's value and say nothing of them."""
_OPENERS = frozenset(
    "hello hi hey okay ok sure great thanks thank good fine well right sorry yeah yep nope perfect alright oh um uh"
    " please actually wait maybe could let let's that's what's i'd i'll i'm i've can't don't".split()
)
"""Words that callers begin with; of any other one that begins a sentence it is not known whether it is a name."""


def is_impersonal(text: str, private: frozenset[str] = frozenset()) -> bool:
    """`private`: words of this call, in small letters, that must not be in it (`private_words`)."""
    if len(text) > LONGEST or _FORBIDDEN.search(text):
        return False
    number = False
    for word, begins in _words(text):
        small = word.casefold()
        if small in private or (not begins and _is_name(word)) or (len(word) == 1 and small not in "aio"):
            return False
        if small in _DAYS or (small in _NUMBERS and (number or small not in _UNCOUNTED)):
            return False
        number = small in _NUMBERS
    return True


def private_words(dialogue: Dialogue, said: str = "") -> frozenset[str]:
    """The words that are this caller's: of the values found out, and what they themselves used as a name.

    `said`: what they have said in the turn that is going on.
    """
    values = (entry.value for entry in dialogue.ledger if entry.field.type != FieldType.ENUM)
    found = {word.casefold() for value in values for word, _ in _words(value)} - _ORDINARY
    lines = (said, *(entry.text for entry in dialogue.history if isinstance(entry, Heard)))
    names = {word.casefold() for line in lines for word, begins in _words(line) if _may_name(word, begins)}
    return frozenset(found | names)


def _may_name(word: str, begins: bool) -> bool:
    small = word.casefold().replace("’", "'")
    return _is_name(word) and not (begins and (small in _ORDINARY or small in _OPENERS))


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Every word, and whether a sentence begins with it."""
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()].rstrip("\"'“‘( ")
        yield found.group(), not (end or between) or _STOP.search(between) is not None
        end = found.end()


def _is_name(word: str) -> bool:
    return word[0].isupper() and word != "I" and word[:2] not in ("I'", "I’")
