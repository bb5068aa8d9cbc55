"""Days that a caller names by today ("tomorrow", "next Tuesday", "in two weeks"), as dates.

"Tuesday" and "this Tuesday" are the next one after today, "next Tuesday" is that of the week after this one (weeks
begin on Monday). What names no single day ("next week", "any time") stays as it was said.
"""

import re
from datetime import date, timedelta

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()
_NEAR = {"today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2}
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3}
_NAMED = re.compile(rf"(?:(?P<which>next|this|coming) )?(?P<day>{'|'.join(_DAYS)})\b", re.IGNORECASE)
_AHEAD = re.compile(r"in (?P<count>a|one|two|three|\d{1,3}) (?P<unit>day|week|month)s?\b", re.IGNORECASE)
_NEARLY = re.compile(r"(?:the day after tomorrow|today|tonight|tomorrow)\b", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def dated(value: str, today: date) -> str:
    """The value with the day that it begins with as `2026-12-01`; as it is where it names no such day."""
    for pattern in (_NEARLY, _AHEAD, _NAMED):
        if found := pattern.match(value):
            rest = value[found.end() :]
            if found[0].lower() == "tonight" and not rest:
                rest = " evening"
            return f"{_day(found, today).isoformat()}{rest}"
    return value


def is_relative(words: str) -> bool:
    """Do the words name a day by today?"""
    return any(pattern.search(words) for pattern in (_NEARLY, _AHEAD, _NAMED))


def in_full(value: str) -> str:
    """`2026-12-01 morning` as it is listened back: "Tuesday the 1st of December, morning"."""
    found = _ISO.match(value)
    if found is None:
        return value
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return value
    rest = value[found.end() :].strip()
    told = f"{_DAYS[day.weekday()]} the {day.day}{_ending(day.day)} of {_MONTHS[day.month - 1]}"
    return f"{told}, {rest}" if rest else told


def _day(found: re.Match[str], today: date) -> date:
    named = found.groupdict()
    if "unit" in named:
        count = _COUNTS.get(named["count"].lower()) or int(named["count"])
        return (
            _months_on(today, count)
            if named["unit"].lower() == "month"
            else today + timedelta(days=count * (7 if named["unit"].lower() == "week" else 1))
        )
    if "day" not in named:
        return today + timedelta(days=_NEAR[found[0].lower()])
    weekday = _DAYS.index(named["day"].capitalize())
    if (named["which"] or "").lower() == "next":
        return today + timedelta(days=7 - today.weekday() + weekday)
    return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)


def _months_on(today: date, count: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(today.year * 12 + today.month - 1 + count, 12)
    for day in range(today.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, today.day)


def _ending(number: int) -> str:
    return "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
