"""What a field's value is, in one spelling, and where a caller's words hold one."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from stages.dialogue.dates import date_in, time_in
from stages.dialogue.history import clean
from stages.dialogue.numerals import Run, code_runs, digit_runs
from stages.dialogue.wanted import Field, FieldType

LONGEST_VALUE = 300
REMEMBERED = 64
"""Answers kept: within one turn the same words are asked about again and again."""
FEWEST_PHONE, MOST_PHONE = 6, 15

SPELLED = frozenset({FieldType.PHONE, FieldType.NUMBER, FieldType.ID, FieldType.EMAIL})
"""Types whose characters count one by one: a value that the caller's words do not hold is never just believed."""

_EMAIL = re.compile(
    r"[a-z0-9](?:[a-z0-9._%+-]{0,62}[a-z0-9_+])?@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
_AT = re.compile(r"\s*(?:@|\bat\b)\s*", re.IGNORECASE)
_SIGNS = (
    (re.compile(r"\s*\b(?:dot|point|period)\b\s*", re.IGNORECASE), "."),
    (re.compile(r"\s*\bunderscore\b\s*", re.IGNORECASE), "_"),
    (re.compile(r"\s*\b(?:dash|hyphen|minus)\b\s*", re.IGNORECASE), "-"),
    (re.compile(r"\s*\bplus\b\s*", re.IGNORECASE), "+"),
)
_NAME_LEAD = re.compile(
    r"^(?:(?:yes|sure|hi|hello|well|um|uh|okay)[,.]? )*"
    r"(?:(?:my|the|her|his) (?:full |first |last )?name(?: is|'s)|(?:i am|i'm|it's|it is|this is|that's|that"
    r" is|the name's))? ?",
    re.IGNORECASE,
)
_ADDRESS_LEAD = re.compile(
    r"^(?:(?:yes|yeah|sure|hi|hello|well|um|uh|er|okay|ok|so|oh|like)\b[\s,.…]*)*"
    r"(?:(?:it's|it is|that's|that is|that would be|i'm at|i am at|i live at|i live on|we're at|we are at|we live at"
    r"|(?:my|the|our) (?:home )?address(?: is|'s)|come to)\b[\s,]*)?(?:(?:um|uh|er|like)\b[\s,.…]*)*",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_]+(?:['’.-]? ?[^\W\d_]+)*\.?")
_COUNTS = re.compile(
    r"(?:(?:one|two|three|four|five|six|seven|eight|nine|zero|double)\b(?=[ -])|(?:ten|eleven|twelve"
    r"|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b)",
    re.IGNORECASE,
)
"""How a number begins, and no name: what is noted as one then is an address, or digits in words."""
_DECIMAL = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


@lru_cache(maxsize=REMEMBERED)
def normalise(field: Field, said: str) -> str | None:
    """The value in the one spelling of its type, or None where it cannot be one."""
    text = clean(said, LONGEST_VALUE).strip(" .,;:!?\"'")
    return _NORMAL.get(field.type, _text)(field, text) if text else None


@lru_cache(maxsize=REMEMBERED)
def spot(field: Field, words: str) -> tuple[Run, ...]:
    """Every value of the field's type that the caller's words hold, with its place."""
    match field.type:
        case FieldType.NUMBER:
            found = digit_runs(words)
        case FieldType.PHONE:
            found = tuple(_with_plus(run, words) for run in digit_runs(words))
        case FieldType.ID:
            found = tuple(
                run for run in code_runs(words) if any(sign.isdigit() for sign in run.text) or len(run.text) > 2
            )
        case FieldType.EMAIL:
            found = _emails(words)
        case FieldType.DATE | FieldType.TIME | FieldType.DATE_TIME:
            found = _when(field.type, words)
        case FieldType.ENUM:
            found = _named(field, words)
        case _:
            found = ()
    return tuple(run for run in found if normalise(field, run.text) is not None)


def _with_plus(run: Run, words: str) -> Run:
    """A number with its country's code: "plus four four"."""
    lead = re.search(r"(?:\bplus|\+)\s*$", words[: run.start], re.IGNORECASE)
    signed = words[run.start : run.start + 1] == "+"
    return Run(f"+{run.text}", lead.start() if lead else run.start, run.end) if lead or signed else run


def why_not(field: Field) -> str:
    """What is wrong with a value that could not be normalised."""
    match field.type:
        case FieldType.PHONE:
            return f"a phone number has {FEWEST_PHONE} to {MOST_PHONE} digits"
        case FieldType.EMAIL:
            return "an e-mail address has a name, an at sign and a domain"
        case FieldType.ENUM:
            return f"it must be one of: {', '.join(field.values)}"
        case FieldType.DATE:
            return "no day was said"
        case FieldType.TIME | FieldType.DATE_TIME:
            return "no time was said"
        case FieldType.NUMBER:
            return "it must be a number"
        case FieldType.ID:
            return "it must be letters and digits"
        case FieldType.NAME:
            return "a name is made of letters"
        case FieldType.ADDRESS:
            return "an address has the name of a street or a place"
    return "it is empty"


def _text(_: Field, text: str) -> str | None:
    return text


def _name(_: Field, text: str) -> str | None:
    bare = _NAME_LEAD.sub("", text, count=1).strip(" .,") or text
    runs = [run for run in code_runs(bare) if run.text.isalpha() and len(run.text) > 1]
    spelled = [run.text for run in runs]
    if runs and runs[0].start == 0 and runs[0].end >= len(bare) - 1:
        bare = spelled[0].capitalize()
    elif spelled:
        bare = _with_spelling(bare, runs[0].start, spelled)
    if not _NAME.fullmatch(bare) or _COUNTS.match(bare):
        return None
    plain = bare == bare.lower() or bare == bare.upper()
    return " ".join(word.capitalize() if plain else word for word in bare.split())


def _with_spelling(bare: str, start: int, spelled: list[str]) -> str:
    """A name and its spelling from `start` on: of all of it ("Siobhan Keane. That's S I O B H A N, K E A N E"), or of
    its last part."""
    said = re.split(r"[.,;]|(?i:\b(?:that's|that is|spelled|spelt)\b)", bare[:start], maxsplit=1)[0].strip()
    if said and _same_letters(said, spelled):
        return said
    before = re.split(r",| (?:that's|that is|spelled|spelt) |(?<= )[A-Z](?=[ -][A-Z]\b)", bare)[0].strip(" ,-").split()
    first = before[:-1] if before and before[-1][:1].upper() == spelled[-1][:1] and len(before) > 1 else []
    return " ".join((*first, spelled[-1].capitalize()))


def _same_letters(name: str, spelled: list[str]) -> bool:
    return re.sub(r"[^A-Z]", "", name.upper()) == "".join(spelled)


def _phone(_: Field, text: str) -> str | None:
    digits = "".join(run.text for run in digit_runs(text)) if not re.fullmatch(r"\+?[\d\s().-]+", text) else _bare(text)
    plus = "+" if re.match(r"\+|plus\b", text.strip(), re.IGNORECASE) else ""
    return plus + digits if FEWEST_PHONE <= len(digits) <= MOST_PHONE else None


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")


def _email(_: Field, text: str) -> str | None:
    found = _emails(text)
    return found[0].text if found else None


def _emails(words: str) -> tuple[Run, ...]:
    """Addresses as they are written or said: "J dot Smith at example dot com"."""
    runs: list[Run] = []
    for sign in _AT.finditer(words):
        left, start = _joined(words[: sign.start()], last=True)
        right, length = _joined(words[sign.end() :], last=False)
        found = _EMAIL.fullmatch(f"{left}@{right}".lower())
        if found:
            runs.append(Run(found[0], start, sign.end() + length))
    return tuple(runs)


_HYPHENATED = re.compile(r"(?<![^\W_])(?:[^\W_]-){2,}[^\W_](?![^\W_])")
"""Signs that were said one by one, as recognisers write them: "d-o-e-4-2"."""


def _joined(words: str, *, last: bool) -> tuple[str, int]:
    """The part of an address that ends (or begins) `words`: written without its blanks, and where it is cut off."""
    pieces = list(re.finditer(r"[^\s,;:!?]+", words))
    taken: list[str] = []
    edge, signs = (len(words) if last else 0), True
    for piece in reversed(pieces) if last else pieces:
        word = piece[0].rstrip(".") if not last or piece is pieces[-1] else piece[0]
        word = _HYPHENATED.sub(lambda run: run[0].replace("-", ""), word)
        sign = next((mark for pattern, mark in _SIGNS if pattern.fullmatch(word)), "")
        spelled = len(word) == 1 or word.isdigit() or bool(digit_runs(word))
        beside = taken[-1 if not last else 0] if taken else ""
        single = len(beside) == 1 and beside not in "._-+"
        # "J Doe" before an at sign: a single letter belongs to what follows it, where it is no word of its own.
        initial = last and bool(taken) and len(word) == 1 and word.lower() not in ("a", "i")
        if not (signs or sign or initial or (spelled and single)):
            break
        written = sign or (digit_runs(word)[0].text if word.isalpha() and len(word) > 1 and digit_runs(word) else word)
        taken = [written, *taken] if last else [*taken, written]
        edge, signs = (piece.start() if last else piece.end()), bool(sign)
    return "".join(taken), edge


def _address(_: Field, text: str) -> str | None:
    text = _ADDRESS_LEAD.sub("", text) or text
    runs = digit_runs(text)
    if runs and runs[0].start == 0:
        text = f"{runs[0].text}{text[runs[0].end :]}"
    return text if any(sign.isalpha() for sign in text) else None


def _when(kind: str, words: str) -> tuple[Run, ...]:
    day = date_in(words) if kind != FieldType.TIME else None
    time = time_in(words) if kind != FieldType.DATE else None
    if day is not None and time is not None:
        part = "" if time.text in day.text else f" {time.text}"
        return (Run(f"{day.text}{part}", min(day.start, time.start), max(day.end, time.end)),)
    return tuple(run for run in (day, time) if run is not None)


def _moment(field: Field, text: str) -> str | None:
    found = _when(field.type, text)
    return found[0].text if found else None


def _number(_: Field, text: str) -> str | None:
    if found := _DECIMAL.fullmatch(text):
        return found[0].replace(",", "")
    if said := re.fullmatch(r"(?:minus )?(.+?) point (.+)", text, re.IGNORECASE):
        whole, part = digit_runs(said[1]), digit_runs(said[2])
        return f"{whole[0].text}.{part[0].text}" if whole and part else None
    runs = digit_runs(text)
    return runs[0].text if len(runs) == 1 and len(runs[0].text) <= 40 else None


def _id(_: Field, text: str) -> str | None:
    if re.fullmatch(r"[A-Za-z\d][A-Za-z\d./#-]*", text) and (any(map(str.isdigit, text)) or len(text) < 16):
        written = re.sub(r"[^A-Za-z\d]", "", text).upper()
    else:
        written = max((run.text for run in code_runs(text)), key=len, default="")
    return written if 1 < len(written) <= 40 else None


def _enum(field: Field, text: str) -> str | None:
    found = {run.text for run in _named(field, text)}
    return found.pop() if len(found) == 1 else None


def _named(field: Field, words: str) -> tuple[Run, ...]:
    flat, runs = words.lower(), list[Run]()
    for value in sorted(field.values, key=len, reverse=True):
        spoken = re.escape(value.lower()).replace("_", "[ _-]").replace(r"\-", "[ _-]").replace(r"\ ", "[ _-]")
        for found in re.finditer(rf"(?<!\w){spoken}(?!\w)", flat):
            if not any(run.start <= found.start() < run.end for run in runs):
                runs.append(Run(value, found.start(), found.end()))
    return tuple(sorted(runs, key=lambda run: run.start))


_NORMAL: Mapping[str, Callable[[Field, str], str | None]] = MappingProxyType(
    {
        FieldType.NAME: _name,
        FieldType.PHONE: _phone,
        FieldType.EMAIL: _email,
        FieldType.ADDRESS: _address,
        FieldType.DATE: _moment,
        FieldType.TIME: _moment,
        FieldType.DATE_TIME: _moment,
        FieldType.NUMBER: _number,
        FieldType.ID: _id,
        FieldType.ENUM: _enum,
    }
)
