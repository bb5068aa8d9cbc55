"""Days and times of day in what a caller says, in one spelling: "the fourth of March" is "March 4"."""

import re

from stages.dialogue.numerals import Run, digit_runs
from stages.dialogue.years import SHORT_YEAR, YEAR, year

_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = "january february march april may june july august september october november december".split()
_SHORT = {name[:3]: name for name in (*_DAYS, *MONTHS)} | {"tues": "tuesday", "thurs": "thursday", "sept": "september"}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
        " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
} | {"thirtieth": 30}
_ORDINALS |= {f"twenty {word}": 20 + value for word, value in list(_ORDINALS.items())[:9]} | {"thirty first": 31}
_HOURS = {
    word: value
    for value, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), 1)
}
_MINUTES = {
    "fifteen": 15,
    "thirty": 30,
    "forty five": 45,
    "twenty": 20,
    "ten": 10,
    "oh five": 5,
    "forty": 40,
    "fifty": 50,
}

_NAMES = "|".join((*_DAYS, *MONTHS, *sorted(_SHORT, key=len, reverse=True)))
_ORDINAL = "|".join(sorted((re.escape(word).replace(r"\ ", "[ -]") for word in _ORDINALS), key=len, reverse=True))
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_ORDINAL})"
_MONTH = "|".join((*MONTHS, *(name[:3] for name in MONTHS), "sept"))
_YEAR = rf"(?:,? (?:of |in )?(?P<{{}}>{YEAR}|{SHORT_YEAR}))?"

_ISO = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b")
_DATED = re.compile(
    rf"\b(?:(?:the )?(?P<day>{_DAY}) (?:of )?(?P<month>{_MONTH})\b\.?{_YEAR.format('year')}"
    rf"|(?P<month2>{_MONTH})\b\.? (?:the )?(?P<day2>{_DAY})\b{_YEAR.format('year2')})"
)
_NUMBERED = re.compile(
    rf"\b(?P<first>\d{{1,2}})(?P<mark>[/.])(?P<second>\d{{1,2}})(?P=mark)(?P<year>(?:19|20)?\d\d)\b(?!\.\d)"
    rf"|\b(?:the )?(?P<day>{_DAY}) of the (?P<month>{_ORDINAL})\b{_YEAR.format('said')}"
)
"""A month by its number: "5/12/1960" has the month first, "5.12.1960" and "the fifth of the twelfth" the day."""
_COUNTED = {word: value for value, word in enumerate("one two three four five six seven eight nine".split(), 1)}
_COUNTED |= {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split(), 10
    )
} | {"thirty": 30, "thirty one": 31}
_COUNTED |= {f"twenty {word}": 20 + value for word, value in list(_COUNTED.items())[:9]}
_COUNT = rf"(?:\d{{1,2}}|{'|'.join(sorted((word.replace(' ', '[ -]') for word in _COUNTED), key=len, reverse=True))})"
_BARE = re.compile(rf"(?P<first>{_COUNT})(?P<mark>[ -])(?P<second>{_COUNT})(?:(?P=mark)|, ?)(?P<year>{YEAR})")
"""Nothing but three numbers: "2 2 1961", "five twelve nineteen sixty"; the month first, where it can be one."""
_CENTURY = re.compile(r"19\d\d|20\d\d|nineteen|twenty|thousand")
_RELATIVE = re.compile(
    r"\b(?:the day after tomorrow|today|tomorrow|tonight|(?:next|this|coming) (?:week|weekend|month)"
    r"|in (?:a|one|two|three|\d+) (?:days?|weeks?|months?)"
    r"|(?:as soon as possible|asap|any ?time|any day|whenever|the weekend|right away|immediately))\b"
)
_WEEKDAY = re.compile(
    rf"\b(?:(next|this|coming|every) )?({'|'.join((*_DAYS, *(day[:3] for day in _DAYS), 'tues', 'thurs'))})s?\b"
)
_NTH = re.compile(rf"\bthe ({_DAY})\b")
_PART = re.compile(r"\b(?:early |late )?(morning|afternoon|evening|lunchtime|midday|noon|midnight|night)\b")
_HOUR = rf"(?:\d{{1,2}}|{'|'.join(_HOURS)})"
_MINUTE = "|".join(sorted((word.replace(" ", "[ -]") for word in _MINUTES), key=len, reverse=True))
_CLOCK = re.compile(
    rf"\b(?:(?P<rel>half|quarter|ten|twenty|five) ?(?P<way>past|to|after|before) (?P<hour>{_HOUR})"
    rf"|(?:at |around |about |by |from )?(?P<hour2>{_HOUR})(?:[:.](?P<minute>\d\d)| (?P<spoken>{_MINUTE}))?"
    r"(?P<oclock> ?o['’]?clock)?(?: ?(?P<half>[ap])\.? ?m\b\.?)?(?: in the (?P<part>morning|afternoon|evening))?)"
)
_HALVES = {"morning": "a", "afternoon": "p", "evening": "p"}


def date_in(text: str) -> Run | None:
    """The day that was said: `2026-03-04`, `March 4`, `next Tuesday morning`, `tomorrow`."""
    flat = text.lower().replace("’", "'")
    day = _day(flat)
    if day is None:
        return None
    part = _PART.search(flat)
    # "Tuesday morning": the part of the day belongs to it, unless a time follows it anyway.
    if part is not None and _time(flat) is None:
        return Run(f"{day.text} {part[1]}", min(day.start, part.start()), max(day.end, part.end()))
    return day


