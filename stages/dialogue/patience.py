"""How long a silence ends the caller's turn, judged by what they said so far and by what they were asked.

The figures were tuned on one half of the turn bank and are published for the other (`make bench BENCH=turns`). A
transcript that is as complete as the question wants it releases the turn at once; one that plainly lacks something
waits for it longer than nearly every pause inside a turn lasts.
"""

import re
from collections.abc import Callable

from stages.dialogue.dates import date_in, time_in
from stages.dialogue.expected import Expected
from stages.dialogue.numerals import code_runs, digit_runs
from stages.dialogue.spec import Expects
from stages.dialogue.wanted import FieldType

COMPLETE_US = 250_000
"""All that was asked for is there. Shorter than a transcript takes: it is the transcript that ends the turn."""
TOLD_US = 400_000
"""A long sentence, and a whole one: mostly the caller's whole matter. Or a goodbye."""
NEARLY_US = 600_000
"""All of it may be there: a recogniser takes one digit for a word, or a caller leaves out the town."""
FINISHED_US = 1_000_000
"""A sentence that may well be all."""
OPEN_US = 1_100_000
"""Words that may be the first of more."""
PARTS_US = 1_400_000
"""An answer that comes in parts, whose number nobody knows."""
MISSING_US = 2_000_000
"""Something is missing, and it is known what."""

SURELY_OVER, SURELY_NOT = 0.8, 0.2
"""From here, and up to here, the sound of the voice counts,"""
SOONER_US, LATER_US = 400_000, 600_000
"""by so much."""

_WORD = re.compile(r"[\w']+")
_TRAILS = (",", "-", "\u2014", "...", "\u2026", ":")
_CLOSED = (".", "!", "?")
_YES_NO = re.compile(
    r"(?:oh |well |um |uh |okay |actually )*"
    r"(?:yes|yeah|yep|yup|no|nope|nah|sure|correct|right|exactly|okay|ok|fine|perfect|please do|of course|not really"
    r"|absolutely|definitely|i think so|i don't think so|i guess so|that's right|that's correct|that's it|that's fine"
    r"|it is|it isn't|it's not|that works|sounds good|go ahead)"
    r"(?: (?:please|thanks|thank you|it is|it isn't|that's right|that's correct|i do|i don't|i am|correct|that's all"
    r"|go ahead|sure|sir|madam|yes|no|please do|that works|that's fine|of course|right|exactly|i think so))*"
)
_LEAVES = re.compile(
    r"(?:(?:okay|ok|well|great|perfect|alright|all right|thanks|thank you|so much|very much|no|that's all|that's it) )*"
    r"(?:good ?bye|bye|see you|have a (?:nice|good|great) (?:day|evening|night|weekend|one))"
    r"(?: (?:now|then|for now|thanks|thank you|you too|bye|good ?bye))*"
)
"""A caller who takes their leave has said all."""
_FILLER = re.compile(
    r"(?:^|\b)(?:um+|uh+|er+m?|hmm+|ah|well|so|okay so|like|you know|i mean|actually|sorry|wait|no wait|hang on|hold on"
    r"|let me (?:see|check|think|look)|let's (?:see|say)|one (?:moment|second)|just a (?:moment|second)|i think"
    r"|i believe|maybe)$"
)
"""Nobody ends with these. A recogniser puts a full stop behind whatever it is given; it means nothing here."""
_NEVER_LAST = re.compile(
    r"\b(?:and|or|but|because|if|the|a|an|my|your|our|their|of|i'm|it's|he's|she's|we're|they're|i|we|he|she|they"
    r"|is|are|was|were|am|be|has|have|had|will|would|could|should|can|since|although|unless|until|than|as|into"
    r"|onto|per|between|some|any day|calling about|number|to|with|from|at|for|by|every|very|spelled|called|named"
    r"|both|either|whether|then|also|just|really)$"
)
_SELDOM_LAST = re.compile(
    r"\b(?:on|in|about|around|after|before|when|which|who|that|where|his|her|its|how|why|over|under|how much|how many"
    r"|not|no|so|too|up|out|off)$"
)
_ASKS = re.compile(r"^(?:\w+ ){0,2}(?:what|where|when|how|who|which|why)\b.* \w+$")
_ECHOES = re.compile(
    r"\b(?:it|that|this|there|he|she|they|we|i|you)"
    r" (?:is|are|was|were|am|do|did|does|will|would|can|could|have|has|had)$"
)
"""A short answer: "yes it is"."""
_ZIP = re.compile(r"\d{5}$")
_STATE = re.compile(
    r"\b(?:alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois"
    r"|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri"
    r"|montana|nebraska|nevada|hampshire|jersey|mexico|york|carolina|dakota|ohio|oklahoma|oregon|pennsylvania"
    r"|rhode island|tennessee|texas|utah|vermont|virginia|washington|wisconsin|wyoming)$"
)
_DOMAIN = re.compile(r"\b(?:com|org|net|edu|gov|io|de|uk|fr|es)$")
_NAME_LEAD = re.compile(
    r"^(?:(?:yes|um|uh|sure|hi|hello|okay|it's|it is|this is|i'm|i am|my name is|my name's|the name is|the name's) )*"
)
_ORDINAL_LAST = re.compile(r"^(?:\w+ )*(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: the)? \w+$")
"""Of "Thursday the first" the month may follow."""
_LETTERS_LAST = re.compile(r"(?:^| )[a-z] [a-z]$")
LONG_SENTENCE = 8
"""Words from which a sentence is long."""
LONG_NAME = 6
"""Letters from which a spelled name may be all: half of the surnames have no more."""
_PLACE = re.compile(
    r"\b(?:street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|square|way|highway|terrace)\b"
)
_MONTH = re.compile(r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december)$")
_MONTH_DAY = re.compile(_MONTH.pattern.removesuffix("$") + r" \w+$")
_REFUSES = re.compile(r"\b(?:don't|do not|not|can't|cannot|no idea|sorry|why|what|rather)\b")

