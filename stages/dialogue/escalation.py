"""When a person takes over: words of the caller that ask for it, and turns that fail."""

import re
from dataclasses import dataclass
from functools import lru_cache

from stages.dialogue.spec import AgentSpec


@dataclass(frozen=True, slots=True)
class Wanted:
    """A person is wanted, for this reason; `line` is what the caller hears."""

    reason: str
    line: str


_PERSON = (
    r"(?:(?:a|an|the|some|any|your|another|actual|real|live|human|physical) )*"
    r"(?:human(?: being)?|person|people|operator|representative|rep|receptionist|manager|supervisor|somebody real|"
    r"someone real|someone else|somebody else|real one|live one|member of staff|staff member|customer service|"
    r"(?:human|live|real) agent)"
)
_WISH = re.compile(
    rf"\b(?:(?:speak|talk|connect|transfer|pass|put|switch|escalate|hand)\b(?: (?:me|us|this|through|over|directly))*"
    rf" (?:to|with|through to) {_PERSON}|"
    rf"(?:get|give|want|need|like|prefer|find|fetch|bring) (?:(?:me|us|to have) )?{_PERSON}"
    rf"(?! (?:to|who|that|in|for|at) (?:come|fix|repair|look|visit|do|help me (?:with the|fix)))\b)"
)
_ALONE = re.compile(
    rf"(?:(?:no|please|just|ok|okay|well|um|uh|hey|sorry) )*{_PERSON}(?: (?:please|now|thanks|thank you))*"
)
_UNWANTED = re.compile(r"\b(?:don't|do not|not|no need|never|without|rather not)\b[^,.;]*$")


_LITTLE = (
    r"(?:a|an|the|some|this|that|my|our|his|her|their|really|just|now|so|very|all|is|are|was|has|have|got|been|like"
    r"|um|uh|er)"
)
"""What may stand between the words of a phrase and changes nothing of what it says."""
_ENDING = re.compile(r"(?:ing|ed|es|s|e)$")
SHORTEST_STEM = 4
"""Letters below which a word is looked for in its own form alone."""


def wanted(spec: AgentSpec, text: str) -> Wanted | None:
    """What the caller said asks for a person: one of the agent's triggers, or the plain wish."""
    low = _flat(text)
    for trigger in spec.escalation.triggers if _mentions(spec, low) else ():
        if any(_says(low, phrase) for phrase in trigger.phrases):
            return Wanted(trigger.reason, trigger.line or spec.escalation.line)
    wish = _WISH.search(low)
    if (wish and not _UNWANTED.search(low[: wish.start()])) or _ALONE.fullmatch(" ".join(re.findall(r"[\w']+", low))):
        return Wanted("the caller asked for a person", spec.escalation.line)
    return None


def after_failures(spec: AgentSpec, failures: int) -> Wanted | None:
    """So many turns in a row went wrong: is it time for a person?"""
    limit = spec.escalation.failed_turns
    if not limit or failures < limit:
        return None
    return Wanted(f"{failures} failed turns in a row", spec.escalation.line)


def _flat(text: str) -> str:
    return " ".join(text.lower().replace("\u2019", "'").split())


def _mentions(spec: AgentSpec, low: str) -> bool:
    """Any trigger's phrase: most turns say none, and that is known by one look."""
    phrases = _phrases(spec)
    return phrases is not None and phrases.search(low) is not None


@lru_cache(maxsize=64)
def _phrases(spec: AgentSpec) -> re.Pattern[str] | None:
    worded = (_worded(phrase) for trigger in spec.escalation.triggers for phrase in trigger.phrases)
    wanted = "|".join(dict.fromkeys(one for one in worded if one))
    return re.compile(rf"(?<!\w)(?:{wanted})(?!\w)") if wanted else None


def _says(low: str, phrase: str) -> bool:
    wanted = _pattern(phrase)
    return wanted is not None and wanted.search(low) is not None


@lru_cache(maxsize=2048)
def _pattern(phrase: str) -> re.Pattern[str] | None:
    wanted = _worded(phrase)
    return re.compile(rf"(?<!\w){wanted}(?!\w)") if wanted else None


def _worded(phrase: str) -> str:
    """The words in any of their forms, with little words between: "smell gas" is "smelling the gas", too."""
    return rf"(?:'s|'re|'ve)?\W+(?:{_LITTLE}\W+){{0,2}}".join(
        _formed(word) for word in re.findall(r"[\w']+", _flat(phrase))
    )


def _formed(word: str) -> str:
    """A word of some length with the endings of nouns and verbs: "pain" is "pains", "flooding" is "flooded"."""
    stem = _ENDING.sub("", word)
    if "'" in word or len(stem) < SHORTEST_STEM:
        return re.escape(word)
    return rf"(?:{re.escape(word)}|{re.escape(stem)}(?:e|s|es|ed|d|ing)?)"
