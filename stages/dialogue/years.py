"""Years as callers say them: "nineteen fifty-two", "twenty ten", "two thousand and three", "sixty-one"."""

import re

_UNITS = {word: value for value, word in enumerate("one two three four five six seven eight nine".split(), 1)}
_TEENS = {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_CENTURIES = {"eighteen": 1800, "nineteen": 1900, "twenty": 2000}
CENTURY_FROM = 30
"""A year said in two digits is of this century below this, of the last one from it on."""

_UNIT = "|".join(_UNITS)
_REST = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{_UNIT}))?|{'|'.join(_TEENS)}|(?:oh|o)[ -](?:{_UNIT})|hundred)"
_WHOLE = (
    rf"(?:18|19|20)\d\d|(?:eighteen|nineteen|twenty)[ -]{_REST}"
    rf"|two thousand(?:[ -](?:and )?(?:{'|'.join(_TEENS)}|(?:twenty)(?:[ -](?:{_UNIT}))?|{_UNIT}))?"
)
_SHORT = (
    r"['’]\d\d|[03-9]\d(?!\d|[:.]\d| ?[ap]\.?m\b| ?o['’]?clock)"
    rf"|(?:{'|'.join(list(_TENS)[1:])})(?:[ -](?:{_UNIT}))?|oh[ -](?:{_UNIT})"
)
YEAR = rf"(?:{_WHOLE})\b"
"""A whole year, in lower case."""
SHORT_YEAR = rf"(?:{_SHORT})\b"
"""One in two digits: only behind a day and a month, or where a year is what is missing."""
_FOUND = re.compile(rf"(?<![\w/.-])({YEAR})(?![/\d-])")


def year(words: str) -> int:
    """The number of a year that `YEAR` or `SHORT_YEAR` has matched."""
    flat = re.sub(r"[ -]+", " ", words.lower().strip()).lstrip("'’")
    if flat.isdigit():
        return int(flat) if len(flat) == 4 else _in_full(int(flat))
    if flat.startswith("two thousand"):
        return 2000 + _number(flat.removeprefix("two thousand").strip().removeprefix("and "))
    first, _, rest = flat.partition(" ")
    if first in _CENTURIES and rest and rest.split()[0] not in _UNITS:
        return _CENTURIES[first] + (0 if rest == "hundred" else _number(rest))
    return _in_full(_number(flat))


def year_in(text: str) -> int | None:
    """The one whole year in a text."""
    found = _FOUND.findall(text.lower())
    return year(found[0]) if len(found) == 1 else None


def _number(words: str) -> int:
    return sum(_UNITS.get(word) or _TEENS.get(word) or _TENS.get(word) or 0 for word in words.split())


def _in_full(short: int) -> int:
    return short + (2000 if short < CENTURY_FROM else 1900)
