"""How the caller took it, and what the call is worth: figures that need no model."""

import re
from collections.abc import Iterable

from stages.dialogue.story import Story

SENTIMENTS = ("positive", "neutral", "negative")

_GLAD = frozenset(
    "thanks thank great perfect wonderful lovely excellent awesome appreciate helpful brilliant amazing glad".split()
)
_CROSS = frozenset(
    "angry upset terrible awful horrible ridiculous unacceptable useless frustrated frustrating annoyed complaint "
    "complain worst rude disappointed disgusting lawyer sue stupid hate".split()
)


def sentiment(texts: Iterable[str]) -> str:
    """By the words that the caller used; a cross word weighs two friendly ones, because "thanks" is also a habit."""
    glad = cross = 0
    for text in texts:
        words = set(re.findall(r"[a-z]+", text.lower()))
        glad += bool(words & _GLAD)
        cross += bool(words & _CROSS)
    if 2 * cross > glad:
        return "negative"
    return "positive" if glad else "neutral"


def lead_score(story: Story, wanted: int, settled: int) -> int:
    """0 to 100: did they talk (20), did they tell what was asked (50), was something done for them (30)?"""
    spoke = min(len(story.caller_lines), 4) * 5
    told = round(50 * min(settled, wanted) / wanted) if wanted else (50 if len(story.caller_lines) > 1 else 0)
    done = 30 if any(use.writes and use.done for use in story.tools) else 0
    return spoke + told + done if spoke else 0
