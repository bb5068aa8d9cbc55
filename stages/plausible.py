"""Could this have been said? Recognisers invent text on noise; rules that tell, from the text and the audio alone."""

import re

import numpy as np

from pipeline.clock import MICROS
from pipeline.flow import Transcript, Utterance
from pipeline.pcm import BYTES, EAR_RATE
from stages.ports import Hints

WORDS_PER_SECOND = 8.0
"""The fastest speech there is, in words per second of voice."""
LETTERS_PER_SECOND = 40.0
"""The same for languages that are written without spaces."""
GRACE_WORDS = 3
GRACE_LETTERS = 24
"""What a very short stretch of voice may hold beyond that: its voice is under-counted."""
QUIET = 260.0
"""RMS of the loudest part (-42 dBFS) below which a lone courtesy was not said but made up."""
UNSURE = -1.0
"""Mean log-probability below which a lone courtesy is not believed."""

NO_HINTS = Hints()

_WORD = re.compile(r"[\w'’]+")
_ANNOTATION = re.compile(r"\[[^\]]*\]|\([^)]*\)|[♪♫]")
_COURTESIES = frozenset({"you", "thank you", "thank you so much", "thanks", "bye", "bye bye", "so", "the"})
"""What recognisers say to noise, and people say too."""
_CREDITS = re.compile(r"\b(thank(s| you)( so much)? for (watching|listening)|subtitles? by|like and subscribe)\b")
"""What nobody says on the telephone."""
_REPEATS = {1: 9, 2: 5, 3: 3, 4: 3, 5: 3, 6: 3, 7: 3, 8: 3}
"""How often in a row a phrase of so many words is a loop of the recogniser, not an insistent caller."""


def doubt(transcript: Transcript, utterance: Utterance, hints: Hints = NO_HINTS) -> str | None:
    """Why the transcript is not to be answered: `empty` or `implausible`; None if it is."""
    text = _ANNOTATION.sub(" ", transcript.text)
    words = [word.casefold() for word in _WORD.findall(text)]
    if not any(character.isalnum() for word in words for character in word):
        return "empty"
    if _is_too_fast(text, words, utterance) or _loops(words) or _echoes(words, hints):
        return "implausible"
    if _CREDITS.search(" ".join(words)):
        return "implausible"
    if " ".join(words) in _COURTESIES and (_is_unsure(transcript) or _is_quiet(utterance.pcm)):
        return "implausible"
    return None


def _is_too_fast(text: str, words: list[str], utterance: Utterance) -> bool:
    voiced = max(utterance.voiced, 0) or max(utterance.end - utterance.onset, 0)
    seconds = voiced / MICROS
    letters = sum(character.isalnum() for character in text)
    return (
        len(words) > WORDS_PER_SECOND * seconds + GRACE_WORDS or letters > LETTERS_PER_SECOND * seconds + GRACE_LETTERS
    )


def _loops(words: list[str]) -> bool:
    """Does a phrase come again and again? Numbers may: people spell them."""
    for size, limit in _REPEATS.items():
        for start in range(len(words) - size * limit + 1):
            phrase = words[start : start + size]
            if phrase * limit == words[start : start + size * limit] and not all(word.isdigit() for word in phrase):
                return True
    return False


def _echoes(words: list[str], hints: Hints) -> bool:
    """Is it the prompt read back: four expected words or more, in their order, and nothing else?"""
    expected = [word.casefold() for phrase in hints.words for word in _WORD.findall(phrase)]
    runs = (expected[start : start + len(words)] for start in range(len(expected) - len(words) + 1))
    return len(words) >= 4 and len(hints.words) >= 2 and any(run == words for run in runs)


def _is_unsure(transcript: Transcript) -> bool:
    tokens = transcript.tokens
    return bool(tokens) and sum(token.logprob for token in tokens) / len(tokens) < UNSURE


def _is_quiet(pcm: bytes) -> bool:
    """Is even the loudest fifth of it quiet? Audio that is not there says nothing."""
    window = EAR_RATE // 50
    whole = len(pcm) // (window * BYTES)
    if not whole:
        return False
    samples = np.frombuffer(pcm, dtype="<i2", count=whole * window).reshape(whole, window).astype(np.float64)
    levels = np.sort(np.sqrt(np.mean(samples * samples, axis=1)))
    return float(np.sqrt(np.mean(levels[-max(1, whole // 5) :] ** 2))) < QUIET
