"""What a call cost: every turn's bill by the models that were asked, and what was asked beside the turns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipeline.accounts import Share
from pipeline.events import TurnBilled
from pipeline.spending import Spent
from stages.dialogue.story import Story, Usage
from stages.prices import Prices

Reading = tuple[str, Spent]
"""A model, and what it took to read a call."""
Priced = tuple[str, float | None]
"""A model, and what it was paid in dollars."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What was used, and what it costs by the table of prices: None rather than a guess where a model has no price."""

    models: tuple[Usage, ...] = ()
    heard_ms: int = 0
    """The caller's speech."""
    spoken_ms: int = 0
    """The agent's, as it was synthesised."""
    usd: float | None = None
    stt_usd: float | None = None
    llm_usd: float | None = None
    tts_usd: float | None = None
    hedged_usd: float | None = None
    """For second requests beside late ones."""
    beside_usd: float | None = None
    """For specialists, and for the account of a long call."""
    reading_usd: float | None = None
    """For reading the call for this outcome."""
    unpriced: tuple[str, ...] = ()
    """Models that were used and have no price."""


def cost(story: Story, prices: Prices, readings: Sequence[Reading] = (), late_micro_usd: int = 0) -> Cost:
    """`late_micro_usd`: what was asked beside the call, and is on no turn's bill."""
    spoken = sum(unit.made_us for line in story.lines for unit in line.units)
    heard, said, thought = list[Priced](), list[Priced](), list[Priced]()
    for share in (share for bill in story.bills for share in _shares(bill)):
        if share.heard_ms:
            heard.append((share.stt_model, prices.hearing(share.stt_model, share.heard_ms * 1000)))
        if share.characters:
            usd = prices.speaking(share.tts_model, share.characters, share.spoken_ms * 1000)
            said.append((share.tts_model, usd))
        if share.input_tokens or share.output_tokens:
            usd = prices.thinking(share.llm_model, share.input_tokens, share.output_tokens, share.cached_tokens)
            thought.append((share.llm_model, usd))
    if not story.bills:
        # A conversation by text keeps no bill of its turns.
        thought = [
            (use.model, prices.thinking(use.model, use.input_tokens, use.output_tokens, use.cached_tokens))
            for use in story.usage
        ]
    hedged = [("", bill.hedged_micro_usd / 1e6) for bill in story.bills]
    beside: list[Priced] = [("", bill.beside_micro_usd / 1e6) for bill in story.bills]
    beside.append(("", late_micro_usd / 1e6))
    beside += [(model, None) for bill in story.bills for model in bill.beside_unpriced.split(",") if model]
    read = [(model, prices.thinking(model, s.input_tokens, s.output_tokens, s.cached_tokens)) for model, s in readings]
    every = (*heard, *thought, *said, *hedged, *beside, *read)
    return Cost(
        story.usage,
        story.voiced_us // 1000,
        spoken // 1000,
        _sum(every),
        _sum(heard),
        _sum(thought),
        _sum(said),
        _sum(hedged),
        _sum(beside),
        _sum(read),
        tuple(dict.fromkeys(model for model, usd in every if usd is None)),
    )


_COUNTED = ("heard_ms", "input_tokens", "cached_tokens", "output_tokens", "characters", "spoken_ms")


def _shares(bill: TurnBilled) -> tuple[TurnBilled | Share, ...]:
    """What each agent's models were asked in a turn; more than one only where the call was handed over in it."""
    if not bill.earlier:
        return (bill,)
    rest = {name: getattr(bill, name) - sum(getattr(one, name) for one in bill.earlier) for name in _COUNTED}
    return (*bill.earlier, replace(bill, **rest))


def _sum(billed: Iterable[Priced]) -> float | None:
    """To a millionth of a dollar; None if one part of it is not known."""
    total = 0.0
    for _, usd in billed:
        if usd is None:
            return None
        total += usd
    return round(total, 6)
