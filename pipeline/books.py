"""The books of one call: where each turn's time went, what it cost, and how much may be speculated for it."""

from collections.abc import Callable
from dataclasses import replace

from pipeline.bill import Bills, reference_price
from pipeline.events import Envelope, Event, SpeculationChanged
from pipeline.forecast import Forecast
from pipeline.latency import Latency
from pipeline.signals import Cause
from pipeline.strategy import Speculate
from pipeline.terms import Terms
from pipeline.thrift import Thrift, least
from pipeline.turn import Turn


class Books:
    """A fold of the call's envelopes, and what has to be stated at the end of a turn."""

    def __init__(self, terms: Terms, now: Callable[[], int] = lambda: 0) -> None:
        self._forecast = Forecast(terms.paces, now)
        self.ahead = self._forecast if terms.strategy.acknowledge else None
        """When answers may be expected, where one that is late is acknowledged."""
        self._purse = terms.purse
        self._latency = Latency()
        self._bills = Bills(terms.price)
        self._thrift = Thrift.begin(terms.strategy.speculate)

    @property
    def speculate(self) -> Speculate:
        """How much of a turn that begins now may be done before it is committed."""
        return least(self._thrift.level, self._purse.thrift.level)

    def drafts(self) -> bool:
        """Is a pause worth a draft now?"""
        return self.speculate is not Speculate.OFF

    def observe(self, envelope: Envelope) -> None:
        self._latency.observe(envelope)
        self._bills.observe(envelope)
        self._forecast.observe(envelope)

    def conclude(self, turn: Turn, dropped: bool) -> list[Event]:
        """What there is to say of a turn that is over; `dropped`: it was a draft that nobody heard."""
        spent, earlier = turn.spent.total(), turn.spent.earlier
        bill = self._bills.conclude(turn.generation, spent, turn.speculate, dropped, turn.spent.hedged, earlier)
        stt, llm, tts = turn.spent.models
        turn.spent.is_billed = True
        beside, unpriced = turn.spent.beside_micro_usd, ",".join(sorted(turn.spent.unpriced))
        bill = replace(bill, stt_model=stt, llm_model=llm, tts_model=tts, micro_usd=bill.micro_usd + beside)
        facts: list[Event] = [replace(bill, beside_micro_usd=beside, beside_unpriced=unpriced)]
        if turn.cause is Cause.UTTERANCE and (weight := reference_price(spent)):
            facts += self._judge(weight, weight if dropped else 0)
        return [*facts, *self._latency.breaches(turn.generation)]

    def _judge(self, spent: int, wasted: int) -> list[Event]:
        before, self._thrift = self._thrift, self._thrift.feed(spent, wasted)
        changed: list[Event] = []
        if self._thrift.level is not before.level:
            changed.append(_changed(self._thrift, before, "call", spent, wasted))
        shared = self._purse.thrift
        if self._purse.feed(spent, wasted):
            changed.append(_changed(self._purse.thrift, shared, "process", spent, wasted))
        return changed


def _changed(after: Thrift, before: Thrift, scope: str, spent: int, wasted: int) -> SpeculationChanged:
    return SpeculationChanged(after.level.value, scope, before.counting(spent, wasted).wasted_percent)
