"""A part of a value that the caller puts right: "the last one is a nine", "not August, September", "dot org".

What is put right belongs to a value that was just read back, or just said; the whole of another value is no amendment.
"""

import re
from difflib import SequenceMatcher

from stages.dialogue.dates import MONTHS, date_in, day_number, month_in
from stages.dialogue.numerals import code_runs, digit_runs
from stages.dialogue.values import normalise
from stages.dialogue.wanted import Field, FieldType
from stages.dialogue.years import SHORT_YEAR, YEAR, year, year_in
from stages.dialogue.yesno import flat

LONGEST = 100
"""Characters of what may be an amendment and nothing else."""
ALIKE = 0.5
"""How much of a word has to be the same for it to stand for the other."""

_PLACES = {word: place for place, word in enumerate("first second third fourth fifth sixth seventh eighth".split())}
_COUNTS = {word: count for count, word in enumerate("one two three four five six".split(), 1)}
_PLACED = re.compile(
    rf"\b(?P<place>{'|'.join(_PLACES)}|last|final)\b(?: (?P<count>{'|'.join(_COUNTS)}|\d))?"
    r"(?: (?:digits?|numbers?|letters?|characters?|figures?))?,? (?:is|are|should be|was|were|must be|ought to be)\b"
    r"(?: an?)?(?P<rest>.*)"
)
_ENDS = re.compile(r"\b(?P<way>ends|ending|finishes|starts|starting|begins|beginning) (?:in|with|on) (?P<rest>.*)")
_AT_THE = re.compile(r"(?P<rest>.+?),? (?:at|in|on) the (?P<way>end|beginning|start|front)$")
_SWAPS = (
    re.compile(r"^(?P<new>.+?),? (?:and )?(?:not|instead of|rather than) (?P<old>.+)$"),
    re.compile(r"^not (?P<old>.+?)(?:,|,? but(?: rather)?|,? it's|,? it is) (?P<new>.+)$"),
)
_LEAD = re.compile(
    r"^(?:(?:no|nope|sorry|oh|uh|um|well|wait|actually|it's|it is|that's|that is|should be|i said|i meant"
    r"|i mean|make it"
    r"|with|at|the|a|an|it should be|wrong|not quite|nearly|almost|close|in|on|of"
    r"|(?:my |our )?(?:house |street |phone |order |job |home |email |e-mail |last |first |full )?"
    r"(?:address|number|name|street)(?: is| was|'s))\b[\s,.]*)+"
)
_WITH = re.compile(
    r"\b(?P<word>[a-z'’-]{2,}),? (?:spelled |spelt )?with (?:an?|one|two)? ?(?:double |single )?['\"]?[a-z]\b"
)


def amended(field: Field, value: str, text: str) -> str | None:
    """The value with the part put right, or None where the text says nothing of the kind."""
    low = " ".join(text.lower().replace("’", "'").split()).strip(" .!?")
    if not low or len(low) > LONGEST:
        return None
    bare = _LEAD.sub("", low)
    match field.type:
        case FieldType.PHONE | FieldType.NUMBER | FieldType.ID:
            made = _digits(field, value, low, bare)
        case FieldType.DATE | FieldType.DATE_TIME:
            made = _date(value, bare)
        case FieldType.EMAIL:
            made = _swapped(value, _signs(bare)) or _domain(value, bare) or _with_letter(value, bare)
        case FieldType.NAME:
            made = _name(value, text, bare)
        case FieldType.ADDRESS | FieldType.TEXT:
            made = _number(value, bare) or _swapped(value, bare)
        case _:
            made = None
    return normalise(field, made) if made is not None and made != value else None


def _digits(field: Field, value: str, low: str, bare: str) -> str | None:
    """Some of the digits, by their place or by what they are."""
    runs = code_runs if field.type == FieldType.ID else digit_runs
    if placed := _PLACED.search(low):
        given = "".join(run.text for run in runs(placed["rest"]))
        count = _COUNTS.get(placed["count"] or "", 0) or (int(placed["count"]) if placed["count"] else len(given))
        first = _PLACES.get(placed["place"], len(value) - count)
        if len(given) == count and 0 <= first and first + count <= len(value):
            return value[:first] + given + value[first + count :]
        return None
    if ends := _ENDS.search(low) or _AT_THE.match(bare):
        given = "".join(run.text for run in runs(ends["rest"]))
        if not 0 < len(given) < len(value):
            return None
        return (
            given + value[len(given) :]
            if ends["way"][0] in "sbf" and ends["way"] != "finishes"
            else value[: -len(given)] + given
        )
    for swap in _SWAPS:
        if found := swap.match(bare):
            new, old = runs(found["new"]), runs(found["old"])
            if len(new) == len(old) == 1 and old[0].text != value and value.count(old[0].text) == 1:
                return value.replace(old[0].text, new[0].text)
    return None