_FIRST_US: dict[str, int] = {
    Expects.YES_NO: 600_000,
    FieldType.ENUM: 800_000,
    FieldType.DATE: OPEN_US,
    FieldType.TIME: OPEN_US,
    FieldType.DATE_TIME: OPEN_US,
    FieldType.NAME: OPEN_US,
    Expects.OPEN: OPEN_US,
}
"""While there is no transcript; for all others, `MISSING_US`. It comes after about 400 ms of silence, so these matter
where it is late."""


def first_patience(expected: Expected) -> int:
    """Microseconds of silence that end a turn of which nothing was understood yet."""
    return _FIRST_US.get(expected.kind, MISSING_US)


def patience(expected: Expected, text: str, over: float | None = None) -> int:
    """Microseconds of silence that end a turn in which this was said.

    `over`: how likely the turn is over by the sound of it, where that was judged. It counts where the words leave it
    open, and by 600 ms at most.
    """
    by_words = _by_words(expected, text)
    if over is None or not TOLD_US <= by_words <= PARTS_US:
        return by_words
    if over >= SURELY_OVER:
        return max(TOLD_US, by_words - SOONER_US)
    return min(MISSING_US, by_words + LATER_US) if over <= SURELY_NOT else by_words


def _by_words(expected: Expected, text: str) -> int:
    said = text.strip()
    flat = " ".join(_WORD.findall(said.lower().replace("\u2019", "'")))
    if not flat:
        return first_patience(expected)
    if _LEAVES.fullmatch(flat) and not said.endswith(_TRAILS):
        return TOLD_US
    answered = _ANSWERED.get(expected.kind, _open)(expected, said, flat)
    whole = answered in (COMPLETE_US, NEARLY_US) and expected.kind != FieldType.NAME
    spells = _ANSWERED.get(expected.kind) is _spelling and _LETTERS_LAST.search(flat) is not None
    return answered if whole or not _breaks_off(said, flat, spells) else MISSING_US


def _breaks_off(said: str, flat: str, spells: bool) -> bool:
    """The last word is one that nobody ends with; who spells may end with an "a" or an "i"."""
    if said.endswith(_TRAILS) or _FILLER.search(flat):
        return True
    if spells:
        return False
    if _NEVER_LAST.search(flat):
        return _ECHOES.search(flat) is None
    return not said.endswith(_CLOSED) and _SELDOM_LAST.search(flat) is not None


def _yes_no(_: Expected, said: str, flat: str) -> int:
    if _YES_NO.fullmatch(flat) and not said.endswith(_TRAILS):
        return COMPLETE_US
    return NEARLY_US if _ECHOES.search(flat) else min(_sentence(said, flat), FINISHED_US)


def _open(_: Expected, said: str, flat: str) -> int:
    if _ends_in_digits(said) or _letters(said) > 1:
        return PARTS_US
    return _sentence(said, flat)


