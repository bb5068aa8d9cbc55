"""What can be picked out of a caller's words without a model: names, days, numbers, trouble, yes and no."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from stages.dialogue.amend import amended as swapped
from stages.dialogue.selfrepair import address_repaired
from stages.dialogue.wanted import Field, FieldType
from stages.standin.engines.rules_choices import chosen
from stages.standin.engines.rules_patterns import (
    BIRTH,
    DAY,
    DAYS,
    EMAIL,
    FAREWELL,
    MINE,
    MONTHS,
    NAMED,
    NO,
    NO_NAME,
    OPENER,
    STATES,
    STREET,
    THINGS,
    TIME,
    TROUBLES,
    WANT,
    YES,
)
from stages.standin.engines.rules_spelling import affirmed, codes, digits, letters, numbered
from stages.standin.engines.rules_turns import is_question
from stages.standin.engines.rules_typed import declared, read_typed

LONGEST_TEXT = 20
"""Words of what is written down as it was said."""
SHORT_ANSWER = 6
"""Words up to which a sentence that begins with yes or no is taken for one."""


def plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").split())


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'"))


def agrees(text: str) -> bool | None:
    """Yes, no, or neither."""
    opening = re.sub(r"^(?:(?:u+[hm]+|er+m?|oh|well|hm+)\b[\s,.]*)+", "", plain(text), flags=re.IGNORECASE)
    match = NO.match(opening) or YES.match(opening)
    if match is None or not (_ends(opening, match.end()) or len(words(opening)) <= SHORT_ANSWER):
        return None
    return NO.match(opening) is None


def is_farewell(text: str) -> bool:
    return bool(FAREWELL.search(text))


def kind(name: str, meaning: str = "") -> str:
    """What sort of value a field holds, by its name first and its meaning second."""
    for text in (name.replace("_", " ").lower(), meaning.lower()):
        for sort, pattern in _KINDS.items():
            if re.search(pattern, text):
                return sort
    return "text"


_KINDS = {
    "birth": r"\b(birth|born)\b",
    "phone": r"\b(phone|telephone|mobile|callback)\b",
    "email": r"\be-?mail\b",
    "address": r"\b(address|street|postcode|zip)\b",
    "issue": r"\b(issue|problem|reason|trouble|repair|fault|symptoms?|matter|complaint|broken|service|request)\b",
    "name": r"\bname\b|^(caller|customer|patient|client)$",
    "time": r"\btime\b",
    "day": r"\b(day|date|when|availability|appointment)\b",
    "digits": r"\b(number|id|order|account|reference|code|digits)\b",
}


def extract(sort: str, text: str, expected: bool) -> str | None:
    """The value of that kind in `text`. Where it was just asked for (`expected`), less evidence is enough."""
    said = plain(text)
    if sort not in ("issue", "text", "account"):
        said = affirmed(said)
    return _FINDERS.get(sort, _anything)(said, expected)


def found(
    fields: Mapping[str, str], text: str, expected: str, choices: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> dict[str, str]:
    """Every field whose value the caller gave; `choices`: the values of those that have a list of them."""
    values = {
        name: _value(name, meaning, text, name == expected, choices.get(name)) for name, meaning in fields.items()
    }
    return {name: value for name, value in values.items() if value}


def _value(name: str, meaning: str, text: str, expected: bool, values: tuple[str, ...] | None) -> str | None:
    if values is not None:
        return chosen(values, text)
    if declared(meaning) is not None:
        return read_typed(name, meaning, affirmed(plain(text)), expected)
    if not expected and (told := _TOLD.search(plain(text))) and told[1].lower() in name:
        return told[2].strip(" .!?")[:200]
    return extract(_sort(name, meaning), text, expected)


_TOLD = re.compile(r"\b(note|message|comment)(?: saying(?: that)?| that|:| to say) ?(?<=\W)(.+)", re.IGNORECASE)
"""A text that comes with the wish to have it written down."""


def amended(noted: Mapping[str, str], text: str, in_question: str = "") -> dict[str, str]:
    """Noted values in which a part is put right: "475, not 47"; a lone number goes into what is `in_question`."""
    said = plain(text)
    for name, value in noted.items():
        sort = kind(name)
        field = Field(name, type={"name": FieldType.NAME, "address": FieldType.ADDRESS}.get(sort, FieldType.TEXT))
        put_right = swapped(field, value, said) if _DENIES.search(said) else None
        if put_right is not None and not set(words(put_right)) <= NO_NAME:
            return {name: put_right}
    value, alone = noted.get(in_question, ""), digits(said)
    if agrees(text) is False and len(alone) == 1 and re.search(r"[A-Za-z]", value) and re.search(r"\d+", value):
        return {in_question: re.sub(r"\d+", alone[0], value, count=1)}
    return {}


_DENIES = re.compile(r"\b(?:not|instead of|rather than|with an? (?:double |single )?[a-z])\b", re.IGNORECASE)
"""What is said of a value that is noted: "475, not 47", "Clarke with an E"."""


def _sort(name: str, meaning: str) -> str:
    """As `kind`, but an account of anything but repairs is taken as it is told."""
    sort = kind(name, meaning)
    return "account" if sort == "issue" and meaning and not re.search(r"broken|repair|at home|fault", meaning) else sort


_UNSPELT = re.compile(r"(?<![\w'])[A-Za-z](?!['\w])(?:,? (?:as in|for|like) [A-Za-z]+)?")
"""The letters of a spelling, which are no part of the name as it was said."""
_FILLERS = re.compile(r"\b(?:u+[hm]+|er+m?|hm+|like|you know)\b[\s,.…-]*", re.IGNORECASE)
_BEHIND = re.compile(r"\b((?:[A-Z][\w-]+ ?){1,3})['\u2019]s (?:the|my) name\b")


def _name(text: str, expected: bool) -> str | None:
    text = _BEHIND.sub(r"my name is \1", _FILLERS.sub("", text))
    spelt = letters(text)
    if expected and spelt:
        said = re.findall(r"\b[A-Z][a-z'-]+", _UNSPELT.sub(" ", OPENER.sub("", text)))
        every = [part for part in said if part.lower().split("'")[0] not in NO_NAME]
        parts = [part for place, part in enumerate(every) if part not in every[place + 1 :]]
        if "".join(parts).lower() == spelt.lower():
            return " ".join(parts)
        alike = [part for part in parts if part.lower() == spelt.lower()] or [p for p in parts if p[0] == spelt[0]]
        return " ".join(spelt if part == alike[-1] else part for part in parts) if alike else spelt
    explicit = re.search(r"\bname(?:'s| is| to) ((?:[A-Za-z][\w'-]+ ?){1,3})", text, re.IGNORECASE)
    match = explicit or NAMED.search(text)
    named = match is not None and (match[1][0].isupper() or explicit or _ends(text, match.end(1)))
    given = match[1] if match and named and (expected or explicit or match[1][0].isupper()) else None
    if given is None and expected:
        given = _clause(text)
    parts = []
    for part in (given or "").split():
        word = part.lower()
        if (
            (word.split("'")[0].strip(".") in NO_NAME and not _GIVEN.fullmatch(part))
            or not word[0].isalpha()
            or word in THINGS
            or DAY.match(part)
        ):
            break
        parts.append(part.strip(".").capitalize() if part.islower() or part.isupper() else part.strip("."))
    if not parts and match is not None and expected:
        others = [part for part in re.split(r"[.,;!?]+ *", text) if NAMED.search(part) is None]
        return _clause(". ".join(others)) if others else None
    return " ".join(parts) or None


_GIVEN = re.compile(r"\b(?:May|Will|Mark|Bill|Art|Sunny|June|April)\b")
"""Names that are words as well, where they are written as names."""


def _clause(text: str) -> str | None:
    """The part of a sentence that may be a name and nothing else: the longest of up to three words."""
    parts = [OPENER.sub("", part).strip() for part in re.split(r"[.,;!?]+ *| and (?=my |i |the )| born ", text)]
    plain_parts = [re.sub(r"[^\w' -]", "", part) for part in parts]
    fit = [
        part for part in plain_parts if 0 < len(part.split()) <= 3 and not set(words(_GIVEN.sub("", part))) & NO_NAME
    ]
    return max(fit, key=lambda part: len(part.split()), default=None)


def _ends(text: str, position: int) -> bool:
    """Is there a mark, or nothing, behind what was found?"""
    return not text[position:].strip() or not text[position:].lstrip()[0].isalnum()


def _day(text: str, _: bool) -> str | None:
    match = DAY.search(text)
    if match is None:
        return None
    value = re.sub(r"^on ", "", match[1].strip(), flags=re.IGNORECASE)
    value = re.sub(rf"\b({DAYS}|{MONTHS})\b", lambda day: day[1].capitalize(), value, flags=re.IGNORECASE)
    return value if re.match(rf"{DAYS}|{MONTHS}", value, re.IGNORECASE) else value[0].lower() + value[1:]


def _time(text: str, _: bool) -> str | None:
    match = TIME.search(text)
    return re.sub(r"^(?:at|around|in the) ", "", match[1].strip(), flags=re.IGNORECASE) if match else None


def _digits(text: str, expected: bool) -> str | None:
    best = max(digits(text), key=len, default="")
    return best if len(best) >= (2 if expected else 6) else None


def _id(text: str, expected: bool) -> str | None:
    """An identifier with letters, else digits; unasked only where a word like "order" is in front."""
    if coded := codes(text):
        return coded[0]
    if expected:
        return _digits(text, True)
    named = re.search(
        r"\b(?:order|job|account|ticket|case|reference|number)(?: number)?(?: is)? (.+)", text, re.IGNORECASE
    )
    best = max(digits(named[1]), key=len, default="") if named else ""
    return best if len(best) >= 4 else None


def _issue(text: str, expected: bool) -> str | None:
    value = re.sub(r"^[\s,.]*(?:and\b)?", "", OPENER.sub("", _unnamed(text))).strip(" .,!?")
    said = words(value)
    about, trouble, mine = thing(value), TROUBLES.search(value), MINE.search(value)
    short, stated = len(said) <= 5, len(said) <= 12 and bool(STATES.search(value))
    enough = (about and trouble) or (trouble and (mine or short)) or (about and (short or stated))
    told = len(said) > 2 and bool(_SUBJECT.match(value)) and bool(STATES.search(value))
    about_me = told or (bool(WANT.search(value)) and len(said) > 2)
    if not said or (is_question(text) and not trouble):
        return None
    if (expected and (enough or about_me)) or (about and trouble):
        return value[:120]
    return None


_SUBJECT = re.compile(r"(?:my|our|one of (?:the|my|our)|there's|something) \w", re.IGNORECASE)
"""How an account of something begins."""


def _unnamed(text: str) -> str:
    """The words without the part in which the caller gives a name."""
    return re.sub(r",? ?(?i:\b(?:my name(?:'s| is)|i'm|i am|this is)) (?:[A-Z][\w'-]+ ?){1,3}", "", text)


def _address(text: str, expected: bool) -> str | None:
    written = numbered(text)
    if found := list(STREET.finditer(written)):
        # "12 Church Lane, no sorry, 12 Chapel Lane"
        whole = written[found[0].start() : found[-1].end()]
        return (address_repaired(whole) if len(found) > 1 else whole).strip(" .")
    value = OPENER.sub("", written).strip(" .")
    placed = re.search(r"\b\d{1,5}[a-z]?\b", value) and len(max(digits(value), key=len, default="")) < 6
    return value if expected and placed and 1 < len(value.split()) <= 9 else None


def _anything(text: str, expected: bool) -> str | None:
    value = OPENER.sub("", text).strip(" .,!?")
    asks = is_question(text) and (len(value.split()) < 4 or re.search(r"\byou(?:r|'re)?\b", value, re.IGNORECASE))
    told = value and len(value.split()) <= LONGEST_TEXT and not asks and agrees(value) is None
    return value[:120] if expected and told else None


def _email(text: str, _: bool) -> str | None:
    match = EMAIL.search(text)
    return re.sub(r" ?dot ?", ".", re.sub(r" at ", "@", match[0])).replace(" ", "") if match else None


def _birth(text: str, expected: bool) -> str | None:
    if not (expected or re.search(r"\bborn\b", text, re.IGNORECASE)):
        return None
    match = BIRTH.search(text)
    return match[0].strip(" .,") if match else None


def _account(text: str, expected: bool) -> str | None:
    value = OPENER.sub("", text).strip(" .,!?")
    return value[:200] if expected and value and not is_question(value) and agrees(value) is None else None


_FINDERS: dict[str, Callable[[str, bool], str | None]] = {
    "name": _name, "day": _day, "time": _time, "phone": _digits, "digits": _id, "issue": _issue,
    "address": _address, "email": _email, "birth": _birth, "account": _account,
}  # fmt: skip


def thing(text: str) -> str | None:
    """The household thing that is being talked about."""
    said = {word.removesuffix("'s") for word in words(text)}
    return next((known for known in THINGS if known in said), None)
