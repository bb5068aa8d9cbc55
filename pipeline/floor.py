"""Who may speak: a pure value that takes a signal and answers with the next value and what is to be done.

Theory of operation. A call has one floor and two parties. Everything that could move the floor (a voice, a silence, the
end of a reply, a line that broke) arrives here as a signal, one at a time; everything that follows from it leaves as
decisions, which `pipeline.call` carries out at once. The floor has no clock, reads no audio and awaits nothing: lengths
of silence and of voice are counted in samples by the segmenter, so all of its space can be walked in a test.

    holder    meaning                                  a reply exists
    NOBODY    silence                                  no
    CALLER    the caller speaks                        no
    WEIGHING  the caller paused; a reply is drafted    yes, uncommitted: it can neither be heard nor leave a trace
    AGENT     the reply is committed                   yes
    OVERLAP   a voice over the agent: ducked           yes
    HELD      it went on: the agent is paused          yes
    OVER      the call is over                         no

Rules worth stating. Duck and Hold are reversible, Cut is not: a cough costs a dip, not a reply. A short utterance over
the agent is asked about (Ask) before it costs anything: "mhm" resumes the agent where it was held. What is guarded (a
legal notice) is ducked but never held or cut; words spoken over it are kept and answered when the guard is lifted. A
draft that finds nothing to answer settles and gives the floor back to the caller, whose turn it still is. A settled
generation that is not the current one changes nothing, and neither does any pair that is not written below.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.flow import Utterance
from pipeline.signals import (
    Ask,
    Begin,
    Cause,
    Claimed,
    Commit,
    Cut,
    CutReason,
    Decision,
    Dismissed,
    Duck,
    Ended,
    Finish,
    Guarded,
    Hold,
    Left,
    Overruled,
    Patience,
    Paused,
    Prompted,
    Resume,
    Resumed,
    Settled,
    Signal,
    Silent,
    Started,
    Sustained,
    Unguarded,
    Wait,
)

OVERLAP_PATIENCE_US = 250_000
"""Silence after which words spoken over the agent are judged: the agent is held meanwhile, so it must be short."""


class Holder(StrEnum):
    NOBODY = "nobody"
    CALLER = "caller"
    WEIGHING = "weighing"
    AGENT = "agent"
    OVERLAP = "overlap"
    HELD = "held"
    OVER = "over"


Decisions = tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Floor:
    holder: Holder = Holder.NOBODY
    generation: int = 0
    """The newest turn begun; the live one where a reply exists."""
    guarded: bool = False
    pending: Utterance | None = None
    """Words spoken over a guarded unit, still to be answered."""

    def feed(self, signal: Signal) -> tuple["Floor", Decisions]:
        """The floor after `signal`, and what is to be done, in order."""
        match self.holder, signal:
            case (Holder.OVER, _):
                return self, ()
            case (_, Left(reason)):
                return self._to(Holder.OVER), (*self._cut(CutReason.LEFT), Finish(reason))
            case (_, Overruled()):
                return self._to(Holder.NOBODY), self._cut(CutReason.OVERRULED)
            case (_, Settled(generation)) if not self.replying or generation != self.generation:
                return self, ()
            case (_, Settled(_, finishes)) if finishes is not None:
                return self._to(Holder.OVER), (Finish(finishes),)
        match self.holder:
            case Holder.NOBODY:
                return self._nobody(signal)
            case Holder.CALLER:
                return self._caller(signal)
            case Holder.WEIGHING:
                return self._weighing(signal)
            case Holder.AGENT:
                return self._agent(signal)
            case Holder.OVERLAP:
                return self._overlap(signal)
            case _:
                return self._held(signal)

    @property
    def replying(self) -> bool:
        """Is there a reply, drafted or spoken?"""
        return self.holder in (Holder.WEIGHING, Holder.AGENT, Holder.OVERLAP, Holder.HELD)

    def _nobody(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Started():
                return self._to(Holder.CALLER), ()
            case Prompted(cause):
                return self._begin(cause, None)
            case Silent():
                return self._begin(Cause.REPROMPT, None)
            case Claimed(_, Utterance() as utterance):
                return self._begin(Cause.UTTERANCE, utterance)
        return self, ()

    def _caller(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Paused(utterance):
                floor = replace(self._to(Holder.WEIGHING), generation=self.generation + 1)
                return floor, (Begin(floor.generation, Cause.UTTERANCE, utterance, committed=False),)
            case Ended(utterance) | Claimed(_, Utterance() as utterance):
                return self._begin(Cause.UTTERANCE, utterance)
            case Dismissed():
                return self._to(Holder.NOBODY), ()
        return self, ()

    def _weighing(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Patience(us):
                return self, (Wait(us),)
            case Resumed():
                return self._to(Holder.CALLER), (*self._cut(CutReason.RESUMED), Wait(None))
            case Ended():
                return self._to(Holder.AGENT), (Commit(self.generation), Wait(None))
            case Dismissed():
                return self._to(Holder.NOBODY), (*self._cut(CutReason.DISMISSED), Wait(None))
            case Settled():
                return self._to(Holder.CALLER), ()
        return self, ()

    def _agent(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Started():
                return replace(self, holder=Holder.OVERLAP), (Duck(),)
            case Guarded():
                return replace(self, guarded=True), ()
            case Unguarded() if self.pending is not None:
                floor, begun = self._begin(Cause.UTTERANCE, self.pending)
                return floor, (*self._cut(CutReason.BARGE_IN), *begun)
            case Unguarded():
                return replace(self, guarded=False), ()
            case Settled() if self.pending is not None:
                return self._begin(Cause.UTTERANCE, self.pending)
            case Settled():
                return self._to(Holder.NOBODY), (Wait(None),)
        return self, ()

    def _overlap(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Sustained() if not self.guarded:
                return replace(self, holder=Holder.HELD), (Hold(), Wait(OVERLAP_PATIENCE_US))
            case Claimed() if not self.guarded:
                return self._yield(signal)
            case Ended(utterance) if self.guarded:
                return replace(self, holder=Holder.AGENT, pending=utterance), (Resume(),)
            case Ended(utterance):
                return replace(self, holder=Holder.HELD), (Hold(), Ask(utterance))
            case Guarded():
                return replace(self, guarded=True), ()
            case Unguarded():
                return replace(self, guarded=False), ()
            case Dismissed():
                return replace(self, holder=Holder.AGENT), (Resume(),)
            case Settled():
                return self._to(Holder.CALLER), (Wait(None),)
        return self, ()

    def _held(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Claimed():
                return self._yield(signal)
            case Ended(utterance):
                return self, (Ask(utterance),)
            case Dismissed():
                return replace(self, holder=Holder.AGENT), (Resume(), Wait(None))
            case Settled():
                return self._to(Holder.CALLER), (Wait(None),)
        return self, ()

    def _yield(self, claim: Claimed) -> tuple["Floor", Decisions]:
        """The caller takes the floor from the agent; if their words are already complete, they are answered."""
        cut = (*self._cut(CutReason.BARGE_IN), Wait(None))
        if claim.utterance is None:
            return self._to(Holder.CALLER), cut
        floor, begun = self._begin(Cause.UTTERANCE, claim.utterance)
        return floor, (*cut, *begun)

    def _begin(self, cause: Cause, utterance: Utterance | None) -> tuple["Floor", Decisions]:
        floor = replace(self._to(Holder.AGENT), generation=self.generation + 1)
        return floor, (Begin(floor.generation, cause, utterance, committed=True), Wait(None))

    def _cut(self, why: CutReason) -> Decisions:
        return (Cut(self.generation, why),) if self.replying else ()

    def _to(self, holder: Holder) -> "Floor":
        return Floor(holder, self.generation)
