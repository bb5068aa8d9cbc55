"""Values that a caller takes back in mid-sentence: "four seven, no, four seven five", "the twelfth, no, tenth"."""

import re
from itertools import islice

from stages.dialogue.amend import amended
from stages.dialogue.numerals import Run, digit_runs
from stages.dialogue.values import normalise, spot
from stages.dialogue.wanted import Field, FieldType

MOST_MARKS = 8
"""Times that one may take something back in one breath."""
DIGITS = frozenset({FieldType.PHONE, FieldType.NUMBER, FieldType.ID})
_MARKS = (
    r"(?<![\w'’])(?:no|nope|sorry|wait|hang on|hold on|scratch that|correction|i mean|i meant|or rather|rather"
    r"|my mistake|make (?:it|that)|excuse me|actually)(?![\w'’])"
)
_MARK = re.compile(_MARKS, re.IGNORECASE)
_TAKEN_BACK = re.compile(
    rf"[\s,.;:…-]*(?:(?<![\w'’])(?:oh|uh|um|er|ah),? )?"
    rf"(?:{_MARKS}[\s,.;:…-]*)+(?:(?:it's|it is|that's|uh|um|er)[\s,]+)*",
    re.IGNORECASE,
)


def said(field: Field, text: str) -> tuple[Run, ...]:
    """The values of the field's type that the words hold, each in its one spelling; what was taken back is not among
    them."""
    if taken_back(field, text):
        return ()
    mended = self_repaired(field, text)
    if mended is not None:
        return (mended,)
    return tuple(
        Run(normalise(field, text[run.start : run.end]) or run.text, run.start, run.end) for run in spot(field, text)
    )


def self_repaired(field: Field, text: str) -> Run | None:
    """The value that is left after what was taken back, if something was. Behind a mark stands all of it or a part."""
    held, mended, before = None, False, ""
    for start, end in _between_marks(text):
        part = text[start:end]
        run = _all_of(field, part)
        if held is None:
            held, before = (Run(run.text, start + run.start, start + run.end) if run is not None else None), part
            continue
        value, length = _taken_on(field, held.text, part, run, before)
        before = part
        if value is not None:
            held, mended = Run(value, held.start, start + length), True
    value = normalise(field, held.text) if held is not None and mended else None
    return Run(value, held.start, held.end) if held is not None and value is not None else None


def address_repaired(value: str) -> str:
    """An address without what was taken back in it: of "12 Church Lane no sorry 14" the number counts anew."""
    if _NUMBERED_PART.search(value):
        return value
    parts = [value[start:end].strip(" ,.;") for start, end in _between_marks(value)]
    kept = parts[0]
    for part in parts[1:]:
        if not kept:
            return value
        meant = _other_address(kept, part)
        if meant is None:
            return value
        kept = meant
    return kept


_NUMBERED_PART = re.compile(
    r"\b(?:flat|apartment|apt|unit|suite|room|house|door|plot|block|building|floor|shop|office|gate)[ .]+no\b\.? ?\d",
    re.IGNORECASE,
)
"""Here a "no" takes nothing back: "Flat No. 4"."""


def _other_address(said: str, part: str) -> str | None:
    runs, number = digit_runs(part), digit_runs(said)
    numbered = bool(runs) and runs[0].start == 0
    if not any(sign.isalpha() for sign in said) and not numbered:  # "3 No Man's Lane"
        return None
    if numbered:
        whole = any(sign.isalpha() for sign in part[runs[0].end :])
        return part if whole else _with_number(said, number, runs[0].text)
    if not _KIND_OF_STREET.search(part):
        return None
    if runs:  # "Flat 4, 14 Chapel Lane"
        return part
    # Another street: the number stands.
    return f"{number[0].text} {part}" if number and number[0].start == 0 else None


def _with_number(said: str, number: tuple[Run, ...], meant: str) -> str | None:
    return f"{meant}{said[number[0].end :]}" if number and number[0].start == 0 else None


_KIND_OF_STREET = re.compile(
    r"\b(?:street|road|lane|avenue|drive|close|way|court|place|square|boulevard|row|gardens|terrace|crescent|mews|hill"
    r"|walk|grove|park|st|rd|ave|dr|ln)\b",
    re.IGNORECASE,
)


def _between_marks(text: str) -> list[tuple[int, int]]:
    if _MARK.search(text) is None:  # one look, where the whole pattern takes many
        return [(0, len(text))]
    marks = [mark.span() for mark in islice(_TAKEN_BACK.finditer(text), MOST_MARKS)]
    return list(zip([0, *(end for _, end in marks)], [*(start for start, _ in marks), len(text)], strict=True))


def taken_back(field: Field, text: str) -> bool:
    """ "Two small, no sorry, two large": what counted the field's own things counts other ones, and none is left."""
    if field.type != FieldType.NUMBER:
        return False
    parts = [_units(text[start:end]) for start, end in _between_marks(text)]
    own = {_singular(word) for word in re.findall(r"[a-z]+", field.name.lower())}
    rest = set().union(*parts[1:])
    return bool(parts[0] & own and rest and not rest & own)


def _units(text: str) -> set[str]:
    """What the numbers in a text count: the words right behind them."""
    behind = (_UNIT.match(text, run.end) for run in digit_runs(text))
    return {_singular(found[1].lower()) for found in behind if found} - _NO_UNITS


def _singular(word: str) -> str:
    return word.removesuffix("s")


_UNIT = re.compile(r"\s+(?:of (?:the )?)?([A-Za-z]{3,})\b")
_NO_UNITS = frozenset("please thank thanks and the for then that but with not now".split())


def _taken_on(field: Field, said: str, part: str, run: Run | None, before: str) -> tuple[str | None, int]:
    """What becomes of a value by the next part, and how far into the part its words go. `before`: the one before."""
    if field.type == FieldType.NUMBER and run is not None and (units := _units(part)) and units != _units(before):
        return run.text, run.end
    if field.type in DIGITS:
        return (_spliced(said, run.text), run.end) if run is not None else (None, 0)
    return _put_right(field, said, part, run)


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
