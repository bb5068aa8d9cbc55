"""Numbers as English words: how many, which one, which year, and digit by digit."""

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen".split()
)
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def digits(number: str) -> str:
    """`0192` -> `0 1 9 2`."""
    return " ".join(number)


def cardinal(number: int) -> str:
    """`125` -> `one hundred twenty-five`."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    for size, name in _SCALES:
        if number >= size:
            many, rest = divmod(number, size)
            return f"{cardinal(many)} {name}" + (f" {cardinal(rest)}" if rest else "")
    raise AssertionError("every number from a hundred up has a scale")


def amount(written: str) -> str:
    """A number as it is written, with commas and decimals: `1,250.5` -> `one thousand two hundred fifty point five`."""
    whole, _, part = written.replace(",", "").partition(".")
    said = cardinal(int(whole or "0")) if len(whole) <= 15 else digits(whole)
    return said + (f" point {' '.join(_SMALL[int(digit)] for digit in part)}" if part else "")


def ordinal(number: int) -> str:
    """`23` -> `twenty-third`."""
    said = cardinal(number)
    at = max(said.rfind(" "), said.rfind("-")) + 1
    last = said[at:]
    if last in _ORDINALS:
        return said[:at] + _ORDINALS[last]
    return said[:at] + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """`1969` -> `nineteen sixty-nine`, `2005` -> `two thousand five`."""
    century, rest = divmod(number, 100)
    if century < 10 or (century % 10 == 0 and rest < 10):
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {f'oh {_SMALL[rest]}' if rest < 10 else cardinal(rest)}"


def clock(hour: int, minute: int, half: str = "") -> str:
    """A time of day; `half` is AM, PM or nothing. `14, 5` -> `two oh five PM`."""
    if minute == 0 and ((hour == 0 and half != "PM") or (hour == 12 and half == "AM")):
        return "midnight"
    if minute == 0 and hour == 12 and half == "PM":
        return "noon"
    if not half and (hour > 12 or hour == 0):
        half = "PM" if hour > 12 else "AM"
    said = cardinal(hour % 12 or 12)
    if minute:
        said += f" oh {_SMALL[minute]}" if minute < 10 else f" {cardinal(minute)}"
    elif not half:
        said += " o'clock"
    return f"{said} {half}".strip()