def _day(flat: str) -> Run | None:
    if found := _ISO.search(flat):
        return Run(found[0], *found.span())
    if found := _DATED.search(flat):
        number = _number(found["day"] or found["day2"])
        month = _full(found["month"] or found["month2"])
        if 1 <= number <= 31:
            return Run(_dated(found["year"] or found["year2"], MONTHS.index(month) + 1, number), *found.span())
    if (found := _NUMBERED.search(flat)) and (written := _numbered(found)):
        return Run(written, *found.span())
    if bare := _three_numbers(flat):
        return bare
    if found := _WEEKDAY.search(flat):
        which = f"{found[1]} " if found[1] else ""
        return Run(f"{which}{_full(found[2]).capitalize()}", *found.span())
    if found := _RELATIVE.search(flat):
        return Run(found[0], *found.span())
    if found := _NTH.search(flat):
        number = _number(found[1])
        return Run(f"the {number}{_ending(number)}", *found.span()) if 1 <= number <= 31 else None
    return None


def _dated(said_year: str | None, month: int, number: int) -> str:
    if said_year:
        return f"{year(said_year)}-{month:02}-{number:02}"
    return f"{MONTHS[month - 1].capitalize()} {number}"


def _numbered(found: re.Match[str]) -> str | None:
    if found["day"]:
        day, month, said = _number(found["day"]), _number(found["month"]), found["said"]
    else:
        first, second, said = int(found["first"]), int(found["second"]), found["year"]
        month, day = (first, second) if found["mark"] == "/" and first <= 12 else (second, first)
    return _dated(said, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _three_numbers(flat: str) -> Run | None:
    """A day, a month and a year as bare numbers, where no other number stands beside them."""
    if _CENTURY.search(flat) is None:  # one look, before every number is read
        return None
    said = runs[0] if len(runs := digit_runs(flat)) == 1 else None
    found = _BARE.match(flat, said.start) if said is not None else None
    if found is None or said is None or found.end() != said.end:
        return None
    first, second = _count(found["first"]), _count(found["second"])
    month, day = (first, second) if first <= 12 else (second, first)
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return Run(_dated(found["year"], month, day), *found.span())


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _COUNTED[word.replace("-", " ")]


def month_in(words: str) -> int | None:
    """The number of the one month that is named."""
    found = {_full(name) for name in re.findall(rf"\b({_MONTH})\b", words.lower())}
    return MONTHS.index(found.pop()) + 1 if len(found) == 1 else None


def day_number(words: str) -> int | None:
    """The day of a month that is said as one: "the eleventh", "11th"."""
    found = re.search(rf"\b({_ORDINAL}|\d{{1,2}}(?:st|nd|rd|th))\b", words.lower())
    number = _number(found[1]) if found else 0
    return number if 1 <= number <= 31 else None


def time_in(text: str) -> Run | None:
    """The time of day that was said: `15:30` where the half of the day is known, `3:30` where it is not."""
    flat = text.lower().replace("’", "'")
    found = _time(flat)
    if found is not None:
        return found
    part = _PART.search(flat)
    return (
        Run({"noon": "12:00", "midday": "12:00", "midnight": "00:00"}.get(part[1], part[1]), *part.span())
        if part
        else None
    )


def _time(flat: str) -> Run | None:
    for found in _CLOCK.finditer(flat):
        if found["rel"]:
            return Run(_past(found), *found.span())
        hour = _HOURS.get(found["hour2"]) or (int(found["hour2"]) if found["hour2"].isdigit() else 99)
        minute = int(found["minute"] or _MINUTES.get((found["spoken"] or "").replace("-", " "), 0))
        half = found["half"] or _HALVES.get(found["part"] or "", "")
        marked = found["oclock"] or half or found["minute"] or found["spoken"] or _led(found[0])
        if hour <= 23 and minute <= 59 and marked and not (hour == 0 and not found["minute"]):
            return Run(_written(hour, minute, half), *found.span())
    return None


def _led(words: str) -> bool:
    return words.startswith(("at ", "around ", "about ", "by ", "from "))


def _past(found: re.Match[str]) -> str:
    hour = _HOURS.get(found["hour"]) or int(found["hour"])
    minutes = {"half": 30, "quarter": 15, "ten": 10, "twenty": 20, "five": 5}[found["rel"]]
    if found["way"] in ("to", "before"):
        hour, minutes = (hour - 1) or 12, 60 - minutes
    return f"{hour % 24}:{minutes:02}"


def _written(hour: int, minute: int, half: str) -> str:
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if hour <= 12 else hour
        return f"{hour:02}:{minute:02}"
    return f"{hour:02}:{minute:02}" if hour > 12 else f"{hour}:{minute:02}"


def _full(name: str) -> str:
    return name if name in _DAYS or name in MONTHS else _SHORT[name]


def _number(word: str) -> int:
    digits = re.match(r"\d+", word)
    return int(digits[0]) if digits else _ORDINALS[word.replace("-", " ")]


def _ending(number: int) -> str:
    return "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
