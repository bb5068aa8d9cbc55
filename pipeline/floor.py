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

Rules worth stating. Duck and Hold are reversible, Cut is not: a cough costs a dip, not a reply. Words over the agent
are asked about (Ask) before they cost anything: after 350 ms of voice, at a pause, and at their end. "Stop" cuts at
once, "mhm" resumes the agent where it was held, a voice that just goes on takes the floor unasked (Claimed), and what
is only suspected to be a voice turns the agent down. What is guarded (a legal notice) is ducked but never held or cut;
words over it are kept and answered when the guard is lifted. A draft that finds nothing to answer settles and gives the
floor back to the caller, whose turn it still is. A settled generation that is not the current one changes nothing, and
neither does any pair that is not written below.

No words are lost: those that reached no dialogue yet are answered with the next ones, as one utterance.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.flow import Utterance, joined
from pipeline.signals import (
    Allayed,
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
    Spoken,
    Started,
    Suspected,
    Sustained,
    Understood,
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
    """Words that no turn answers yet."""
    owed: Utterance | None = None
    """What the current turn answers, for as long as it is not understood."""
    asked: Utterance | None = None
    """Words over the agent that are being judged."""
    suspects: bool = False
    """The agent is turned down for something that may be a voice."""
    probed: Utterance | None = None
    """Words over the agent that may go on, and are being judged as they are."""
    pausing: bool = False
    insists: bool = False
    """The voice over the agent has claimed the floor from a guarded unit, or has come again while it is judged."""
    prompted: Cause | None = None
    """What the agent had to say when the caller's voice came; said if that was nothing."""

    def feed(self, signal: Signal) -> tuple["Floor", Decisions]:
        """The floor after `signal`, and what is to be done, in order."""
        match self.holder, signal:
            case (Holder.OVER, _):
                return self, ()
            case (_, Left(reason)):
                return self._to(Holder.OVER), (*self._cut(CutReason.LEFT), Finish(reason))
            case (_, Overruled()):
                return self._to(Holder.NOBODY), self._cut(CutReason.OVERRULED)
            case (_, Understood(generation)):
                return (replace(self, owed=None) if generation == self.generation else self), ()
            case (_, Dismissed(asked=True)) if self.asked is None:
                return self, ()
            case (_, Settled(generation)) if not self.replying or generation != self.generation:
                return self, ()
            case (_, Settled(_, finishes)) if finishes is not None:
                return self._to(Holder.OVER), (Finish(finishes),)
        return _STEPS[self.holder](self, signal)

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
        return self, ()

    def _caller(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Paused(utterance):
                words = joined(self.pending, utterance)
                generation = self.generation + 1
                floor = Floor(Holder.WEIGHING, generation, pending=self.pending, owed=words)
                return floor, (Begin(generation, Cause.UTTERANCE, words, committed=False),)
            case Ended(utterance):
                return self._begin(Cause.UTTERANCE, joined(self.pending, utterance))
            case Prompted(cause):
                return replace(self, prompted=cause), ()
            case Dismissed() if self.pending is not None:
                return self._begin(Cause.UTTERANCE, self.pending)
            case Dismissed() if self.prompted is not None:
                return self._begin(self.prompted, None)
            case Dismissed():
                return self._to(Holder.NOBODY), ()
        return self, ()

    def _weighing(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Patience(us):
                return self, (Wait(us),)
            case Resumed():
                return self._to(Holder.CALLER, self.pending), (*self._cut(CutReason.RESUMED), Wait(None))
            case Ended():
                return replace(self, holder=Holder.AGENT, pending=None), (Commit(self.generation), Wait(None))
            case Dismissed() if self.pending is not None:
                floor, begun = self._begin(Cause.UTTERANCE, self.pending)
                return floor, (*self._cut(CutReason.DISMISSED), *begun)
            case Dismissed():
                return self._to(Holder.NOBODY), (*self._cut(CutReason.DISMISSED), Wait(None))
            case Settled():
                return self._to(Holder.CALLER, self.pending), ()
        return self, ()

    def _agent(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Suspected() if not self.suspects:
                return replace(self, suspects=True), (Duck(),)
            case Allayed() if self.suspects:
                return replace(self, suspects=False), (Resume(),)
            case Started():
                return replace(self, holder=Holder.OVERLAP, suspects=False), () if self.suspects else (Duck(),)
            case Guarded():
                return replace(self, guarded=True), ()
            case Unguarded():
                return self._resume() if self.pending is not None else (replace(self, guarded=False), ())
            case Settled() if self.pending is not None:
                return self._begin(Cause.UTTERANCE, self.pending)
            case Settled():
                return self._to(Holder.NOBODY), (Wait(None),)
        return self, ()

    def _overlap(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Claimed(_, None) if self.guarded:
                return replace(self, insists=True), ()
            case Unguarded() if self.insists:
                return self._yield()
            case Ended(utterance) if self.guarded:
                words = joined(self.pending, utterance)
                return replace(self, holder=Holder.AGENT, pending=words, insists=False), (Resume(),)
            case Dismissed() if self.guarded:
                return replace(self, holder=Holder.AGENT, insists=False), (Resume(),)
            case Guarded():
                return replace(self, guarded=True), ()
            case Unguarded():
                return replace(self, guarded=False), ()
            case Sustained() if not self.guarded:
                return replace(self, holder=Holder.HELD), (Hold(), Wait(OVERLAP_PATIENCE_US))
            case Claimed(_, None):
                return self._yield()
            case Ended(utterance):
                floor, asks = self._ask(utterance)
                return floor, (Hold(), *asks)
            case Dismissed():
                return self._resume()
            case Settled():
                return self._to(Holder.CALLER, self.pending), (Wait(None),)
        return self, ()

    def _held(self, signal: Signal) -> tuple["Floor", Decisions]:
        match signal:
            case Started() if self.asked is not None:
                return replace(self, insists=True), ()
            case Spoken(utterance) | Paused(utterance) if self.asked is None:
                floor = replace(self, probed=utterance, pausing=isinstance(signal, Paused))
                return floor, (Ask(utterance, so_far=True),)
            case Resumed() if self.pausing:
                return replace(self, probed=None, pausing=False), ()
            case Claimed(_, Utterance()) if self.asked is not None:
                return self._take_words()
            case Claimed(_, Utterance() as words) if self.probed is not None:
                return self._weigh(words) if self.pausing else self._yield()
            case Claimed(_, None):
                return self._yield()
            case Ended(utterance):
                return self._ask(utterance)
            case Dismissed(asked=True) if self.insists:
                return replace(self, asked=None, insists=False), ()
            case Dismissed(asked=False) if self.asked is not None:
                return replace(self, insists=False), ()
            case Dismissed():
                return self._resume()
            case Settled() if self.asked is not None and not self.insists:
                return self._begin(Cause.UTTERANCE, self._unanswered())
            case Settled():
                return self._to(Holder.CALLER, joined(self.pending, self.asked)), (Wait(None),)
        return self, ()

    def _ask(self, utterance: Utterance) -> tuple["Floor", Decisions]:
        """Have the words judged, together with those that still are."""
        words = joined(self.asked, utterance) or utterance
        return replace(self, holder=Holder.HELD, asked=words, probed=None, pausing=False, insists=False), (Ask(words),)

    def _resume(self) -> tuple["Floor", Decisions]:
        """The agent goes on, unless words over a notice wait for it."""
        if self.pending is not None:
            floor, begun = self._begin(Cause.UTTERANCE, self._unanswered())
            return floor, (*self._cut(CutReason.BARGE_IN), *begun)
        floor = Floor(Holder.AGENT, self.generation, owed=self.owed, guarded=self.guarded)
        return floor, (Resume(), Wait(None))

    def _yield(self) -> tuple["Floor", Decisions]:
        """The caller takes the floor from the agent, in the middle of their words."""
        return self._to(Holder.CALLER, self._unanswered()), (*self._cut(CutReason.BARGE_IN), Wait(None))

    def _weigh(self, utterance: Utterance) -> tuple["Floor", Decisions]:
        """The words of a pause take the floor: a reply to them is drafted, for the caller may go on."""
        floor, begun = self._to(Holder.CALLER, joined(self.owed, self.pending))._caller(Paused(utterance))
        return floor, (*self._cut(CutReason.BARGE_IN), Wait(None), *begun)

    def _take_words(self) -> tuple["Floor", Decisions]:
        """What was judged takes the floor: it is answered, and a voice that has come again is over that answer."""
        floor, begun = self._begin(Cause.UTTERANCE, self._unanswered())
        decisions = (*self._cut(CutReason.BARGE_IN), *begun)
        if self.insists:
            return replace(floor, holder=Holder.OVERLAP), (*decisions, Duck())
        return floor, decisions

    def _unanswered(self) -> Utterance | None:
        """All that the caller said and no dialogue has, oldest first."""
        return joined(self.owed, self.pending, self.asked)

    def _begin(self, cause: Cause, utterance: Utterance | None) -> tuple["Floor", Decisions]:
        floor = Floor(Holder.AGENT, self.generation + 1, owed=utterance)
        return floor, (Begin(floor.generation, cause, utterance, committed=True), Wait(None))

    def _cut(self, why: CutReason) -> Decisions:
        return (Cut(self.generation, why),) if self.replying else ()

    def _to(self, holder: Holder, pending: Utterance | None = None) -> "Floor":
        return Floor(holder, self.generation, pending=pending)


_STEPS: dict[Holder, Callable[[Floor, Signal], tuple[Floor, Decisions]]] = {
    Holder.NOBODY: Floor._nobody, Holder.CALLER: Floor._caller, Holder.WEIGHING: Floor._weighing,
    Holder.AGENT: Floor._agent, Holder.OVERLAP: Floor._overlap, Holder.HELD: Floor._held,
}  # fmt: skip
