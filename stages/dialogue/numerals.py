"""Digits, letters and numbers in what a caller says: "four seven five", "B as in Bravo", "double four", "A-475"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_UNITS = {word: value for value, word in enumerate("zero one two three four five six seven eight nine".split())}
_UNITS |= {"oh": 0, "o": 0, "nought": 0, "naught": 0, "nil": 0, "niner": 9}
_TEENS = {
    word: value
    for value, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
_TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_TENS |= {"fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_ALPHABET = {
    word: word[0]
    for word in "alpha alfa bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november"
    " oscar papa quebec romeo sierra tango uniform victor whiskey whisky xray yankee zulu".split()
}
_LINKS = {"as", "for", "like"}
_DROPPED = {"dash", "hyphen", "space", "capital", "uppercase", "lowercase", "letter", "number", "digit", "then", "and"}
_HOMOPHONES = {"to": 2, "too": 2, "for": 4, "ate": 8, "won": 1, "tree": 3}
"""Counted as digits between digits only."""
_OPENING = frozenset("no nope it's its is yes".split())
"""What may stand before a number whose first digit, a four, was written "for"."""

_WHICH = frozenset("another this that other others next last new wrong old which each same".split())
"""Words behind which "one" counts nothing: "another one, 4180"."""

_WORD = re.compile(
    r"[Xx]-[Rr]ay\b|[A-Z]{2,6}-\d[\dA-Z]*\b|\d+[A-Za-z]+[A-Za-z\d]*|\+?\d(?:[\d,]*\d)?(?:\.\d+)?"
    r"|[A-Za-z]+['’][A-Za-z]+|[A-Za-z]\b(?:\.(?=[A-Za-z]\b))?|[A-Za-z]+\d[A-Za-z\d]*|[A-Za-z]+",
    re.ASCII,
)
_OH = re.compile(r"(?=.*\d)[o\d]{2,}")
"""As recognisers write "oh two oh": "O2o"."""
LONGEST_CAPITALS = 4
"""Letters written together that count as spelled where digits stand beside them: "AB 1234"."""
_MIXED = re.compile(r"[a-z]{1,6}-?\d[a-z\d]*|\d+[a-z]{1,6}[a-z\d]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that were said one after the other, and where."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """One word: what it stands for (a number's digits or a letter), or nothing."""

    kind: str
    """digits, number (ten and above), scale, times, letter, capitals, dropped, word."""
    text: str
    start: int
    end: int


def words_in(text: str) -> list[_Piece]:
    shouts = text.isupper() and len(re.findall(r"[A-Z]{2,}", text)) > 1
    pieces = [_piece(found, shouts) for found in _WORD.finditer(text)]
    for place, piece in enumerate(pieces[1:], 1):
        if piece.end - piece.start == len("one") and piece.text == "1" and pieces[place - 1].text in _WHICH:
            pieces[place] = _Piece("word", "one", piece.start, piece.end)
    return pieces


def _piece(found: re.Match[str], shouts: bool) -> _Piece:
    """`shouts`: all of the text is in capitals, so that they say nothing."""
    word = found[0].lower().rstrip(".").replace("x-ray", "xray")
    kind, stands = "word", word
    if word[0] in "+0123456789" and word.upper() == word.lower():
        kind, stands = "digits", word.replace(",", "").lstrip("+")
    elif word in _UNITS and word != "o":
        kind, stands = "digits", str(_UNITS[word])
    elif word in _TEENS or word in _TENS:
        kind, stands = "number", str(_TEENS.get(word) or _TENS[word])
    elif word in _SCALES:
        kind, stands = "scale", str(_SCALES[word])
    elif word in _TIMES:
        kind = "times"
    elif len(word) == 1 and word.isalpha():
        kind = "letter"
    elif word in _ALPHABET:
        kind, stands = "letter", _ALPHABET[word]
    elif word in _DROPPED:
        kind = "dropped"
    elif found[0].isalpha() and found[0].isupper() and len(word) <= LONGEST_CAPITALS and not shouts:
        kind = "capitals"
    return _Piece(kind, stands, found.start(), found.end())


@lru_cache(maxsize=64)
def digit_runs(text: str) -> tuple[Run, ...]:
    """Every stretch of digits, read one by one or as numbers: "forty seven five" is 475, "nineteen ninety" 1990."""
    return tuple(_runs(words_in(text), letters=False))


@lru_cache(maxsize=64)
def code_runs(text: str) -> tuple[Run, ...]:
    """Every stretch of letters and digits that were spelled, in capitals; "B as in Bravo" is B."""
    return tuple(_runs(words_in(text), letters=True))


def _runs(pieces: list[_Piece], letters: bool) -> Iterator[Run]:
    made, start, end, index = "", 0, 0, 0
    while index < len(pieces):
        text, taken = _taken(pieces, index, letters, bool(made))
        if taken:
            start = start if made else pieces[index].start
            made, end = made + text, pieces[index + taken - 1].end
            index += taken
        elif made and pieces[index].kind == "dropped" and _taken(pieces, index + 1, letters, True)[1]:
            index += 1
        else:
            if made:
                yield Run(made, start, end)
            made = ""
            index += 1
    if made:
        yield Run(made, start, end)


def _taken(pieces: list[_Piece], index: int, letters: bool, within: bool) -> tuple[str, int]:
    """The characters that begin at `index`, and how many words they take; none if nothing is spelled there."""
    if index >= len(pieces):
        return "", 0
    piece, after = pieces[index], pieces[index + 1] if index + 1 < len(pieces) else None
    if piece.kind in ("digits", "number"):
        return _number(pieces, index)
    if piece.kind == "times" and after is not None:
        text, taken = _taken(pieces, index + 1, letters, within)
        return (text[0] * _TIMES[piece.text] + text[1:], taken + 1) if taken else ("", 0)
    if piece.text == "o" and not letters and (within or (after is not None and after.kind == "digits")):
        return "0", 1
    if piece.kind == "word" and not letters and _OH.fullmatch(piece.text):
        return piece.text.replace("o", "0"), 1
    if letters and piece.text == "o" and piece.end - piece.start == 1 and _between_digits(pieces, index):
        return "0", 1
    if piece.kind == "letter" and letters:
        return _letter(pieces, index, within)
    if piece.kind == "capitals" and letters and (within or (after is not None and after.kind in ("digits", "number"))):
        return piece.text.upper(), 1
    if piece.kind == "word" and letters and _MIXED.fullmatch(piece.text):
        return piece.text.replace("-", "").upper(), 1
    if within and piece.text in _HOMOPHONES and after is not None and after.kind == "digits":
        return str(_HOMOPHONES[piece.text]), 1
    if piece.text == "for" and not within and _begins_one_by_one(pieces, index):
        return "4", 1
    return "", 0


def _between_digits(pieces: list[_Piece], index: int) -> bool:
    """ "Three one O seven": an O with digits on both sides, or behind the last, was an oh."""
    counted = ("digits", "number")
    follows = index + 1 >= len(pieces) or pieces[index + 1].kind in counted
    return index > 0 and pieces[index - 1].kind in counted and follows


def _begins_one_by_one(pieces: list[_Piece], index: int) -> bool:
    """ "No, for seven, one, seven": nothing is for that, where digits follow one by one as words."""
    opens = index == 0 or pieces[index - 1].text in _OPENING
    spelled = [piece.kind == "digits" and piece.end - piece.start > 1 for piece in pieces[index + 1 : index + 4]]
    return opens and len(spelled) == 3 and all(spelled)


def _letter(pieces: list[_Piece], index: int, within: bool) -> tuple[str, int]:
    """One letter, with the word that says which ("B as in Bravo", "B for Bravo") where one follows."""
    piece, rest = pieces[index], pieces[index + 1 : index + 4]
    letter = piece.text.upper()
    if len(rest) >= 2 and rest[0].text in _LINKS:
        skipped = 1 if rest[0].text == "as" and rest[1].text in ("in", "for") else 0
        named = rest[1 + skipped] if len(rest) > 1 + skipped else None
        stands = named.text[:1].upper() if named is not None else ""
        if named is not None and named.kind in ("word", "letter", "capitals") and stands == letter:
            return letter, 3 + skipped
    alone = len(piece.text) == 1 and piece.end - piece.start <= 2
    follows = _spelled(pieces, index + 1)
    # "a" and "I" are words unless letters or digits stand beside them.
    if alone and piece.text in ("a", "i") and not within and not follows:
        return "", 0
    return letter, 1


def _spelled(pieces: list[_Piece], index: int) -> bool:
    return index < len(pieces) and pieces[index].kind in ("letter", "digits", "times", "number")


def _number(pieces: list[_Piece], index: int) -> tuple[str, int]:
    """A number as it is said: "forty seven" is 47, "four hundred and seventy five" 475, "four seven" 4 and then 7."""
    first = pieces[index]
    total, taken = int(float(first.text)) if len(first.text) < 16 else 0, 1
    tens = first.kind == "number" and total >= 20
    following = pieces[index + 1] if index + 1 < len(pieces) else None
    if tens and following is not None and following.kind == "digits" and len(following.text) == 1:
        if following.text != "0" and following.text.isdigit():
            total, taken = total + int(following.text), 2
    scale = pieces[index + taken] if index + taken < len(pieces) else None
    if scale is None or scale.kind != "scale" or not first.text.isdigit():
        return (first.text.replace(".", "") if taken == 1 else str(total)), taken
    text, more = _scaled(pieces, index + taken, total)
    return text, taken + more


def _scaled(pieces: list[_Piece], index: int, counted: int) -> tuple[str, int]:
    """The rest of a number from its first scale word on: hundreds, thousands, and what is added to them."""
    total, current, taken = 0, counted, 0
    while index + taken < len(pieces):
        piece = pieces[index + taken]
        size = int(piece.text) if piece.kind == "scale" else 0
        if size == 100:
            current, taken = current * 100, taken + 1
        elif size:
            total, current, taken = total + current * size, 0, taken + 1
        elif piece.text == "and" and index + taken + 1 < len(pieces) and pieces[index + taken + 1].kind in _COUNTED:
            taken += 1
        elif piece.kind in _COUNTED and piece.text.isdigit() and current % 100 == 0 and int(piece.text) < 100:
            if _runs_on(pieces, index + taken):
                break
            text, more = _number(pieces[index + taken : index + taken + 2], 0)
            current, taken = current + int(text), taken + more
        else:
            break
    return str(total + current), taken


def _runs_on(pieces: list[_Piece], index: int) -> bool:
    """ "nine hundred, one two three": single digits behind a hundred are said on their own."""
    after = pieces[index + 1] if index + 1 < len(pieces) else None
    single = len(pieces[index].text) == 1
    return single and pieces[index - 1].kind == "scale" and after is not None and after.kind == "digits"


_COUNTED = ("digits", "number")
