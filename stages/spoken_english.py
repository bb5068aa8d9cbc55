"""English as it is said: money, units, percent, ranges and abbreviations in full words."""

import re

from stages.spoken_numbers import amount, cardinal, ordinal
from stages.spoken_time import dates, times

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_COINS = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
}
_LARGE = {"k": "thousand", "m": "million", "bn": "billion", "b": "billion"}
_SUM = rf"({_NUMBER})(?: ?(thousand|million|billion|trillion|bn|k|K|M|m|B)\b)?"
_MONEY_RANGE = re.compile(rf"([$€£¥]){_SUM}(?: ?(?:-|–|—) ?| to )\1?{_SUM}(?![\w-])")
_MONEY = re.compile(rf"(\b[Aa]n? )?(?<![\w.])(-?)([$€£¥]) ?{_SUM}(?!\d)(?:(-)(?=[a-z]))?(?=( ?[a-z]+)?)")
_PER = re.compile(
    r"(?<=[a-z]) ?/ ?(hour|hr|h|day|week|wk|month|mo|year|yr|visit|person|night|unit|mile|item|minute|min)\b"
)
_LASTS = {"hr": "hour", "h": "hour", "wk": "week", "mo": "month", "yr": "year", "min": "minute"}
_UNITS = {
    "mi": ("mile", "miles"), "km": ("kilometer", "kilometers"), "cm": ("centimeter", "centimeters"),
    "mm": ("millimeter", "millimeters"), "ft": ("foot", "feet"), "yd": ("yard", "yards"),
    "sq ft": ("square foot", "square feet"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"), "kg": ("kilogram", "kilograms"), "mg": ("milligram", "milligrams"),
    "ml": ("milliliter", "milliliters"), "mL": ("milliliter", "milliliters"), "gal": ("gallon", "gallons"),
    "GB": ("gigabyte", "gigabytes"), "MB": ("megabyte", "megabytes"), "TB": ("terabyte", "terabytes"),
    "kWh": ("kilowatt hour", "kilowatt hours"), "kW": ("kilowatt", "kilowatts"),
    "mph": ("mile per hour", "miles per hour"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "psi": ("P S I", "P S I"), "hrs": ("hour", "hours"), "hr": ("hour", "hours"), "mins": ("minute", "minutes"),
    "min": ("minute", "minutes"), "secs": ("second", "seconds"), "sec": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°C": ("degree Celsius", "degrees Celsius"), "°": ("degree", "degrees"), "%": ("percent", "percent"),
}  # fmt: skip
_UNIT_NAMES = "|".join(re.escape(name) for name in sorted(_UNITS, key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<![\w.,$€£¥/-])(-?)({_NUMBER})(?: ?[-–] ?({_NUMBER}))? ?({_UNIT_NAMES})(?!\w)(?:\.(?= [a-z]|,))?"
)
_FEET_INCHES = re.compile(r"(?<=\bfeet )(\d{1,2}) in\b\.?|(?<=\bfoot )(\d{1,2}) in\b\.?")
_RANGE = re.compile(r"(?<![\w.,:/$€£¥-])(\d{1,4})(?: ?– ?|-)(\d{1,4})(?![\w:/%-]|[.,]\d)")
_COUNT = re.compile(r"(?<![\w.,:/$€£¥-])(-?)(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\w:/%-]|[.,]\d)")
_BELOW_ZERO = re.compile(r"(?<![\w.,:/)-])-(\d{1,4})(?= degrees?\b)")
_ORDINAL = re.compile(r"(?<![\w.,-])(\d{1,4})(?:st|nd|rd|th)\b")
_ABBREVIATIONS = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\be\.g\.,?(?=\s)", "for example,"),
        (r"\bi\.e\.,?(?=\s)", "that is,"),
        (r"\betc\b(?:\.(?=,| [a-z]))?", "et cetera"),
        (r"\b[Aa]pprox\b\.?", "approximately"),
        (r"\bvs\b\.?", "versus"),
        (r"\b[Aa]ppt\b\.?", "appointment"),
        (r"\b[Dd]ept\b\.?", "department"),
        (r"\bmax\. ", "maximum "),
        (r"\b[Nn]o\. ?(?=\d)", "number "),
        (r"\bw/o\b", "without"),
        (r"\bw/ ?(?=\w)", "with "),
        (r"\b[Aa]pt\b\.?(?= \w)", "Apartment"),
        (r"\bSte\b\.?(?= \d)", "Suite"),
        (r"\b[Ee]xt\b\.? ?(?=\d)", "extension "),
        (r"\bASAP\b", "as soon as possible"),
        (r"\bN/A\b", "not available"),
        (r"\band/or\b", "and or"),
        (r"(?<=\w) ?& ?(?=\w)", " and "),
        (r"\b24/7\b", "twenty-four seven"),
        (r"(?<=\s)@(?=\s)", "at"),
        (r"(?<=\d) ?\+ ?(?=\d)", " plus "),
        (r"(?<=\d) ?= ?(?=\d)", " equals "),
        (r"(?<=\d) ?[x×] ?(?=\d+\b)", " by "),
    )
)


