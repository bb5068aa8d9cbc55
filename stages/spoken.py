"""From written to spoken: what voices are known to read wrongly is spelled out, what is not speech is taken away."""

import re

_STREETS = {
    "dr": "Drive",
    "st": "Street",
    "ave": "Avenue",
    "rd": "Road",
    "blvd": "Boulevard",
    "ln": "Lane",
    "ct": "Court",
    "pl": "Place",
    "sq": "Square",
}
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_MARKUP = re.compile(r"\*\*|__|`+|^\s*(?:#{1,6}|[*•-])\s+|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", re.MULTILINE)
_PICTURE = re.compile("[\u2190-\u21ff\u2300-\u27bf\ufe0e\ufe0f\u200d\U0001f000-\U0001faff]")
_STREET = re.compile(r"(\b\d+[A-Za-z]?(?: [A-Z][\w'’]*)+ )(Dr|St|Ave|Rd|Blvd|Ln|Ct|Pl|Sq)\b(\.?)")
_PHONE = re.compile(r"(?<![\w.-])(?:\+?(\d{1,3})[-. ])?(?:\((\d{3})\) ?|(\d{3})[-. ])?(\d{3})[-.](\d{4})(?![\w-])")
_ZIP = re.compile(r"(\b[A-Z]{2} |\b(?:zip|ZIP|Zip|postal)(?: code)?(?: is)? )(\d{5})(?:-(\d{4}))?\b")
_LONG_NUMBER = re.compile(r"(?<![\w.,$€£-])(0\d{3,}|\d{7,})(?![\w.,]*\d)")


def spoken(text: str) -> str:
    """`text` as it is given to the voice: one line, no markup or pictures, and codes digit by digit."""
    text = _PICTURE.sub("", _MARKUP.sub("", _LINK.sub(r"\1", text)))
    text = _STREET.sub(_street, text)
    text = _PHONE.sub(lambda found: ", ".join(digits(part) for part in found.groups() if part), text)
    text = _ZIP.sub(lambda found: found[1] + ", ".join(digits(part) for part in found.groups()[1:] if part), text)
    text = _LONG_NUMBER.sub(lambda found: digits(found[1]), text)
    return " ".join(text.split())


def digits(number: str) -> str:
    """`0192` -> `0 1 9 2`."""
    return " ".join(number)


def _street(found: re.Match[str]) -> str:
    """The full stop of the abbreviation goes, unless it ends the sentence too."""
    following = found.string[found.end() :].lstrip()[:1]
    goes_on = following.islower() or following == ","
    return found[1] + _STREETS[found[2].lower()] + ("" if goes_on else found[3])
