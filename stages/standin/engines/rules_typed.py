"""Values of fields whose type the prompt tells: read by the type, whatever the field is called.

The engine stands in for a model that can read numbers, dates and addresses as well as the dialogue's code can, so it
uses that code; which field is meant, and whether one is, it has to find out by itself.
"""

import re

from stages.dialogue.dates import date_in
from stages.dialogue.numerals import Run
from stages.dialogue.selfrepair import said
from stages.dialogue.values import spot
from stages.dialogue.wanted import Field, FieldType

_TYPE = re.compile(r"\btype: (\w+)")
_BARE_TYPE = re.compile(r"(\w+)(?= \(|$)")
"""A field without a description is told by its type alone."""
_READ = frozenset(
    {FieldType.PHONE, FieldType.EMAIL, FieldType.DATE, FieldType.TIME, FieldType.DATE_TIME, FieldType.NUMBER}
    | {FieldType.ID}
)
_DIGITS = frozenset({FieldType.PHONE, FieldType.NUMBER, FieldType.ID})
_DAYS = frozenset({FieldType.DATE, FieldType.DATE_TIME})
_EMPTY = frozenset("number id code no date day time the of a an how many in or".split())
_BEFORE, _BEHIND = 40, 24
"""Characters around a number in which what it counts is named."""
_WHOLE_NAMES = frozenset(
    {"order", "job", "account", "ticket", "case", "reference", "policy", "prescription", "booking"}
)
_LONG_AGO = re.compile(r"19\d\d-|20[01]\d-")
MOMENT = Field("moment", type=FieldType.DATE_TIME)


def declared(meaning: str) -> str | None:
    """The type that the prompt tells, if this module reads it."""
    found = _TYPE.search(meaning) or _BARE_TYPE.match(meaning)
    return found[1] if found and found[1] in _READ else None


def read_typed(name: str, meaning: str, text: str, expected: bool) -> str | None:
    """The field's value in the caller's words. Unasked, only what can be meant for no other field is taken."""
    kind = declared(meaning)
    assert kind is not None
    runs = said(Field(name, type=kind), text)
    if kind in _DIGITS:
        runs = tuple(run for run in runs if not _is_moment(run, text))
        if not expected and kind != FieldType.PHONE:
            runs = tuple(run for run in runs if _is_named(name, meaning, run, text, kind))
        longest = max(runs, key=lambda run: len(run.text), default=None)
        return longest.text if longest is not None else None
    if kind in _DAYS and not expected and not _may_be_unasked(name, meaning, text):
        return None
    if kind == FieldType.TIME and not expected and not any(sign.isdigit() for run in runs for sign in run.text):
        return None
    return runs[0].text if runs else None


def _may_be_unasked(name: str, meaning: str, text: str) -> bool:
    """A date of birth is one where somebody was born, or one of long ago; any other day is none there."""
    day = date_in(text)
    if day is None:
        return False
    about_birth = bool(re.search(r"birth|born", f"{name} {meaning}", re.IGNORECASE))
    return about_birth == bool(re.search(r"\bborn\b|birth", text, re.IGNORECASE) or _LONG_AGO.match(day.text))


def _is_moment(run: Run, text: str) -> bool:
    """Are these the digits of a date or a time?"""
    return any(moment.start < run.end and run.start < moment.end for moment in spot(MOMENT, text))


def _is_named(name: str, meaning: str, run: Run, text: str, kind: str) -> bool:
    """ "three nights", "order 48213": what the number is of stands beside it."""
    if kind == FieldType.ID and len(run.text) < 3:
        return False
    if kind == FieldType.ID and re.search(r"[A-Z]", run.text) and re.search(r"\d", run.text):
        return True
    labels = {word.rstrip("s") for word in re.findall(r"[a-z]+", name.lower())} - _EMPTY
    if kind == FieldType.ID:
        labels |= {word for word in _WHOLE_NAMES if word in meaning.lower()}
    before = text[max(run.start - _BEFORE, 0) : run.start].lower()
    behind = text[run.end : run.end + _BEHIND].lower()
    near = {word.rstrip("s") for word in re.findall(r"[a-z]+", before)[-4:] + re.findall(r"[a-z]+", behind)[:1]}
    return bool(labels & near)
