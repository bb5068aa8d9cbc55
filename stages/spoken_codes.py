"""Addresses of mail and pages, telephone numbers, ZIP codes and identifiers, written sign by sign for the ear."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from stages.spoken_numbers import digits

SIGNS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {"@": "at", ".": "dot", "_": "underscore", "-": "dash", "+": "plus", "/": "slash"},
        "de": {"@": "ät", ".": "Punkt", "_": "Unterstrich", "-": "Bindestrich", "+": "plus", "/": "Schrägstrich"},
        "es": {"@": "arroba", ".": "punto", "_": "guion bajo", "-": "guion", "+": "más", "/": "barra"},
        "fr": {"@": "arobase", ".": "point", "_": "tiret bas", "-": "tiret", "+": "plus", "/": "barre oblique"},
        "it": {"@": "chiocciola", ".": "punto", "_": "trattino basso", "-": "trattino", "+": "più", "/": "barra"},
        "pt": {"@": "arroba", ".": "ponto", "_": "sublinhado", "-": "hífen", "+": "mais", "/": "barra"},
        "nl": {"@": "apenstaartje", ".": "punt", "_": "laag streepje", "-": "streepje", "+": "plus", "/": "streep"},
    }
)  # fmt: skip
"""How the signs of an address are called, by language. A language that is not here keeps its addresses as written."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w+-]+(?:\.[\w+-]+)*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}\b")
_PAGE = re.compile(
    r"(?<![\w@.])(?:https?://)?(?:www\.)?((?:[A-Za-z0-9-]+\.)+(?:com|org|net|gov|edu|io|ai|app|dev|info|biz|health"
    r"|uk|us|ca|au|nz|ie|de|fr|es|it|nl|eu)(?:/[\w/-]*\w)?)/?(?![\w@-])"
)
_WHOLE_PAGE = re.compile(r"https?://(?:www\.)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?:/[\w/-]*\w)?)/?")
_PHONE = re.compile(r"(?<![\w.-])(?:\+?(\d{1,3})[-. ])?(?:\((\d{3})\) ?|(\d{3})[-. ])?(\d{3})[-.](\d{4})(?![\w-])")
_INTERNATIONAL = re.compile(r"(?<![\w.])\+(\d{1,3})((?:[- .]?\(?\d{2,5}\)?){2,5})(?![\w-])")
_ZIP = re.compile(r"(\b[A-Z]{2} |\b(?:zip|ZIP|Zip|postal)(?: code)?(?: is)? )(\d{5})(?:-(\d{4}))?\b")
_LONG_NUMBER = re.compile(r"(?<![\w.,$€£¥-])(0\d{3,}|\d{7,})(?![\w.,]*\d)(?![\w%])")
_NAMED = re.compile(
    r"(\b(?:order|job|confirmation|reference|ref|case|ticket|account|invoice|policy|claim|booking|tracking|member"
    r"|membership|customer|patient|code|pin|id|serial|permit|licen[cs]e|extension|number)"
    r"(?: (?:number|no\.|code|id|is|ending in)\b\.?:?){0,2} #?)((?:[A-Z0-9]+-)*[A-Z0-9]+)(?![\w%]|[.,:/-]\w|"
    r" (?!is\b|was\b|has\b)[a-z]+s\b)",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"(?<![\w#])#((?:[A-Z0-9]+-)*[A-Z0-9]+)\b", re.IGNORECASE)
_MIXED = re.compile(r"(?<![\w.$€£¥/-])(?=[A-Z-]*\d)(?:[A-Z0-9]+-)*[A-Z0-9]+(?![\w%]|[.,:/-]\w)")
_NOT_A_CODE = re.compile(
    r"\d+(?:ST|ND|RD|TH|AM|PM|S|X|GB|MB|KB|TB|KG|KM|MM|CM|M|MPH|KW)|(?:COVID|CO)-?\d+", re.IGNORECASE
)
LONGEST_SPELT = 4
"""Letters of an identifier that are read one by one; a longer run of them is a word."""


def mail_and_pages(text: str, language: str) -> str:
    """`jane_doe@example.com` -> `jane underscore doe at example dot com`."""
    signs = SIGNS.get(language)
    if signs is None:
        return text
    text = _EMAIL.sub(lambda found: _sign_by_sign(found[0], signs), text)
    text = _PAGE.sub(lambda found: _sign_by_sign(found[1], signs), text)
    return _WHOLE_PAGE.sub(lambda found: _sign_by_sign(found[1], signs), text)


def telephone(text: str) -> str:
    text = _PHONE.sub(lambda found: ", ".join(digits(part) for part in found.groups() if part), text)
    return _INTERNATIONAL.sub(
        lambda found: ", ".join(digits(part) for part in (found[1], *re.findall(r"\d+", found[2]))), text
    )


def postcode(text: str) -> str:
    return _ZIP.sub(lambda found: found[1] + ", ".join(digits(part) for part in found.groups()[1:] if part), text)


def identifiers(text: str) -> str:
    """What a word in front says is an identifier, or what looks like one; numbers that count stay as they are."""
    text = _SIGNED.sub(_signed, text)
    text = _NAMED.sub(_named, text)
    text = _MIXED.sub(lambda found: spelt(found[0]) if _is_code(found[0]) else found[0], text)
    return long_numbers(text)


def long_numbers(text: str) -> str:
    return _LONG_NUMBER.sub(lambda found: digits(found[1]), text)


def spelt(code: str) -> str:
    """`AB-1234` -> `A, B, 1 2 3 4`: a lone A in front of another word would be read as the article."""
    return ", ".join(_group(part) for part in re.findall(r"[A-Za-z]+|\d+|(?<=-)(?=-)", code) if part)


def _group(part: str) -> str:
    if part.isdigit():
        return digits(part)
    if len(part) > LONGEST_SPELT:
        return part
    return " ".join(part.upper()).replace("A ", "A, ")


def _signed(found: re.Match[str]) -> str:
    code = found[1]
    if code.isdigit():
        return f"number {digits(code) if len(code) > 2 else code}"
    return f"number {spelt(code)}" if any(sign.isdigit() for sign in code) else found[0]


def _named(found: re.Match[str]) -> str:
    code = found[2]
    counted = sum(sign.isdigit() for sign in code)
    if counted < 3 or _NOT_A_CODE.fullmatch(code):
        return found[0]
    return found[1].replace("#", "") + (digits(code) if code.isdigit() else spelt(code))


def _is_code(text: str) -> bool:
    counted = sum(sign.isdigit() for sign in text)
    return counted >= 3 and any(sign.isalpha() for sign in text) and _NOT_A_CODE.fullmatch(text) is None


def _sign_by_sign(address: str, signs: Mapping[str, str]) -> str:
    said = re.sub(r"[@._+/-]", lambda sign: f" {signs[sign[0]]} ", address)
    said = re.sub(r"\d+", lambda run: f" {digits(run[0])} ", said)
    last = " ".join(said.split()).split(" ")
    # A country's two letters are not a word.
    if len(last[-1]) == 2 and last[-1].isalpha() and last[-1].lower() not in ("io", "co"):
        last[-1] = " ".join(last[-1].upper())
    return " ".join(last)
