"""Where in the caller's words a value comes from, and how sure the recogniser was there."""

import re
from collections.abc import Iterable

from stages.dialogue.confidence import confidence
from stages.dialogue.fields import UNHEARD, Evidence
from stages.dialogue.history import Entry, Heard
from stages.dialogue.numerals import code_runs, digit_runs
from stages.dialogue.values import SPELLED, normalise, spot
from stages.dialogue.wanted import Field, FieldType

LOOKED_BACK = 4
"""Things the caller said last in which a value is looked for."""


def evidence(field: Field, value: str, history: Iterable[Entry]) -> Evidence:
    """The newest words that hold the value; where none do, all of the newest, and a spelled value counts as unheard."""
    said = [entry for entry in history if isinstance(entry, Heard)][-LOOKED_BACK:][::-1]
    for entry in said:
        place = _place(field, value, entry.text)
        if place is not None:
            return _at(entry, *place)
    if not said:
        return Evidence(0, 0, 0, "", UNHEARD if field.type in SPELLED else None)
    newest = said[0]
    whole = _at(newest, 0, len(newest.text))
    if field.type not in SPELLED or _in_pieces(field, value, said):
        return whole
    return Evidence(whole.turn, whole.start, whole.end, whole.words, UNHEARD)


def _at(entry: Heard, start: int, end: int) -> Evidence:
    return Evidence(entry.turn, start, end, entry.text[start:end], confidence(entry.tokens, entry.text, start, end))


def _place(field: Field, value: str, text: str) -> tuple[int, int] | None:
    for run in spot(field, text):
        if value in (run.text, normalise(field, text[run.start : run.end])):
            return run.start, run.end
    if found := _literal(value, text):
        return found
    if field.type in SPELLED:
        return None
    return _spelled_name(value, text) if field.type == FieldType.NAME else _overlap(value, text)


def _literal(value: str, text: str) -> tuple[int, int] | None:
    """The value itself, as words of their own. No pattern is made of it: each would be used once."""
    wanted, low = value.lower(), text.lower()
    if len(low) != len(text):  # a letter that is two in lower case
        wanted, low = value, text
    at = low.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (_is_word(low[at - 1 : at]) or _is_word(low[end : end + 1])):
            return at, end
        at = low.find(wanted, at + 1)
    return None


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _spelled_name(value: str, text: str) -> tuple[int, int] | None:
    last = value.split()[-1].upper()
    return next(((run.start, run.end) for run in code_runs(text) if run.text == last), None) or _overlap(value, text)


def _overlap(value: str, text: str) -> tuple[int, int] | None:
    """From the first to the last of the value's words, if the text has at least half of them."""
    wanted = {word for word in re.findall(r"\w+", value.lower()) if len(word) > 2 or word.isdigit()}
    found = [word for word in re.finditer(r"\w+", text) if word[0].lower() in wanted]
    if not wanted or 2 * len({word[0].lower() for word in found}) < len(wanted):
        return None
    return found[0].start(), found[-1].end()


def _in_pieces(field: Field, value: str, said: list[Heard]) -> bool:
    """A long number may be given in two goes."""
    runs = code_runs if field.type == FieldType.ID else digit_runs
    given = "".join(run.text for entry in reversed(said) for run in runs(entry.text))
    return bool(given) and value.lstrip("+") in given
