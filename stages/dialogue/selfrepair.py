"""Values that a caller takes back in mid-sentence: "four seven, no, four seven five", "the twelfth, no, tenth"."""

import re

from stages.dialogue.amend import amended
from stages.dialogue.numerals import Run
from stages.dialogue.values import normalise, spot
from stages.dialogue.wanted import Field, FieldType

DIGITS = frozenset({FieldType.PHONE, FieldType.NUMBER, FieldType.ID})
_TAKEN_BACK = re.compile(
    r"[\s,.;:…-]*(?<![\w'’])(?:(?:oh|uh|um|er|ah),? )?"
    r"(?:(?:no|nope|sorry|wait|hang on|hold on|scratch that|correction|i mean|i meant|or rather|rather|my mistake"
    r"|make (?:it|that)|excuse me|actually)(?![\w'’])[\s,.;:…-]*)+(?:(?:it's|it is|that's|uh|um|er)[\s,]+)*",
    re.IGNORECASE,
)


def said(field: Field, text: str) -> tuple[Run, ...]:
    """The values of the field's type that the words hold, each in its one spelling; what was taken back is not among
    them."""
    mended = self_repaired(field, text)
    if mended is not None:
        return (mended,)
    return tuple(
        Run(normalise(field, text[run.start : run.end]) or run.text, run.start, run.end) for run in spot(field, text)
    )


def self_repaired(field: Field, text: str) -> Run | None:
    """The value that is left after what was taken back, if something was. Behind the mark stands all or a part."""
    for mark in _TAKEN_BACK.finditer(text):
        before, after = text[: mark.start()], text[mark.end() :]
        first = _all_of(field, before)
        if first is None or not after:
            continue
        meant = self_repaired(field, after) or _all_of(field, after)
        if field.type in DIGITS:
            value = _spliced(first.text, meant.text) if meant is not None else None
            end = meant.end if meant is not None else 0
        else:
            value, end = _put_right(field, first.text, after, meant)
        if value is not None and (value := normalise(field, value)) is not None:
            return Run(value, first.start, mark.end() + end)
    return None


def _all_of(field: Field, text: str) -> Run | None:
    """The last thing of its kind that is said; digits in pieces are one number."""
    if field.type == FieldType.PHONE:
        # A part of a number is not one yet.
        runs = spot(Field(field.name, type=FieldType.NUMBER), text)
    else:
        runs = spot(field, text)
    return runs[-1] if runs else None


def _put_right(field: Field, said: str, after: str, meant: Run | None) -> tuple[str | None, int]:
    value = amended(field, said, after)
    if value is not None and (meant is None or len(meant.text) <= len(value)):
        return value, len(after)
    return (meant.text, meant.end) if meant is not None else (None, 0)


def _spliced(said: str, meant: str) -> str:
    """ "5550147" and "4758": the number goes on from where the new digits meet the old ones."""
    if len(meant) >= len(said):
        return meant
    for size in range(len(meant), 0, -1):
        at = said.rfind(meant[:size])
        if at >= 0 and at + size + (0 if size == len(meant) else len(meant) - size) >= len(said):
            return said[:at] + meant
    return said[: len(said) - len(meant)] + meant