def _date(value: str, bare: str) -> str | None:
    """Another year, month or day in a date that is otherwise right."""
    dated = re.fullmatch(r"(?:(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)|(?P<name>[A-Z][a-z]+) (?P<nth>\d+))", value)
    meant = _meant(bare)
    if dated is None or meant is None:
        return None
    whole = date_in(meant)
    if whole is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", whole.text):
        return None
    month = int(dated["month"]) if dated["month"] else MONTHS.index(dated["name"].lower()) + 1
    day, said = int(dated["day"] or dated["nth"]), dated["year"] and int(dated["year"])
    only_year = re.fullmatch(rf"(?:the year |year )?({YEAR}|{SHORT_YEAR})", meant)
    new_year = year(only_year[1]) if only_year else year_in(meant)
    new_month, new_day = month_in(meant), None if only_year else day_number(meant)
    if new_year is new_month is new_day is None:
        return None
    said, month, day = new_year or said, new_month or month, new_day or day
    return f"{said}-{month:02}-{day:02}" if said else f"{MONTHS[month - 1].capitalize()} {day}"


def _meant(bare: str) -> str | None:
    """What is said without what it is not; None where nothing is left."""
    for swap in _SWAPS:
        if found := swap.match(bare):
            return _LEAD.sub("", found["new"]).strip(" ,.")
    return bare or None


def _swapped(value: str, bare: str) -> str | None:
    """ "X, not Y": X in the place of Y."""
    for swap in _SWAPS:
        if found := swap.match(bare):
            new, old = _LEAD.sub("", found["new"]).strip(" ,."), _LEAD.sub("", found["old"]).strip(" ,.")
            places = list(re.finditer(rf"(?<!\w){re.escape(old)}(?!\w)", value, re.IGNORECASE)) if old and new else []
            if len(places) == 1:
                new = _without(new, value[: places[0].start()], value[places[0].end() :])
                return value[: places[0].start()] + _as(places[0][0], new) + value[places[0].end() :]
    return None


def _without(new: str, before: str, behind: str) -> str:
    """ "13 Mill Road, not 30" says again what stays: only "13" takes the place of "30"."""
    before, behind = before.strip(" ,.").lower(), behind.strip(" ,.").lower()
    if behind and new.endswith(f" {behind}"):
        new = new[: -len(behind)].rstrip(" ,.")
    if before and new.startswith(f"{before} "):
        new = new[len(before) :].lstrip(" ,.")
    return new


def _as(model: str, word: str) -> str:
    return " ".join(part.capitalize() for part in word.split()) if model[:1].isupper() else word


def _signs(bare: str) -> str:
    """Spoken signs as written: "dot org, not dot com" is ".org, not .com"."""
    written = re.sub(r"\b(?:dot|point) ", ".", bare)
    return re.sub(r"(?<=\w) ?\b(?:hyphen|dash)\b ?(?=\w)", "-", written)


def _domain(value: str, bare: str) -> str | None:
    """ "dot org", "at example dot org": what stands behind the at sign, or its end."""
    written = re.sub(r" ?(?:\.|\bdot\b) ?", ".", bare)
    local, _, domain = value.partition("@")
    if re.fullmatch(r"\.[a-z]{2,10}", written):
        return f"{local}@{domain.rpartition('.')[0]}{written}"
    if re.fullmatch(r"[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,10}", written):
        return f"{local}@{written}"
    return None


def _with_letter(value: str, bare: str) -> str | None:
    """ "Schmitt with double T": the part in front of the at sign that is most like it."""
    said, (local, _, domain) = _WITH.search(bare), value.partition("@")
    parts = re.split(r"([._+-])", local)
    if said is None:
        return None
    nearest = max(range(0, len(parts), 2), key=lambda place: _alike(parts[place], said["word"]))
    if _alike(parts[nearest], said["word"]) < ALIKE:
        return None
    return f"{''.join((*parts[:nearest], said['word'], *parts[nearest + 1 :]))}@{domain}"


def _name(value: str, text: str, bare: str) -> str | None:
    """One of the names, spelled or said again."""
    spelled = [run.text for run in code_runs(_meant(_LEAD.sub("", text.strip())) or "") if len(run.text) > 2]
    spelled = [word for word in spelled if word.isalpha()]
    with_a = _WITH.search(bare)
    said = with_a["word"] if with_a else spelled[0] if len(spelled) == 1 else ""
    if not said or flat(said) == flat(value):
        return _swapped(value, bare)
    parts = value.split()
    nearest = max(range(len(parts)), key=lambda place: _alike(parts[place], said))
    if len(parts) < 2 or _alike(parts[nearest], said) < ALIKE:
        return None
    return " ".join((*parts[:nearest], said.capitalize(), *parts[nearest + 1 :]))


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one.lower(), other.lower()).ratio()


def _number(value: str, bare: str) -> str | None:
    """Another house number: "475", "475, not 47"."""
    found = list(re.finditer(r"(?<!\w)\d+[a-z]?(?!\w)", value, re.IGNORECASE))
    meant = _meant(bare)
    if meant is None or not found:
        return None
    runs = digit_runs(meant)
    rest = "".join(meant[run.end :] if run is runs[-1] else "" for run in runs).strip(" ,.") if runs else "x"
    if len(runs) != 1 or runs[0].start != 0 or rest:
        return None
    denied = next((digit_runs(swap["old"]) for swap in (pattern.match(bare) for pattern in _SWAPS) if swap), ())
    old = denied[0].text if len(denied) == 1 else found[0][0]
    place = next((one for one in found if one[0] == old), None)
    if place is None:
        return None
    return value[: place.start()] + runs[0].text + value[place.end() :]
