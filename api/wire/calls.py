"""A call as the HTTP API tells it: who said what and when, what of it was heard, and where each turn's time went."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from pipeline import bill, explanation, latency, transcript
from pipeline.budget import stage_limit_ms
from pipeline.events import CallEnded, CallStarted, Envelope

MILLION = 1_000_000


class CallSummary(BaseModel):
    """One call, in brief."""

    id: str
    status: Literal["live", "ended"]
    agent: str = Field(description="Name of the agent that answered.")
    agent_hash: str = Field(description="Which version of the agent's file it was.")
    transport: str = Field(description="How the caller came in: `webrtc`, `file`, ...")
    started_at_ms: int = Field(description="When the call began, in Unix milliseconds.")
    duration_ms: float | None = Field(description="How long it lasted; so far, for a live call.")
    reason: str | None = Field(description="Why it ended; null while it is live.")


class LineTold(BaseModel):
    """One party's words in one turn. Times are milliseconds since the call began."""

    who: str = Field(description="`caller` or `agent`.")
    turn: int
    at_ms: float
    end_ms: float | None
    text: str = Field(description="What was said: the transcript, or of the agent's words those that were heard.")
    generated: str = Field(description="What the agent would have said, had it been heard to the end.")
    cut: bool = Field(description="The caller interrupted it.")
    open: bool = Field(description="Still being spoken, or the call broke off here.")
    state: str = Field(description="The dialogue's state.")


class SpanTold(BaseModel):
    """One segment of a turn's waterfall."""

    stage: str
    start_ms: float
    ms: float
    limit_ms: int = Field(description="What the budget grants the stage; 0 where it says nothing.")


class VerdictTold(BaseModel):
    """One slice of the budget, measured."""

    slice: str
    limit_ms: int
    measured_ms: int
    kept: bool
    stage: str = Field(description="The segment that took most of the time.")


class RemedyTold(BaseModel):
    """What was done about a provider that was late or failed."""

    kind: str = Field(description="`hedged`, `retried` or `fell_back`.")
    stage: str
    detail: str = Field(description="How the second request went, the fault, or the model that was asked instead.")


class WhyTold(BaseModel):
    """Why a turn went as it did."""

    speculated: str = Field(description="What began before the turn was certainly over: `off`, `stt` or `full`.")
    ahead_ms: int = Field(description="How long before the turn's end its work began.")
    saved_ms: int = Field(description="How much later the first sound would have come without that.")
    usd: float = Field(description="What it asked of the providers costs, at list prices.")
    drafts_dropped: int = Field(description="Drafts thrown away before it, because the caller went on.")
    wasted_tokens: int
    wasted_usd: float
    remedies: list[RemedyTold]
    notes: list[str] = Field(description="The same in words, for people.")


class BillTold(BaseModel):
    """What the turns of a call took, saved and wasted, added up; in US dollars, at list prices."""

    usd: float
    saved_ms: int
    drafts_dropped: int
    wasted_tokens: int
    wasted_usd: float


class TurnTold(BaseModel):
    """Where the time of one turn went. The spans add up to the silence that the caller heard."""

    turn: int
    cause: str
    label: str = Field(description="`heard`, `cut`, `failed`, `nothing`, `superseded` (a draft) or `open`.")
    path: str = Field(
        description="Who worded the first content: `model`, `reflex`, `clip` or `apology`, with `ack+` or `filler+` "
        "before it where a phrase bridged the wait; empty for nobody."
    )
    speech_end_ms: float | None = Field(description="When the caller stopped speaking.")
    first_audio_ms: float | None = Field(description="From there to the first sound of any kind.")
    first_content_ms: float | None = Field(description="From there to the first sound that answers.")
    unattributed_ms: float
    spans: list[SpanTold]
    verdicts: list[VerdictTold]
    why: WhyTold | None


class CallTold(CallSummary):
    """One call in full."""

    last_seq: int = Field(description="The newest event that this account covers; `Last-Event-ID` to go on from here.")
    lines: list[LineTold]
    turns: list[TurnTold]
    bill: BillTold


