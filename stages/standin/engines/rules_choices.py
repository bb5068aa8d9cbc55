"""Which value of a list a caller means: named, meant by its usual words, or said in other forms of them."""

import re
from collections.abc import Mapping

from stages.dialogue.numerals import digit_runs
from stages.dialogue.selfrepair import self_repaired
from stages.dialogue.values import spot
from stages.dialogue.wanted import Field, FieldType
from stages.standin.engines.rules_patterns import MEANT
from stages.standin.engines.rules_spelling import affirmed
from stages.standin.engines.rules_typed import MOMENT

_TAKEN_BACK = re.compile(r"(?<=\w)[,.;:]? (?:oh )?no,? (?:wait|sorry|actually|i mean|rather)\b,?", re.IGNORECASE)


def chosen(values: tuple[str, ...], text: str) -> str | None:
    """The value that is named or whose usual words are said, the earlier one of two; what was taken back is none."""
    outright = [value for value in values if "not" in value.split() and _places(value, _plain(text).lower())[0] >= 0]
    if len(outright) == 1:
        return outright[0]
    mended = self_repaired(Field("choice", type=FieldType.ENUM, values=values), text)
    if mended is not None:
        return mended.text
    last = _unlabelled(values, _plain(_TAKEN_BACK.split(_plain(text))[-1]).lower())
    said = affirmed(last)
    places = {value: (_places(value, said)[0], _places(value, last)[1]) for value in values}
    told = [value for value in near(values, said) if places[value][0] < 0]
    hits = {value: min(at for at in found if at >= 0) for value, found in places.items() if max(found) >= 0}
    named = [value for value, (name, _) in places.items() if name >= 0]
    if len(named) > 1:
        return None
    return (
        min(hits, key=lambda value: (hits[value], value not in named)) if hits else told[0] if len(told) == 1 else None
    )


def _unlabelled(values: tuple[str, ...], said: str) -> str:
    """Of "I want to return order 55012" the order is no choice: it says of what the number is."""
    labels = "|".join(re.escape(value.lower()) for value in values)
    kept = said
    for label in reversed(list(re.finditer(rf"\b(?:{labels})(?: number)?(?: is)?\s+", said))):
        if any(run.start == label.end() and len(run.text) > 2 for run in digit_runs(said)):
            kept = kept[: label.start()] + kept[label.end() :]
    return kept


def _places(value: str, said: str) -> tuple[int, int]:
    """Where it is named, and where it is meant; -1: nowhere."""
    named = re.search(rf"\b{re.escape(value.lower())}\b", said)
    meant = re.search(rf"\b(?:{MEANT[value]})", said) if value in MEANT else None
    return (named.start() if named else -1), (meant.start() if meant else -1)


def near(values: tuple[str, ...], text: str) -> list[str]:
    """Values of a list that are said in other forms of their words: "deliver it", "pick it up" (`pick up`)."""
    words = [_stem(word) for word in re.findall(r"[a-z]+", text.lower())]
    return [
        value for value in values if _in_order([_stem(word) for word in re.findall(r"[a-z]+", value.lower())], words)
    ]


def _in_order(wanted: list[str], words: list[str]) -> bool:
    """All of the words, with at most one word between two of them."""
    if not wanted:
        return False
    for start, word in enumerate(words):
        place, hit = start, word == wanted[0]
        for one in wanted[1:]:
            found = next((at for at in (place + 1, place + 2) if at < len(words) and words[at] == one), None)
            hit, place = hit and found is not None, found or place
        if hit:
            return True
    return False


def _stem(word: str) -> str:
    return re.sub(r"(?<=\w{4})(?:ing|ed|ery|ies|y|s|e)$", lambda end: "er" if end[0] == "ery" else "", word)


def timely(choices: Mapping[str, tuple[str, ...]], name: str) -> bool:
    """Do the values of the list speak of days: today, this week?"""
    return any(spot(MOMENT, value) for value in choices.get(name, ()))


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").split())
