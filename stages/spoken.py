"""From written to spoken: what voices are known to read wrongly is put in words, what is not speech is taken away.

It is pure, and what it made stays as it is when it is given in again. Plain whole numbers, titles and what else every
voice reads well are left alone; identifiers and telephone numbers go out digit by digit in every language, the rest
where a table knows the language (English is complete, others have the signs of addresses).
"""

import re

from stages.sentences import is_speakable
from stages.spoken_codes import identifiers, long_numbers, mail_and_pages, postcode, telephone
from stages.spoken_english import in_english

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
    "hwy": "Highway",
    "pkwy": "Parkway",
    "ter": "Terrace",
    "cir": "Circle",
}
_COMPASS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest", "SE": "Southeast",
    "SW": "Southwest",
}  # fmt: skip
_LINK = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")
_MARKUP = re.compile(r"\*\*|__|`+|^\s*(?:#{1,6}|[*•-])\s+|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", re.MULTILINE)
_PICTURE = re.compile("[\u2190-\u21ff\u2300-\u27bf\ufe0e\ufe0f\u200d\U0001f000-\U0001faff]")
_STREET = re.compile(
    r"(\b\d+[A-Za-z]? )((?:N|S|E|W|NE|NW|SE|SW)\b\.? )?((?:(?:St\. )?(?:[A-Z][\w'’]*|\d+(?:st|nd|rd|th)) )+?)"
    r"(Dr|St|Ave|Rd|Blvd|Ln|Ct|Pl|Sq|Hwy|Pkwy|Ter|Cir)\b(\.?)"
)


def spoken(text: str, language: str = "en") -> str:
    """`text` as it is given to the voice: one line, no markup or pictures, everything as it is said."""
    text = _PICTURE.sub("", _MARKUP.sub("", _LINK.sub(r"\1", text)))
    text = mail_and_pages(" ".join(text.split()), language)
    if language == "en":
        text = _STREET.sub(_street, text)
        text = postcode(telephone(text))
        text = identifiers(in_english(text))
    else:
        text = long_numbers(telephone(text))
    return " ".join(text.split())


def has_words(text: str) -> bool:
    """Would a voice have anything to say of it? Mostly told without wording it."""
    bare = _PICTURE.sub("", _LINK.sub(r"\1", text))
    return _LETTER.search(bare) is not None or is_speakable(spoken(text))


_LETTER = re.compile(r"[A-Za-z]")
"""Whatever else happens to it, it is said."""


def _street(found: re.Match[str]) -> str:
    """The full stop of the abbreviation goes, unless it ends the sentence too."""
    following = found.string[found.end() :].lstrip()[:1]
    goes_on = following.islower() or following == ","
    compass = f"{_COMPASS[found[2].strip(' .')]} " if found[2] else ""
    return found[1] + compass + found[3] + _STREETS[found[4].lower()] + ("" if goes_on else found[5])
