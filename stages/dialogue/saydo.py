"""Say-do integrity: may this sentence be spoken, given what was really done in this call?

A claim of a finished action needs a tool that did it: "I've booked" needs a write of that kind that succeeded, "your
visit is booked" may also be what a tool was told about. A promise that the agent file disallows is never spoken, nor
the agent's own instructions. Where a sentence may not be spoken, the model is told why, and the caller hears a neutral
line.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from stages.dialogue.claims import claims, flat
from stages.dialogue.deeds import Deed, backed
from stages.dialogue.prompt import instructions
from stages.dialogue.spec import HAND_OFF, AgentSpec, Rule
from stages.dialogue.toolset import BOOKKEEPING

UNBACKED = "unbacked"
DISALLOWED = "disallowed"
INSTRUCTIONS = "instructions"

RUN = 8
"""So many words in a row of the agent's instructions are a leak, not chance."""
FACT = 4
"""So many words in a row of one of the agent's facts repeat what the business says itself."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why a sentence is not spoken: `why` is a code, `claim` what was claimed, `told` goes to the model."""

    why: str
    claim: str
    told: str


def judge(spec: AgentSpec, deeds: Iterable[Deed], text: str) -> Withheld | None:
    """What is wrong with saying `text`, a sentence or the beginning of one; None if it may be spoken."""
    done = tuple(deeds)
    low = flat(text)
    if _leaks(spec, low):
        return Withheld(INSTRUCTIONS, "", "Your instructions are not for the caller. Go on with the call.")
    for rule in (*spec.commitments, *spec.decisions):
        if _breaks(spec, rule, low):
            told = f"You must not decide or promise this: {rule.text}. Say what you can do instead."
            return Withheld(DISALLOWED, rule.text, told)
    for tool in spec.declared:
        if any(_says(low, phrase) for phrase in tool.claims) and not any(deed.tool == tool.name for deed in done):
            return _unbacked(tool.name)
    for claim in claims(text):
        if not backed(claim, done):
            return _unbacked(claim.kind)
    return None


_CLAIM_AHEAD = re.compile(
    r"\b(?:i|we) (?:have|had|just|already|went)\b|\b(?:has|have) been\b"
    r"|\b(?:am|is|are|was|were|been|already)(?: \S+){0,2} ?\S*$"
)
"""Words after which a claim of something done may come: these anywhere, those at the end."""


def may_break(spec: AgentSpec, text: str) -> bool:
    """May the beginning of a sentence be said before the rest is known? Not where a claim or an offer may be coming."""
    low = flat(text)
    if _CLAIM_AHEAD.search(low):
        return False
    return not ((spec.commitments or spec.decisions) and _OFFER.search(f"{low} "))


def _unbacked(claim: str) -> Withheld:
    told = (
        f"No tool result in this call shows that it was done ({claim}). If a tool can do it now, call it first; "
        "otherwise say plainly that it is not done yet. Do not repeat the claim."
    )
    return Withheld(UNBACKED, claim, told)


# What the agent file disallows.

_OFFER = re.compile(
    r"\b(?:(?:i|we) (?:(?:can|will|could|would|am able to|are able to|am going to|are going to) (?:certainly |gladly |"
    r"definitely |happily |also |even |just |be able to )*"
    r"(?!check|ask|look|see|find|note|tell|pass|connect|put you|explain|book|take (?:your|a|that))\w+|promise|"
    r"guarantee|assure|offer|agree|approve|accept|have decided|decided|grant|give you|commit)|"
    r"you (?:will|can|are going to|are entitled|are eligible|qualify|do not have to|are guaranteed|have a)|"
    r"(?:it|that|this|there|everything|(?:an?|the|your|our) \w+) (?:will|is|are|would|costs?) |guaranteed|"
    r"no charge|consider it|let me (?:give|offer|waive|take off|knock))"
)
_REFUSAL = re.compile(
    r"\b(?:not|cannot|never|unable|nobody|without|neither|nor|unfortunately|afraid|depends?|if|whether|colleague|manager|"
    r"lawyer|attorney|solicitor|engineer (?:(?:will|can) (?:tell|say|give|quote|let|explain|look|check)|gives?|quotes?)"
    r")\b|\bno (?!charge|cost|fee|problem)"
)
_DENIAL = re.compile(r"\b(?:not|cannot|never|unable|nobody|without|neither|nor|unfortunately|afraid|if|whether)\b")
"""What excuses even a phrase of the agent file: it is not said who would promise it, but that nobody does."""
_TOPICS = tuple(
    frozenset(words.split())
    for words in (
        "discount discounts discounted reduction reductions cheaper percent % rebate voucher vouchers coupon coupons",
        "price prices cost costs fee fees dollars pounds euros $ £ €",
        "free complimentary waive waived waiver gratis",
        "refund refunds refunded reimburse reimbursed reimbursement compensation compensate",
        "arrival arrive arrives arriving minutes hour hours",
        "guarantee guarantees guaranteed guaranteeing promise promised",
        "win winning won",
    )
)
"""What promises are about, each with the words that mean it."""


