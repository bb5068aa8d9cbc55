"""What an agent file forbids to promise and to decide: does a sentence do it all the same?

A rule is broken by one of its own phrases, and by an offer of what it is about that the agent's facts do not make
themselves. What denies or declines breaks nothing. What is in a sentence is looked for once, not once for each rule.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from stages.dialogue.claims import flat
from stages.dialogue.spec import AgentSpec, Rule

FACT = 4
"""So many words in a row of one of the agent's facts repeat what the business says itself."""

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
_SENTENCES = re.compile(r"[.!?;\n]+")
_WORDS = re.compile(r"[a-z']+|[%$£€]")
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


@dataclass(frozen=True, slots=True)
class _Forbidden:
    """A rule, its phrases as one pattern, and every word of what it is about."""

    rule: Rule
    phrases: re.Pattern[str] | None
    about: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Book:
    """An agent's rules, made ready once, with what any of them looks for."""

    rules: tuple[_Forbidden, ...]
    phrases: re.Pattern[str] | None
    about: frozenset[str]
    facts: frozenset[tuple[str, ...]]


def broken(spec: AgentSpec, low: str) -> Rule | None:
    """The first of the agent's rules that the words break; `low` is flat."""
    book = _book(spec)
    if not book.rules:
        return None
    found = [_suspect(book, sentence) for sentence in _SENTENCES.split(low)]
    suspects = [suspect for suspect in found if suspect is not None]
    return next((one.rule for one in book.rules if any(_breaks(one, *suspect) for suspect in suspects)), None)


def offers(low: str) -> bool:
    """Is something offered or promised in the words, or may they be about to?"""
    return _OFFER.search(f"{low} ") is not None


def _suspect(book: _Book, sentence: str) -> tuple[str, frozenset[str]] | None:
    """The sentence, and the words of it that may be about what an offer may not be; None where nothing is wrong."""
    says = book.phrases is not None and book.phrases.search(sentence) is not None
    about = book.about.intersection(_WORDS.findall(sentence))
    if not (says or about) or _DENIAL.search(sentence):
        return None
    if about and (_REFUSAL.search(sentence) or not offers(sentence) or not book.facts.isdisjoint(runs(sentence, FACT))):
        about = frozenset()
    return (sentence if says else "", about) if says or about else None


def _breaks(one: _Forbidden, sentence: str, about: frozenset[str]) -> bool:
    says = one.phrases is not None and one.phrases.search(sentence) is not None
    return says or not one.about.isdisjoint(about)


@lru_cache(maxsize=64)
def _book(spec: AgentSpec) -> _Book:
    every = (*spec.commitments, *spec.decisions)
    rules = tuple(_Forbidden(rule, any_of(rule.phrases), _about(rule.text)) for rule in every)
    return _Book(
        rules,
        any_of(phrase for rule in every for phrase in rule.phrases),
        frozenset().union(*(one.about for one in rules)),
        frozenset(run for _, text in spec.facts for run in runs(flat(text), FACT)),
    )


def _about(text: str) -> frozenset[str]:
    words = frozenset(_WORDS.findall(flat(text)))
    return frozenset().union(*(topic for topic in _TOPICS if topic & words))


def any_of(phrases: Iterable[str]) -> re.Pattern[str] | None:
    """Any of the phrases, word for word, in flat text; None where there are none."""
    worded = (r"\W+".join(re.escape(word) for word in _PHRASE.findall(flat(phrase))) for phrase in phrases)
    wanted = "|".join(dict.fromkeys(one for one in worded if one))
    return re.compile(rf"(?<!\w)(?:{wanted})(?!\w)") if wanted else None


_PHRASE = re.compile(r"[\w'%$£€]+")
_RUN_WORDS = re.compile(r"[\w']+")


def runs(low: str, size: int) -> list[tuple[str, ...]]:
    """Every run of so many words in a row."""
    words = _RUN_WORDS.findall(low)
    return [tuple(words[at : at + size]) for at in range(len(words) - size + 1)]