def _sentence(said: str, flat: str) -> int:
    words = flat.count(" ") + 1
    if not said.endswith(_CLOSED) or words < 3:
        return OPEN_US
    if words >= LONG_SENTENCE or (said.endswith("?") and _ASKS.match(flat)):
        return TOLD_US
    return FINISHED_US


def _digits(expected: Expected, said: str, flat: str) -> int:
    count = sum(len(run.text) for run in digit_runs(said))
    if count < 2 and _declines(flat):
        return NEARLY_US
    if count and not expected.length:
        return PARTS_US
    if not count or count >= expected.length:
        return COMPLETE_US if count else MISSING_US
    return NEARLY_US if _units(said) >= expected.length else MISSING_US


def _spelling(expected: Expected, said: str, flat: str) -> int:
    runs = [run.text for run in code_runs(said) if len(run.text) > 1]
    count = sum(map(len, runs))
    if expected.length and count:
        return COMPLETE_US if count >= expected.length else MISSING_US
    if expected.kind == FieldType.EMAIL and _DOMAIN.search(flat):
        return COMPLETE_US
    words = set(flat.split())
    if any(run.lower() in words for run in runs):
        return COMPLETE_US
    if not count and _declines(flat):
        return NEARLY_US
    return FINISHED_US if count >= LONG_NAME else PARTS_US


def _address(_: Expected, said: str, flat: str) -> int:
    street = _PLACE.search(flat)
    if street is None:
        return NEARLY_US if _declines(flat) else PARTS_US
    rest = flat[street.end() :].split()
    if _ZIP.search(flat) or (len(rest) >= 2 and _STATE.search(flat)):
        return COMPLETE_US
    return FINISHED_US if rest else OPEN_US


def _when(expected: Expected, said: str, flat: str) -> int:
    day, time = date_in(said), time_in(said)
    if expected.kind == FieldType.TIME:
        return COMPLETE_US if time else _sentence(said, flat)
    if day is None and _MONTH_DAY.search(flat):
        return COMPLETE_US
    if day is None:
        return MISSING_US if _MONTH.search(flat) else _sentence(said, flat)
    if time or expected.kind == FieldType.DATE_TIME:
        return COMPLETE_US if time else OPEN_US
    if _ORDINAL_LAST.search(flat) or len(said[day.end :].split()) >= 2:
        return NEARLY_US
    if any(sign.isdigit() for sign in day.text) or " " in day.text:
        return COMPLETE_US
    return OPEN_US


def _name(expected: Expected, _: str, flat: str) -> int:
    name = _NAME_LEAD.sub("", flat).split()
    return COMPLETE_US if len(name) >= max(2, expected.words) else PARTS_US


_ANSWERED: dict[str, Callable[[Expected, str, str], int]] = {
    Expects.YES_NO: _yes_no, Expects.DIGITS: _digits, FieldType.PHONE: _digits, FieldType.NUMBER: _digits,
    Expects.SPELLING: _spelling, FieldType.ID: _spelling, FieldType.EMAIL: _spelling, FieldType.ADDRESS: _address,
    FieldType.DATE: _when, FieldType.TIME: _when, FieldType.DATE_TIME: _when, FieldType.NAME: _name,
}  # fmt: skip
"""How far what was said answers the question, by kind."""


def _units(said: str) -> int:
    """Digits, and words among them that may be digits misheard, from the first digit on."""
    runs = digit_runs(said)
    rest = said[runs[0].start :] if runs else ""
    words = [word for word in _WORD.findall(rest) if not word.isdigit()]
    spelled = len(words) - sum(len(_WORD.findall(said[run.start : run.end])) for run in runs)
    return sum(len(run.text) for run in runs) + max(0, spelled)


def _declines(flat: str) -> bool:
    """A yes or a no, or words about not having it, where something else was asked for."""
    return _YES_NO.fullmatch(flat) is not None or _REFUSES.search(flat) is not None


def _ends_in_digits(said: str) -> bool:
    """Two digits in a row at the end: a longer number may go on."""
    runs = digit_runs(said)
    return bool(runs) and len(runs[-1].text) > 1 and runs[-1].end >= len(said.rstrip(" .,!?")) - 1


def _letters(said: str) -> int:
    runs = code_runs(said)
    return len(runs[-1].text) if runs and runs[-1].end >= len(said.rstrip(" .,!?")) - 1 else 0
