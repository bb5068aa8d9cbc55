"""Times of day, days, dates and years as English says them."""

import re

from stages.spoken_numbers import clock, ordinal, year

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip
_FRACTIONS = {
    (1, 2): "one half", (1, 3): "one third", (2, 3): "two thirds", (1, 4): "one quarter", (3, 4): "three quarters",
}  # fmt: skip
_LONG_MONTH = "|".join(_MONTHS)
_SHORT_MONTH = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)"
_MONTH = rf"({_LONG_MONTH}|{_SHORT_MONTH}\b\.?)"
_SHORT_DAY = r"(?:Mon|Tues|Tue|Wed|Thurs|Thur|Thu|Fri|Sat|Sun)"

_HOUR = r"(?<![\w:.,$€£¥/-])(\d{1,2})"
_HALF = r" ?([ap])\.? ?m\b\.?"
_HOURS = re.compile(
    rf"{_HOUR}(?::([0-5]\d))?(?:{_HALF})?(?: ?[-–—] ?| to )(\d{{1,2}})(?::([0-5]\d))?{_HALF}", re.IGNORECASE
)
_BARE_HOURS = re.compile(rf"{_HOUR}:([0-5]\d)(?: ?[-–—] ?| to )(\d{{1,2}}):([0-5]\d)(?![\d:])", re.IGNORECASE)
_CLOCK = re.compile(rf"{_HOUR}(?::([0-5]\d))?{_HALF}", re.IGNORECASE)
_BARE_CLOCK = re.compile(r"(?<![\w:.,$€£¥/-])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])")

_DAY_RANGE = re.compile(rf"\b({_SHORT_DAY})\b\.? ?[-–] ?({_SHORT_DAY})\b\.?")
_DAY = re.compile(
    rf"\b(?:({_SHORT_DAY})\.(?=,? [a-z\d]|,)|(Tues|Tue|Thurs|Thur|Thu|Fri)\b"
    rf"|({_SHORT_DAY})(?=,? (?:{_SHORT_MONTH}|{_LONG_MONTH})\b))"
)
_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")
_SLASHED = re.compile(r"(?<![\w/$€£¥.-])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d\d))?(?![\w/%]|\.\d)")
_MONTH_DAY = re.compile(
    rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?!:|[.,]\d|-\d|–\d| ?[ap]\.?m\b)(?:,? (\d{{4}})\b)?"
)
_MONTH_DAYS = re.compile(rf"\b{_MONTH} (\d{{1,2}}) ?[-–] ?(\d{{1,2}})\b(?![:\w]|-\d)")
_DAY_MONTH = re.compile(
    rf"(?<![\w/.,:-])([Tt]he )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?![A-Za-z])(?:,? (\d{{4}})\b)?"
)
_MONTH_ALONE = re.compile(rf"\b({_SHORT_MONTH})\.(?= [a-z\d]|,)")
_MONTH_YEAR = re.compile(rf"\b({_LONG_MONTH}),? ((?:1[6-9]|20)\d\d)\b(?![:/-]\d)")
_YEAR = re.compile(
    r"\b([Ii]n|[Ss]ince|[Uu]ntil|[Yy]ear|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter) ((?:1[6-9]|20)\d\d)"
    r"(?![\w%]|[.,:/-]\w| [a-z]+s\b)"
)


_DIGIT = re.compile(r"\d")


def times(text: str) -> str:
    """`at 2:30pm` -> `at two thirty PM`; from 13:00 on a time without AM or PM gets it."""
    text = _HOURS.sub(_hours, text)
    text = _BARE_HOURS.sub(lambda found: f"{_at(found, 1)} to {_at(found, 3)}", text)
    text = _CLOCK.sub(lambda found: _stopped(found, clock(int(found[1]), int(found[2] or 0), _half(found[3]))), text)
    return _BARE_CLOCK.sub(lambda found: _at(found, 1), text)


def dates(text: str) -> str:
    """`11/02/1969` -> `November second, nineteen sixty-nine`: in numbers the month comes first, as in the US."""
    text = _DAY_RANGE.sub(lambda found: f"{_day(found[1])} to {_day(found[2])}", text)
    text = _DAY.sub(lambda found: _day(found[1] or found[2] or found[3]), text)
    if not _DIGIT.search(text):
        return _MONTH_ALONE.sub(lambda found: _month(found[1]), text)
    text = _ISO.sub(lambda found: _date(found[0], int(found[2]), int(found[3]), found[1]), text)
    text = _SLASHED.sub(_slashed, text)
    text = _MONTH_DAYS.sub(
        lambda found: f"{_month(found[1])} {ordinal(int(found[2]))} to {ordinal(int(found[3]))}", text
    )
    text = _MONTH_DAY.sub(lambda found: _named(found, _month(found[1]), found[2], found[3]), text)
    text = _DAY_MONTH.sub(lambda found: _named(found, _month(found[3]), found[2], found[4]), text)
    text = _MONTH_ALONE.sub(lambda found: _month(found[1]), text)
    text = _MONTH_YEAR.sub(lambda found: f"{found[1]} {year(int(found[2]))}", text)
    return _YEAR.sub(lambda found: f"{found[1]} {year(int(found[2]))}", text)


def _half(letter: str | None) -> str:
    return f"{letter.upper()}M" if letter else ""


def _at(found: re.Match[str], group: int) -> str:
    hour, minute = int(found[group]), int(found[group + 1])
    return clock(hour, minute) if hour < 24 else found[group] + ":" + found[group + 1]


def _hours(found: re.Match[str]) -> str:
    first, second = int(found[1]), int(found[4])
    if not (0 < first <= 12 and 0 < second <= 12):
        return found[0]
    begun = clock(first, int(found[2] or 0), _half(found[3]))
    if not found[3]:
        begun = begun.removesuffix(" o'clock")
    return _stopped(found, f"{begun} to {clock(second, int(found[5] or 0), _half(found[6]))}")


def _stopped(found: re.Match[str], said: str) -> str:
    """The full stop of "p.m." stays where it ends the sentence too."""
    hour = int(found[1])
    if hour > 12:
        said = clock(hour, int(found[2] or 0)) if hour < 24 else found[0]
    following = found.string[found.end() :]
    ends = found[0].endswith(".") and (not following.strip() or re.match(r"\s+[A-Z]", following))
    return f"{said}." if ends and not said.endswith(".") else said


def _day(written: str) -> str:
    return _DAYS[written[:3].lower()]


def _month(written: str) -> str:
    return next(name for name in _MONTHS if name.startswith(written.rstrip(".")[:3]))


def _date(written: str, month: int, day: int, of: str | None) -> str:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return written
    said = f"{_MONTHS[month - 1]} {ordinal(day)}"
    if not of:
        return said
    full = int(of) if len(of) == 4 else int(of) + (2000 if int(of) < 50 else 1900)
    return f"{said}, {year(full)}"


def _slashed(found: re.Match[str]) -> str:
    first, second, of = int(found[1]), int(found[2]), found[3]
    dated = re.search(
        r"\b(?:on|by|born|since|until|from|before|after|date)[ :]*\Z", found.string[: found.start()], re.I
    )
    if of is None and not dated and (first, second) in _FRACTIONS:
        return _FRACTIONS[first, second]
    if first > 12 and second <= 12:
        first, second = second, first
    return _date(found[0], first, second, of)


def _named(found: re.Match[str], month: str, day: str, of: str | None) -> str:
    return _date(found[0], _MONTHS.index(month) + 1, int(day), of)
