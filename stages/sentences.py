"""Cuts a reply into what can be spoken while it is still being written; the first clause leaves as early as it can.

No look-ahead is needed where a mark is certain: models write a full stop and the letters after it as one token, so a
stop at the end of what has come, behind a word, ends a sentence. Behind a digit it may be a decimal, and the next
character is awaited. The pieces, joined, are the text that was fed, to the character.
"""

import re
from collections.abc import Callable, Iterator

FIRST_CLAUSE = 12
"""Characters before a comma that let the first clause leave."""
FIRST_LENGTH = 25
"""Characters of whole words that let the first clause leave without any mark,"""
FIRST_LEAST = 18
"""at the end of a word that a voice may pause behind, so many characters in at the least."""
FIRST_WHOLE = 60
"""Characters up to which a first sentence that is all there already is not cut at its comma: nothing is gained."""
SHORTEST = 12
"""Characters that a later unit has at least; a shorter sentence waits for the next."""
LONG = 160
"""Characters from which a later unit is cut at a clause mark."""
LONGEST = 240
"""Characters from which a unit is cut at any space."""
WORD = 400
"""Characters from which it is cut wherever it is."""

_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "st", "sgt", "capt", "lt", "gen", "rev", "hon", "vs"})
"""Abbreviations that never end a sentence."""
_SHORTENED = frozenset({"a.m", "p.m", "etc", "inc", "ltd", "co", "corp", "jr", "sr", "ave", "blvd", "rd", "ext"})
"""Abbreviations that may end one: a capital letter after them tells."""
_MARK = re.compile(r"[.!?…。！？\n,;:、，–—]|(?<=\s)-(?=\s)")
_HARD = "!?…。！？\n"
_CLOSERS = re.compile(r"[.!?…。！？\"'”’)\]]*")
_JOINT = re.compile(r"\s(?=(?:and|but|or|so|because|which|while|when|then|if|unless|though)\s)")
_CLINGS = re.compile(
    r"(?:^|[\s\W])(?:an?|the|my|your|our|his|her|its|their|this|these|those|each|every|some|any|no|to|of|for|from|in|on|at"
    r"|by|with|about|into|as|than|between|around|until|after|before|over|under|and|or|but|so|if|whether|because|unless"
    r"|while|when|where|how|what|why|that|which|who|is|are|was|were|be|been|am|do|does|did|have|has|had"
    r"|can|could|will|would|shall|should|may|might|must|not|i|we|you|he|she|they|it|there|\w+'(?:m|re|ve|ll|d|s)"
    r"|very|too|just|really|mr|mrs|ms|dr|st|\S*[\d@]\S*|[$£€#]\S*)\.?$",
    re.IGNORECASE,
)
"""Words that belong to the word after them: the voice does not pause behind them."""
_SPEAKABLE = re.compile(r"[^\W_]")
_LAST_WORD = re.compile(r"[\w.@'’-]*\Z")


def is_speakable(text: str) -> bool:
    """Is there a letter or a digit in it?"""
    return _SPEAKABLE.search(text) is not None


