"""Why a turn went as it did: what was begun early and what that saved, what was thrown away, what was remedied."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.events import (
    Envelope,
    ProviderFellBack,
    ProviderHedged,
    ProviderRetried,
    TurnBegan,
    TurnBilled,
    TurnCommitted,
)
from pipeline.signals import Cause


@dataclass(frozen=True, slots=True)
class Remedy:
    """What was done about a provider. `kind`: hedged, retried or fell_back; `detail`: outcome, code or model."""

    kind: str
    stage: str
    detail: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Drafts that were thrown away because the caller went on."""

    drafts: int = 0
    tokens: int = 0
    micro_usd: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    generation: int
    cause: str
    speculated: str = "off"
    """What of its work began before the caller's turn was certainly over: off, stt or full."""
    ahead_ms: int = 0
    """How long before the turn was committed its work began."""
    saved_ms: int = 0
    micro_usd: int = 0
    dropped: Dropped = Dropped()
    """Before it, for the same turn of the caller."""
    remedies: tuple[Remedy, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """The same in words, for people; nothing where nothing is remarkable."""
        told: list[str] = []
        if self.speculated != "off":
            work = {"stt": "the transcript"}.get(self.speculated, "work")
            told.append(f"{work} began {self.ahead_ms} ms before the turn's end, which saved {self.saved_ms} ms")
        if self.dropped.drafts:
            drafts = f"{self.dropped.drafts} draft{'s' if self.dropped.drafts > 1 else ''}"
            told.append(f"{drafts} thrown away: {self.dropped.tokens} tokens, {dollars(self.dropped.micro_usd)}")
        words = {"hedged": "asked twice", "retried": "asked again", "fell_back": "another provider asked"}
        told += [f"{remedy.stage}: {words[remedy.kind]} ({remedy.detail})" for remedy in self.remedies]
        if self.micro_usd:
            told.append(f"cost {dollars(self.micro_usd)}")
        return tuple(told)


def dollars(micro_usd: int) -> str:
    return f"${micro_usd / 1_000_000:.4f}"


class Explaining:
    """The fold itself, one envelope at a time."""

    def __init__(self) -> None:
        self._turns: dict[int, Explanation] = {}
        self._began: dict[int, int] = {}
        self._dropped = Dropped()

    def observe(self, envelope: Envelope) -> None:
        event = envelope.event
        match event:
            case TurnBegan(generation, cause):
                self._turns[generation] = Explanation(generation, cause)
                self._began[generation] = envelope.at
            case TurnCommitted(generation) if generation in self._turns:
                ahead = (envelope.at - self._began[generation]) // 1000
                self._turns[generation] = replace(self._turns[generation], ahead_ms=ahead)
            case ProviderHedged(generation, stage, _, outcome):
                self._remedied(generation, Remedy("hedged", stage, outcome))
            case ProviderRetried(generation, stage, code):
                self._remedied(generation, Remedy("retried", stage, code))
            case ProviderFellBack(generation, stage, _, model):
                self._remedied(generation, Remedy("fell_back", stage, model))
            case TurnBilled() as bill if bill.generation in self._turns:
                self._billed(bill)

    def turn(self, generation: int) -> Explanation | None:
        return self._turns.get(generation)

    def turns(self) -> tuple[Explanation, ...]:
        return tuple(self._turns.values())

    def _remedied(self, generation: int, remedy: Remedy) -> None:
        turn = self._turns.get(generation)
        if turn is not None:
            self._turns[generation] = replace(turn, remedies=(*turn.remedies, remedy))

    def _billed(self, bill: TurnBilled) -> None:
        turn = replace(
            self._turns[bill.generation],
            speculated=bill.speculated,
            saved_ms=bill.saved_ms,
            micro_usd=bill.micro_usd,
        )
        if bill.dropped:
            before = self._dropped
            self._dropped = Dropped(
                before.drafts + 1, before.tokens + bill.wasted_tokens, before.micro_usd + bill.wasted_micro_usd
            )
        elif turn.cause == Cause.UTTERANCE:
            turn, self._dropped = replace(turn, dropped=self._dropped), Dropped()
        self._turns[bill.generation] = turn


def fold(envelopes: Iterable[Envelope]) -> dict[int, Explanation]:
    """Why every turn of a call went as it did, by generation."""
    explaining = Explaining()
    for envelope in envelopes:
        explaining.observe(envelope)
    return {turn.generation: turn for turn in explaining.turns()}
