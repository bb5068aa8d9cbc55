"""How long a silence ends the caller's turn, judged by what they said so far and by what was asked."""

import re

from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import Expects, FieldType, State

YES_NO_US = 250_000
FINISHED_US = 450_000
OPEN_US = 600_000
DIGITS_US = 1_000_000
UNFINISHED_US = 1_200_000

_YES_NO = re.compile(
    r"(yes|yeah|yep|yup|no|nope|nah|sure|correct|right|exactly|okay|ok|please do|of course|not really|that's right)"
    r"( (please|thanks|thank you|it is|it isn't|that's right|that's correct|i do|i don't|correct|that's all))*"
)
_NEVER_LAST = re.compile(
    r"\b(and|or|but|because|the|a|an|my|your|our|their|of|um+|uh+|er|erm|hmm+|i'm|it's|if|let me|let's see|i|we)$"
)
"""A recogniser puts a full stop behind whatever it is given; behind these it means nothing."""
_SELDOM_LAST = re.compile(
    r"\b(so|then|to|for|with|at|on|in|from|by|about|around|is|are|was|were|well|like|when|which|who|that|where|his|her|its)$"
)
_NUMBER_WORDS = frozenset(
    "zero oh nought one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred double triple".split()
)
_LONG_ANSWERS = frozenset(
    {Expects.DIGITS, Expects.SPELLING, FieldType.PHONE, FieldType.EMAIL, FieldType.ADDRESS, FieldType.NUMBER}
)
_CLOSED = (".", "!", "?")


def patience(state: State, text: str, kind: str | None = None) -> int:
    """Microseconds. `kind` is the type of the field that the state expects, where it expects one."""
    return patience_for(text, kind or state.expects)


def patience_for(text: str, expected: str | None = None) -> int:
    """The same by the words alone, and by what kind of answer is expected."""
    said = text.strip()
    words = re.findall(r"[\w']+", said.lower().replace("\u2019", "'"))
    if not words:
        return OPEN_US
    flat = " ".join(words)
    if said.endswith((",", "-", "\u2014", "...", "\u2026", ":")) or _NEVER_LAST.search(flat):
        return UNFINISHED_US
    if not said.endswith(_CLOSED) and _SELDOM_LAST.search(flat):
        return UNFINISHED_US
    if expected in _LONG_ANSWERS or _ends_in_digits(words) or _is_spelling(words):
        return YES_NO_US if _YES_NO.fullmatch(flat) else DIGITS_US
    if _YES_NO.fullmatch(flat):
        return YES_NO_US if expected == Expects.YES_NO else FINISHED_US
    if said.endswith(_CLOSED):
        return FINISHED_US
    return OPEN_US


def _ends_in_digits(words: list[str]) -> bool:
    """Two numbers in a row at the end: a longer number may go on."""
    return len(words) > 1 and all(word.isdigit() or word in _NUMBER_WORDS for word in words[-2:])


def _is_spelling(words: list[str]) -> bool:
    return len(words) > 1 and all(len(word) == 1 and word.isalpha() for word in words[-2:])


def first_patience(dialogue: Dialogue) -> int:
    """Microseconds, while nothing of the turn was understood."""
    return DIGITS_US if dialogue.state.expects in _LONG_ANSWERS else OPEN_US
