"""What the benchmark's model answers, with openings that come again about as often as a real model's.

How often that is was counted in 1 380 replies of gpt-4o in 200 recorded conversations of airline service
(sierra-research/tau-bench at 59a200c, historical_trajectories/gpt-4o-airline.json), cut into clauses as Parley cuts
them: the ten commonest opening clauses begin 25 % of the replies, the thirty commonest 39 %, the hundred commonest
61 %, and 27 % are said once and never again. Beginning with an empty cache, and counting only what had been said in
another task before, 51 % of the openings were known, 60 % in the last quarter. Nobody had asked that model to open
shortly, which Parley's prompt does.

Here 55 % of the replies begin with one of `OPENINGS`, the commonest first (Zipf), and 45 % with words that no other
reply begins with. The words are ours.
"""

import random
from collections import Counter
from itertools import product

from pipeline.flow import ReplyDelta
from stages.standin.answering import tokens
from stages.wording import Wording

OPENINGS = (
    "I can help you with that.", "Unfortunately,", "You're very welcome!", "Let me look into that for you.",
    "To look that up for you,", "I understand your concern,", "Thank you!", "No problem at all.",
    "As far as I can see here,", "Sure thing.", "I'm sorry to hear that.", "That's a good question.",
    "Great, thank you.", "At the moment,", "Of course, I can do that.", "Yes, that is possible.",
    "In that case,", "Thank you for waiting.", "No, you don't need to.", "Certainly.",
    "I see what you mean.", "If you would like that,", "Normally,", "Yes, it does.",
    "That depends on the round,", "Thank you for telling me.", "Just to be sure,", "Happy to help.",
    "It looks as if", "Before we go on,", "Good news!", "I'd be glad to.",
    "Absolutely.", "From what I have here,", "Good point.", "To answer your question,",
    "Usually,", "I do apologise for that.", "Perfect.", "Not to worry.",
    "Understood.", "On most days,", "Thanks for asking.", "As a rule,",
    "I'm afraid not.", "Well, not quite.", "Right away.", "Very good.",
    "One more thing,", "For now,", "Oh, I see.", "Let's see.",
    "In most cases,", "Excellent.", "Yes, certainly.", "No, not yet.",
    "After that,", "With pleasure.", "You can do that,", "If that is too late,",
)  # fmt: skip
"""Sixty, as a real agent's: a third are clauses that a longer sentence begins with."""
KNOWN = 0.55
_FLAT = 2
"""Ranks that Zipf's law is shifted by: the head is flatter than its pure form."""
_RESTS = (
    "orders of that kind usually take two days, and sometimes three around a holiday.",
    "the van comes by in the afternoon, and the driver rings before that.",
    "there is a depot beside the railway station that stays open until late in the evening.",
    "a neighbour may take the parcel as well, if that suits you better.",
    "the address can be altered until the parcel is on the van.",
    "most parcels go out with the evening round, somewhat before midnight.",
    "somebody has to sign for it, but that need not be you.",
    "the round has been slow since the roadworks began, so it may be late.",
)
_ADJECTIVES = "small large heavy grey brown flat long narrow square sealed older newer first second other last".split()
_NOUNS = "box crate parcel bag case carton tube packet envelope bundle".split()
_VERBS = "travels waits leaves stays moves rests comes goes arrives turns".split()
_UNIQUE = [f"The {adjective} {noun} {verb} now:" for adjective, noun, verb in product(_ADJECTIVES, _NOUNS, _VERBS)]


def replies(count: int, seed: int) -> list[str]:
    """So many replies; those that begin with words of their own never begin alike (up to 1 600 of them)."""
    rng = random.Random(f"{seed}/replies")
    weights = [1 / (rank + 1 + _FLAT) for rank in range(len(OPENINGS))]
    unique = rng.sample(_UNIQUE, len(_UNIQUE))
    made = []
    for _ in range(count):
        opening = rng.choices(OPENINGS, weights)[0] if rng.random() < KNOWN else unique.pop()
        made.append(joined(opening, rng.choice(_RESTS)))
    return made


def known_openings(count: int, seed: int) -> list[str]:
    """The opening clauses, as Parley cuts them, that two or more of so many replies begin with."""
    first = Counter(_opening(reply) for reply in replies(count, seed))
    return [text for text, times in first.items() if times > 1]


def _opening(reply: str) -> str:
    wording = Wording()
    for token in tokens(reply):
        if made := wording.feed(ReplyDelta(token)):
            return made[0].text
    return reply


def joined(opening: str, rest: str) -> str:
    """A whole reply: behind a full stop a new sentence begins."""
    return f"{opening} {rest[0].upper() + rest[1:] if opening[-1] in '.!?' else rest}"