_ABBREVIATED = re.compile("|".join(pattern.pattern for pattern, _ in _ABBREVIATIONS))
"""Most sentences hold no abbreviation, and no digit: they are through here at the cost of one look."""
_DIGIT = re.compile(r"\d")


def in_english(text: str) -> str:
    """The text with everything in words that voices stumble over. Plain whole numbers are read well as they are."""
    if _ABBREVIATED.search(text):
        for pattern, word in _ABBREVIATIONS:
            text = pattern.sub(word, text)
    if not _DIGIT.search(text):
        return dates(_PER.sub(_per, text))
    text = _PER.sub(_per, _money(text))
    text = dates(times(text))
    text = _MEASURE.sub(_measured, text)
    text = _FEET_INCHES.sub(lambda found: f"{cardinal(int(found[1] or found[2]))} inches", text)
    text = _BELOW_ZERO.sub(lambda found: f"minus {cardinal(int(found[1]))}", text)
    text = _RANGE.sub(_ranged, text)
    text = _COUNT.sub(lambda found: ("minus " if found[1] else "") + amount(found[2]), text)
    return _ORDINAL.sub(lambda found: ordinal(int(found[1])), text)


def _per(found: re.Match[str]) -> str:
    return f" per {_LASTS.get(found[1], found[1])}"


def _money(text: str) -> str:
    text = _MONEY_RANGE.sub(_sums, text)
    return _MONEY.sub(_one_sum, text)


def _sums(found: re.Match[str]) -> str:
    """`$10-15` -> `ten to fifteen dollars`."""
    sign, low, low_scale, high, high_scale = found.groups()
    last = _sum(sign, high, high_scale)
    first = _sum(sign, low, low_scale)
    one, many = _COINS[sign][:2]
    return f"{first.removesuffix(f' {many}').removesuffix(f' {one}')} to {last}"


def _one_sum(found: re.Match[str]) -> str:
    article, minus, sign, number, scale, _, noun = found.groups()
    said = _sum(sign, number, scale)
    if article and noun and "." not in number:
        # "a $50 deposit": what is counted stands in the singular.
        one, many = _COINS[sign][:2]
        said = f"{said.removesuffix(f' {many}').removesuffix(f' {one}')} {one}"
    return f"{article or ''}{'minus ' if minus else ''}{said}" + (" " if found[6] else "")


def _sum(sign: str, number: str, scale: str | None) -> str:
    one, many, cent, cents = _COINS[sign]
    whole, _, part = number.replace(",", "").partition(".")
    if scale or (part and (len(part) != 2 or not cent)):
        size = f" {_LARGE.get(scale.lower(), scale)}" if scale else ""
        return f"{amount(number)}{size} {many}"
    coins, said = int(part or "0"), []
    if int(whole) or not coins:
        said.append(f"{amount(whole)} {one if int(whole) == 1 else many}")
    if coins:
        said.append(f"{cardinal(coins)} {cent if coins == 1 else cents}")
    return " and ".join(said)


def _measured(found: re.Match[str]) -> str:
    minus, number, last, unit = found.groups()
    one, many = _UNITS[unit]
    said = f"minus {amount(number)}" if minus else amount(number)
    if last:
        return f"{said} to {amount(last)} {many}"
    return f"{said} {one if number == '1' else many}"


def _ranged(found: re.Match[str]) -> str:
    """What grows is a range; a score or a part of a code is not."""
    low, high = int(found[1]), int(found[2])
    return f"{found[1]} to {found[2]}" if low < high and not found[1].startswith("0") else found[0]
