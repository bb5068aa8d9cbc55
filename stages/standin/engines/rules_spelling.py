"""Letters and digits as callers say them: "B as in Bravo", "double four", "forty seven five"."""

import re

_UNITS = {word: str(value) for value, word in enumerate("zero one two three four five six seven eight nine".split())}
_UNITS |= {"oh": "0", "o": "0", "nought": "0"}
_TEENS = {
    word: str(value)
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
_TENS = {word: value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_TIMES = {"double": 2, "triple": 3}
_BETWEEN = frozenset({"dash", "hyphen", "and", "number", "digit"})
_LETTER = r"[A-Za-z](?:,? (?:as in|for|like) [A-Za-z]+)?"
_SPELT = re.compile(rf"(?<!['’])\b{_LETTER}(?:(?:[ .,-]+){_LETTER}\b)+", re.IGNORECASE)
_AS_IN = re.compile(r"\b([A-Za-z]),? (?:as in|for|like) [A-Za-z]+", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|instead of|rather than) [\w' -]+?(?=[.!?;,]|$| but | it's | it is )", re.IGNORECASE)


def affirmed(text: str) -> str:
    """The words without what they deny: "no, 475, not 47" holds 475 only."""
    kept = _DENIED.sub(" ", text)
    return kept if any(sign.isalnum() for sign in re.sub(r"^\W*no\b", "", kept, flags=re.IGNORECASE)) else text


def letters(text: str) -> str | None:
    """What was spelled out letter by letter, if three letters or more were."""
    best = max((found[0] for found in _SPELT.finditer(text)), key=len, default="")
    plain = re.sub(r"[^A-Za-z]", "", _AS_IN.sub(r"\1", best))
    named = _AS_IN.search(best) is not None  # "N as in November, G as in Golf" is a whole name
    return plain.capitalize() if len(plain) > (1 if named else 2) else None


def digits(text: str) -> list[str]:
    """Every run of digits, said one by one or as tens and teens."""
    runs, times, tens = [""], 1, False
    for word in re.findall(r"[a-z]+|\d+", text.lower()):
        made = word if word.isdigit() else _UNITS.get(word) or _TEENS.get(word) or ""
        if word in _TENS:
            made = f"{_TENS[word]}0"
        if tens and word in _UNITS and made != "0":
            runs[-1] = runs[-1][:-1] + made
        elif made:
            runs[-1] += made * times
        elif word not in _TIMES and word not in _BETWEEN and runs[-1]:
            runs.append("")
        times, tens = _TIMES.get(word, 1), word in _TENS
    return [run for run in runs if run]


def numbered(text: str) -> str:
    """The words with every number that something follows written in digits: "four seventy five Elm" is "475 Elm"."""
    said = "|".join((*_UNITS, *_TEENS, *_TENS))
    run = re.compile(rf"\b(?:(?:{said})[ -])*(?:{said})\b(?=[ ,])", re.IGNORECASE)
    return run.sub(lambda found: "".join(digits(found[0])) or found[0], text)


def codes(text: str) -> list[str]:
    """Identifiers of letters and digits: "AB 1234", "A as in Alpha B 1 2 3 4"."""
    plain = _AS_IN.sub(r"\1", text)
    found = re.findall(r"\b(?:[A-Z]{1,3}[ -]?)+(?:\d[ -]?)+\b", plain)
    return [re.sub(r"[^A-Z\d]", "", one) for one in found]