def _breaks(spec: AgentSpec, rule: Rule, low: str) -> bool:
    """One of its own phrases, or an offer of what it is about that the agent's facts do not make themselves."""
    for sentence in re.split(r"[.!?;\n]+", low):
        if _DENIAL.search(sentence):
            continue
        if any(_says(sentence, phrase) for phrase in rule.phrases):
            return True
        if _REFUSAL.search(sentence):
            continue
        words = frozenset(_words(sentence))
        about = any(topic & words for topic in _topics(rule.text))
        if about and _OFFER.search(f"{sentence} ") and not _runs(sentence, FACT) & _facts(spec):
            return True
    return False


@lru_cache(maxsize=512)
def _topics(text: str) -> tuple[frozenset[str], ...]:
    words = frozenset(_words(flat(text)))
    return tuple(topic for topic in _TOPICS if topic & words)


@lru_cache(maxsize=64)
def _facts(spec: AgentSpec) -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(_runs(text, FACT) for _, text in spec.facts))


def _words(low: str) -> list[str]:
    return re.findall(r"[a-z']+|[%$£€]", low)


def _says(low: str, phrase: str) -> bool:
    """Is the phrase in it, word for word?"""
    wanted = _pattern(phrase)
    return wanted is not None and wanted.search(low) is not None


@lru_cache(maxsize=2048)
def _pattern(phrase: str) -> re.Pattern[str] | None:
    wanted = r"\W+".join(re.escape(word) for word in re.findall(r"[\w'%$£€]+", flat(phrase)))
    return re.compile(rf"(?<!\w){wanted}(?!\w)") if wanted else None


# The agent's instructions.


def _leaks(spec: AgentSpec, low: str) -> bool:
    secret, names = _secret(spec)
    if any(name in low for name in names):
        return True
    words = re.findall(r"[\w']+", low)
    return any(tuple(words[at : at + RUN]) in secret for at in range(len(words) - RUN + 1))


@lru_cache(maxsize=64)
def _secret(spec: AgentSpec) -> tuple[frozenset[tuple[str, ...]], tuple[str, ...]]:
    """Runs of words that are in the instructions and in nothing that may be said; names that no caller knows."""
    lines = spec.lines
    sayable = [
        *spec.opening(), lines.apology, lines.goodbye, lines.fallback, *lines.reprompt, *lines.fillers, *lines.openers,
        *(phrase for _, phrases in lines.acknowledgements for phrase in phrases),
        *(text for _, text in spec.facts), *(example for state in spec.states for example in state.examples),
        *(wanted.question for wanted in spec.fields), *(handoff.line for handoff in spec.handoffs),
        spec.escalation.line, *(trigger.line for trigger in spec.escalation.triggers), lines.warning,
        *(state.on_enter.say for state in spec.states if state.on_enter is not None),
    ]  # fmt: skip
    open_runs = frozenset().union(*(_runs(text) for text in sayable))
    names = [state.id for state in spec.states] + list(spec.tools) + [*BOOKKEEPING, HAND_OFF]
    return _runs(instructions(spec)) - open_runs, tuple(name.lower() for name in names if "_" in name)


def _runs(text: str, size: int = RUN) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"[\w']+", flat(text))
    return frozenset(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
