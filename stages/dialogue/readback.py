"""How a value is read back: digit by digit, letter by letter, with a correction acknowledged."""

import re
from dataclasses import dataclass

from stages.dialogue.calendar import in_full, is_relative
from stages.dialogue.fields import FieldEntry, Status
from stages.dialogue.wanted import Field, FieldType

_DIGITS = "zero one two three four five six seven eight nine".split()
_ALPHABET = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "Alpha Bravo Charlie Delta Echo Foxtrot Golf Hotel India Juliett Kilo Lima Mike November Oscar Papa"
        " Quebec Romeo"
        " Sierra Tango Uniform Victor Whiskey X-ray Yankee Zulu".split(),
        strict=True,
    )
)
CHECK = "Let me check:"
SORRY = "Sorry,"
"""How a read-back begins, the first time and after a correction."""
_SIGNS = {".": "dot", "-": "dash", "_": "underscore", "+": "plus", "%": "percent", "@": "at"}
_MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True, slots=True)
class Asking:
    """A value was read back and the caller has yet to say yes. `other`: it was one of these two."""

    field: str
    line: str
    told: str
    """As much of the line as has to be heard for a yes to mean this value."""
    other: str = ""


def ask(entry: FieldEntry) -> Asking:
    """The line that reads the entry's value back."""
    words = entry.evidence.words if entry.evidence is not None else ""
    value = spelled_out(entry.field, entry.value, words)
    head = SORRY if entry.status == Status.CORRECTED else CHECK
    told = f"{head} the {entry.field.label} is {value}"
    return Asking(entry.name, f"{told}. Is that right?", told)


def ask_which(entry: FieldEntry, other: str) -> Asking:
    """Two values sound alike or the one goes on where the other ends: which of them is it?"""
    one, two = spelled_out(entry.field, entry.value), spelled_out(entry.field, other)
    line = f"{one[:1].upper()}{one[1:]}, or {two}?"
    return Asking(entry.name, line, line.rstrip("?"), other)


def spelled_out(field: Field, value: str, words: str = "") -> str:
    """`words`: the caller's own, by which a day is told in full if that is how they named it."""
    match field.type:
        case FieldType.PHONE:
            return ", ".join(" ".join(_sign(sign) for sign in group) for group in _groups(value))
        case FieldType.NUMBER:
            return " ".join("point" if sign == "." else "minus" if sign == "-" else _sign(sign) for sign in value)
        case FieldType.ID:
            return _code(value)
        case FieldType.EMAIL:
            local, _, domain = value.partition("@")
            return f"{' '.join(_sign(sign) for sign in local)} at {_domain(domain)}"
        case FieldType.NAME:
            return f"{value}, spelled {', then '.join(map(_letters, value.split()))}"
        case FieldType.ENUM:
            return value.replace("_", " ")
    if field.type in (FieldType.DATE, FieldType.DATE_TIME):
        if is_relative(words):
            return in_full(value)
        value = re.sub(r"\b(\d{4})-(\d\d)-(\d\d)\b", _day, value)
    return value


def _sign(sign: str) -> str:
    return _DIGITS[int(sign)] if sign in "0123456789" else _SIGNS.get(sign, sign.upper())


def _letters(word: str) -> str:
    return "-".join(sign for sign in word.upper() if sign.isalpha())


def _groups(phone: str) -> list[str]:
    """In threes, the last group of up to four."""
    lead, digits = ("+", phone[1:]) if phone.startswith("+") else ("", phone)
    groups: list[str] = []
    while len(digits) > 4:
        groups.append(digits[:3])
        digits = digits[3:]
    return [lead + group if index == 0 else group for index, group in enumerate([*groups, digits])]


def _code(value: str) -> str:
    """Digits run on; each letter says which one it is."""
    parts = re.findall(r"\d+|[A-Z]|.", value.upper())
    return ", ".join(
        " ".join(_DIGITS[int(sign)] for sign in part) if part.isdigit() else _letter(part) for part in parts
    )


def _letter(sign: str) -> str:
    return f"{sign} as in {_ALPHABET[sign]}" if sign in _ALPHABET else _SIGNS.get(sign, sign)


def _domain(domain: str) -> str:
    return domain.replace(".", " dot ").replace("-", " dash ")


def _day(found: re.Match[str]) -> str:
    month = int(found[2])
    return f"{_MONTHS[month - 1]} {int(found[3])}, {found[1]}" if 1 <= month <= 12 else found[0]
