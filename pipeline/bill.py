"""What speculation gained and what it cost: the bill of each turn, and of a call."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.accounts import Share
from pipeline.events import Envelope, SynthesisStarted, Transcribed, TurnBegan, TurnBilled, TurnCommitted
from pipeline.spending import NOTHING, Part, Spent
from pipeline.strategy import Speculate

Price = Callable[[Spent], int]
"""What that costs, in millionths of a US dollar."""


def reference_price(spent: Spent) -> int:
    """The default models' list prices, where nobody knows what is really paid: it weighs one kind of work by another.

    gpt-4o-transcribe 0.006 $ a minute; gpt-4.1 2.00, 0.50 (cached) and 8.00 $ a million tokens; gpt-4o-mini-tts 0.015 $
    a minute of speech (openai.com/api/pricing).
    """
    tokens = 2.0 * (spent.input_tokens - spent.cached_tokens) + 0.5 * spent.cached_tokens + 8.0 * spent.output_tokens
    return round(spent.heard_us / 60e6 * 6000 + tokens + spent.spoken_us / 60e6 * 15_000)


@dataclass(slots=True)
class Draft:
    """When a turn began, when its transcript and its sound were there, and when it was committed; call time."""

    began_at: int
    committed_at: int | None = None
    transcribed_at: int | None = None
    ready_at: int | None = None

    def observe(self, envelope: Envelope) -> None:
        match envelope.event:
            case TurnCommitted():
                self.committed_at = envelope.at
            case Transcribed():
                self.transcribed_at = self.transcribed_at or envelope.at
            case SynthesisStarted():
                self.ready_at = self.ready_at or envelope.at

    def saved_us(self, speculate: Speculate) -> int:
        """How much later the first sound would have come if the work had begun at the commit.

        All that was done in between would then have had to follow it: from the beginning to the commit, or to the end
        of what may be done before it.
        """
        done_at = self.transcribed_at if speculate is Speculate.STT else self.ready_at
        if self.committed_at is None or speculate is Speculate.OFF:
            return 0
        until = self.committed_at if done_at is None else min(self.committed_at, done_at)
        return max(0, until - self.began_at)


class Bills:
    """A fold of one call's envelopes that can say at a turn's end what its speculation saved and what it cost."""

    def __init__(self, price: Price = reference_price) -> None:
        self._price = price
        self._drafts: dict[int, Draft] = {}

    def observe(self, envelope: Envelope) -> None:
        match envelope.event:
            case TurnBegan(generation, _, committed):
                self._drafts[generation] = Draft(envelope.at, envelope.at if committed else None)
            case TurnCommitted() | Transcribed() | SynthesisStarted() as fact:
                if (draft := self._drafts.get(fact.generation)) is not None:
                    draft.observe(envelope)

    def conclude(
        self,
        generation: int,
        spent: Spent,
        speculate: Speculate,
        dropped: bool,
        hedged: Spent = NOTHING,
        earlier: Sequence[Part] = (),
    ) -> TurnBilled:
        """The bill of a turn that is over; `dropped`: nobody heard or remembers it. `hedged`: asked a second time;
        `earlier`: the part of `spent` that other models were asked for."""
        draft = self._drafts.pop(generation, None) or Draft(0)
        latest = spent - sum((part.spent for part in earlier), NOTHING)
        cost = self._price(latest) + sum(part.micro_usd for part in earlier)
        late_hedged = hedged - sum((part.hedged for part in earlier), NOTHING)
        hedged_cost = self._price(late_hedged) + sum(part.hedged_micro_usd for part in earlier)
        began_drafted = draft.committed_at is None or draft.committed_at > draft.began_at
        return TurnBilled(
            generation,
            speculated=(speculate if began_drafted else Speculate.OFF).value,
            dropped=dropped,
            saved_ms=0 if dropped else draft.saved_us(speculate) // 1000,
            heard_ms=spent.heard_us // 1000,
            input_tokens=spent.input_tokens,
            cached_tokens=spent.cached_tokens,
            output_tokens=spent.output_tokens,
            characters=spent.characters,
            spoken_ms=spent.spoken_us // 1000,
            micro_usd=cost + hedged_cost,
            wasted_tokens=spent.tokens if dropped else 0,
            wasted_micro_usd=cost if dropped else 0,
            hedged_tokens=hedged.tokens,
            hedged_micro_usd=hedged_cost,
            earlier=tuple(map(_share, earlier)),
        )


def _share(part: Part) -> Share:
    spent = part.spent
    return Share(
        *part.models,
        heard_ms=spent.heard_us // 1000,
        input_tokens=spent.input_tokens,
        cached_tokens=spent.cached_tokens,
        output_tokens=spent.output_tokens,
        characters=spent.characters,
        spoken_ms=spent.spoken_us // 1000,
        micro_usd=part.micro_usd,
    )


@dataclass(frozen=True, slots=True)
class CallBill:
    """What a call's turns took, saved and wasted, added up."""

    turns: int = 0
    drafts_dropped: int = 0
    saved_ms: int = 0
    micro_usd: int = 0
    wasted_tokens: int = 0
    wasted_micro_usd: int = 0

    def plus(self, bill: TurnBilled) -> "CallBill":
        dropped = bill.dropped
        return CallBill(
            self.turns + (not dropped),
            self.drafts_dropped + dropped,
            self.saved_ms + bill.saved_ms,
            self.micro_usd + bill.micro_usd,
            self.wasted_tokens + bill.wasted_tokens,
            self.wasted_micro_usd + bill.wasted_micro_usd,
        )

    @property
    def wasted_percent(self) -> int:
        return 100 * self.wasted_micro_usd // self.micro_usd if self.micro_usd else 0


def fold(envelopes: Iterable[Envelope]) -> CallBill:
    bill = CallBill()
    for envelope in envelopes:
        if isinstance(envelope.event, TurnBilled):
            bill = bill.plus(envelope.event)
    return bill