class CallList(BaseModel):
    """Calls, newest first."""

    object: Literal["list"] = "list"
    data: list[CallSummary]
    has_more: bool = Field(description="There are older ones; ask with `before` = the last id of this list.")


def summarise(call: str, envelopes: Sequence[Envelope], live_for_us: int | None) -> CallSummary | None:
    """In brief; None where the beginning is missing. `live_for_us`: how long a call of this process has lasted."""
    started = next((e.event for e in envelopes if isinstance(e.event, CallStarted)), None)
    if started is None:
        return None
    last = envelopes[-1]
    reason = last.event.reason if isinstance(last.event, CallEnded) else None
    return CallSummary(
        id=call,
        status="live" if reason is None else "ended",
        agent=started.agent,
        agent_hash=started.agent_hash,
        transport=started.transport,
        started_at_ms=started.started_unix_ms,
        duration_ms=_ms(last.at if reason or live_for_us is None else live_for_us),
        reason=reason,
    )


def tell(call: str, envelopes: Sequence[Envelope], live_for_us: int | None) -> CallTold | None:
    """In full; None where the beginning is missing."""
    summary = summarise(call, envelopes, live_for_us)
    if summary is None:
        return None
    why = explanation.fold(envelopes)
    return CallTold(
        **summary.model_dump(),
        last_seq=envelopes[-1].seq,
        lines=[_line(line) for line in transcript.fold(envelopes)],
        turns=[_turn(turn, why.get(turn.generation)) for turn in _worth_telling(latency.fold(envelopes))],
        bill=_bill(bill.fold(envelopes)),
    )


def _worth_telling(turns: Iterable[latency.TurnLatency]) -> Iterable[latency.TurnLatency]:
    return (turn for turn in turns if turn.label != "superseded")


def _line(line: transcript.Line) -> LineTold:
    return LineTold(
        who=line.who,
        turn=line.generation,
        at_ms=line.at / 1000,
        end_ms=_ms(line.end_at),
        text=line.text,
        generated=line.generated,
        cut=line.cut,
        open=line.open,
        state=line.state,
    )


def _bill(total: bill.CallBill) -> BillTold:
    return BillTold(
        usd=total.micro_usd / MILLION,
        saved_ms=total.saved_ms,
        drafts_dropped=total.drafts_dropped,
        wasted_tokens=total.wasted_tokens,
        wasted_usd=total.wasted_micro_usd / MILLION,
    )


def _why(turn: explanation.Explanation) -> WhyTold:
    return WhyTold(
        speculated=turn.speculated,
        ahead_ms=turn.ahead_ms,
        saved_ms=turn.saved_ms,
        usd=turn.micro_usd / MILLION,
        drafts_dropped=turn.dropped.drafts,
        wasted_tokens=turn.dropped.tokens,
        wasted_usd=turn.dropped.micro_usd / MILLION,
        remedies=[RemedyTold(kind=r.kind, stage=r.stage, detail=r.detail) for r in turn.remedies],
        notes=list(turn.notes()),
    )


def _turn(turn: latency.TurnLatency, why: explanation.Explanation | None) -> TurnTold:
    return TurnTold(
        turn=turn.generation,
        cause=turn.cause,
        label=turn.label,
        path=turn.path,
        speech_end_ms=_ms(turn.speech_end_at),
        first_audio_ms=_ms(turn.first_audio_us),
        first_content_ms=_ms(turn.first_content_us),
        unattributed_ms=turn.unattributed_us / 1000,
        spans=[
            SpanTold(stage=s.stage, start_ms=s.start_at / 1000, ms=s.us / 1000, limit_ms=stage_limit_ms(s.stage))
            for s in turn.spans
        ],
        verdicts=[
            VerdictTold(slice=v.slice, limit_ms=v.limit_ms, measured_ms=v.measured_ms, kept=v.kept, stage=v.stage)
            for v in turn.verdicts()
        ],
        why=None if why is None else _why(why),
    )


def _ms(us: int | None) -> float | None:
    return None if us is None else us / 1000