class Sentences:
    """Feed it the reply as it comes; it gives back the units that are ready, and the rest on `flush`."""

    def __init__(self, may_break: Callable[[str], bool] = lambda _: True) -> None:
        self._may_break = may_break
        """May these words be said before the rest of their clause is known?"""
        self._text = ""
        self._first = True

    @property
    def pending(self) -> bool:
        """Is there something to say that waits for its end?"""
        return is_speakable(self._text)

    @property
    def is_first(self) -> bool:
        return self._first

    def feed(self, delta: str) -> list[str]:
        """Add `delta`; the units that are complete with it."""
        self._text += delta
        ready = []
        while cut := self._cut():
            ready.append(self._take(cut))
        return ready

    def hurry(self) -> list[str]:
        """The model is slow: give the words so far, if they are two or more and the last of them is whole."""
        cut = self._word_end(FIRST_CLAUSE)
        return [self._take(cut)] if cut else []

    def hasten(self) -> None:
        """The next clause is a first one again."""
        self._first = True

    def flush(self) -> list[str]:
        """All that is left. The next clause is a first one again: the voice will have fallen silent by then."""
        rest = [self._take(len(self._text))] if self._text else []
        self._first = True
        return rest

    def _take(self, cut: int) -> str:
        unit, self._text = self._text[:cut], self._text[cut:]
        self._first = self._first and not is_speakable(unit)
        return unit

    def _cut(self) -> int:
        """Where the next unit ends; 0 where none is ready."""
        text = self._text
        clause = 0
        for end, ends_sentence in boundaries(text):
            if not is_speakable(text[:end]):
                continue
            size = len(text[:end].strip())
            if clause and size > FIRST_WHOLE:
                return clause
            if ends_sentence and (self._first or size >= SHORTEST):
                return end
            if not ends_sentence and self._first and size >= FIRST_CLAUSE:
                clause = clause or end
            elif size >= LONG:
                return end
        if clause:
            return clause
        if self._first and len(text[: text.rstrip().rfind(" ") + 1].strip()) >= FIRST_LENGTH:
            return self._word_end(FIRST_LEAST)
        if len(text) >= LONGEST and is_speakable(text[:LONGEST]):
            return text.rfind(" ", 1, LONGEST) + 1 or (WORD if len(text) >= WORD else 0)
        return 0

    def _word_end(self, least: int) -> int:
        """The end of the last whole word behind which a voice may pause, `least` characters in or more; else 0."""
        text = self._text
        if not self._may_break(text):
            return 0
        joint = _JOINT.search(text, least)
        cut = (joint.start() if joint else text.rstrip().rfind(" ")) + 1
        while cut > least:
            before = text[:cut].rstrip()
            if " " in before.lstrip() and not text[cut:].lstrip()[:1].isdigit() and not _CLINGS.search(before):
                return cut if is_speakable(before) else 0
            cut = before.rfind(" ") + 1
        return 0


def boundaries(text: str) -> Iterator[tuple[int, bool]]:
    """Every place after which the voice may pause: its end, and whether a sentence ends there."""
    for mark in _MARK.finditer(text):
        at, sign = mark.start(), mark.group()
        after = text[mark.end() : mark.end() + 1]
        if sign == ".":
            if _ends_sentence(text[:at], text[mark.end() :]):
                yield _closed(text, mark.end()), True
        elif sign in _HARD:
            yield _closed(text, mark.end()), True
        elif sign in "、，–—" or after.isspace() or (not after and not _is_digit(text[at - 1 : at])):
            yield mark.end(), False


def _closed(text: str, end: int) -> int:
    """`end`, moved behind further marks and closing quotes."""
    found = _CLOSERS.match(text, end)
    return found.end() if found else end


def _ends_sentence(before: str, after: str) -> bool:
    """Does a full stop between these two end a sentence?"""
    if after[:1] == "." or before.endswith("."):
        return not after.startswith(".")
    if after and not (after[0].isspace() or _CLOSERS.fullmatch(after[0])):
        return False
    found = _LAST_WORD.search(before)
    word = found.group() if found else ""
    if not word:
        return is_speakable(before)
    if _is_digit(word[-1]):
        return bool(after) and not _is_list_number(before, word)
    return _is_whole_word(word.lower(), after.lstrip()[:1])


def _is_whole_word(word: str, following: str) -> bool:
    """A stop behind `word` ends a sentence: it is no abbreviation, no initial, no half of an address."""
    if "@" in word:
        return bool(following)
    if word in _TITLES:
        return False
    if word in _SHORTENED:
        return following.isupper()
    if "." in word:
        # "U.S." and "e.g." go on; a domain is over when white space has come.
        return bool(following) and any(len(part) > 1 for part in word.split("."))
    return len(word) > 1 or word == "i"


def _is_list_number(before: str, word: str) -> bool:
    """`1.` at the start of a line counts; it ends nothing."""
    return len(word) <= 2 and word.isdigit() and before.rstrip(word).strip(" ") in ("", "\n")


def _is_digit(character: str) -> bool:
    return character.isdigit()
