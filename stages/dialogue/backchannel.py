"""What a listener says without wanting the floor: "mhm", "okay", "right"."""

import re

from stages.dialogue.spec import Expects

_SOUNDS = frozenset(
    "mhm mm mmm mmhm mmhmm hm hmm hmmm uhhuh uh huh um umm ah aha oh ooh yeah yea yep yup yes ok okay kay right sure"
    " alright good great nice cool fine wow really gotcha".split()
)
_PHRASES = frozenset({"i see", "all right", "got it", "of course", "go on", "i know", "thank you", "thanks"})
_ANSWERS = frozenset("yeah yea yep yup yes ok okay right sure alright fine".split())
MOST_WORDS = 3


def is_backchannel(text: str, expects: str | None = None) -> bool:
    """`expects`: what the state waits for. Where that is a yes or a no, a yes is an answer."""
    words = re.findall(r"[\w']+", text.lower().replace("-", "").replace("\u2019", "'"))
    if expects == Expects.YES_NO and _ANSWERS.intersection(words):
        return False
    return " ".join(words) in _PHRASES or (0 < len(words) <= MOST_WORDS and all(word in _SOUNDS for word in words))
