"""What kind of answer the caller has been asked for, and how long it is where that is known."""

import re
from dataclasses import dataclass
from functools import lru_cache

from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import Expects, Field, State
from stages.dialogue.wanted import FieldType

PHONE_DIGITS = {"en": 10, "fr": 10, "es": 9, "it": 10, "pt": 9, "nl": 10, "de": 11}
"""Digits of a telephone number as callers say theirs, by language; German ones vary, this is a common length."""

_COUNTS = {
    word: count for count, word in enumerate("three four five six seven eight nine ten eleven twelve".split(), 3)
}
_LENGTH = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(_COUNTS)})[- ](?:digit|character|letter|number|figure)s?\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Expected:
    """`kind`: one of `Expects` or of `FieldType`. `length`: characters of a full answer; 0 where that is not known."""

    kind: str = Expects.OPEN
    length: int = 0
    words: int = 0
    """The fewest words of a full answer, where that is known: two of a full name."""

    @classmethod
    def of(cls, state: State, field: Field | None, language: str = "en") -> "Expected":
        """What a state waits for; `field` is the one it waits for, where it does for one."""
        if field is None:
            known = {kind.value for kind in Expects}
            return cls(state.expects if state.expects in known else Expects.OPEN)
        return _of_field(field, language)

    @classmethod
    def by(cls, dialogue: Dialogue) -> "Expected":
        """What the dialogue waits for now: the answer to a read-back goes before what the state waits for."""
        if dialogue.asking is not None:
            return cls(Expects.YES_NO)
        state = dialogue.state
        field = dialogue.spec.wanted(state.expects) if state.expects else None
        return cls.of(state, field, dialogue.spec.language)


@lru_cache(maxsize=256)
def _of_field(field: Field, language: str) -> Expected:
    told = f"{field.description} {field.question}"
    found = _LENGTH.search(told)
    length = (_COUNTS.get(found[1].lower()) or int(found[1])) if found else 0
    if field.type == FieldType.PHONE:
        length = length or PHONE_DIGITS.get(language, 0)
    full = field.type == FieldType.NAME and re.search(r"\bfull name\b|\bfirst and last\b", told, re.IGNORECASE)
    return Expected(field.type, length, 2 if full else 0)
