"""What became of a call: a fold of its story, its ledger and what a model read out of it. The ledger always wins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline import latency
from pipeline.budget import Verdict
from pipeline.events import Envelope, TurnFailed
from stages.dialogue.costs import Cost, Reading, cost
from stages.dialogue.extraction import Extraction
from stages.dialogue.fields import Evidence, FieldEntry, Ledger, Status
from stages.dialogue.promises import Promise, promises
from stages.dialogue.replay import replay
from stages.dialogue.score import lead_score, sentiment
from stages.dialogue.story import Story, ToolUse, gather
from stages.dialogue.summary import intent, summarise
from stages.prices import PRICES, Prices

FAILED = frozenset({"failed", "provider_failed", "line_failed", "interrupted"})
LEFT = frozenset({"caller_left", "silence", "line_lost", "too_long", "hung_up", "drained"})
HOUR_MS = 3_600_000
QUARTER_MS = HOUR_MS // 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One field. `source`: ledger, model (read out of the transcript, settled by nobody) or empty."""

    name: str
    value: str
    status: str
    source: str
    required: bool
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class NextAction:
    """What somebody has to do after the call, who, and until when."""

    what: str
    owner: str
    due_unix_ms: int


@dataclass(frozen=True, slots=True)
class WorstTurn:
    """The turn to listen to first. `why`: failed, slow or cut."""

    turn: int
    why: str
    first_content_ms: int | None
    stage: str


@dataclass(frozen=True, slots=True)
class Outcome:
    call: str
    agent: str
    agent_hash: str
    final: bool
    """The call is over."""
    reason: str | None
    disposition: str
    """open, completed, escalated, handed_off, needs_review, failed, no_input, abandoned or incomplete."""
    summary: str
    intent: str
    sentiment: str
    lead_score: int
    duration_ms: int
    states: tuple[str, ...]
    fields: tuple[Finding, ...]
    missing: tuple[str, ...]
    """Required fields without a value that may be relied on."""
    promises: tuple[Promise, ...]
    tools: tuple[ToolUse, ...]
    next_action: NextAction | None
    worst_turn: WorstTurn | None
    cost: Cost = field(default_factory=Cost)
    extracted: bool = False
    """A model has read the call; False: summary, intent and sentiment are by rule."""


def fold(
    envelopes: Sequence[Envelope],
    ledger: Ledger,
    extraction: Extraction | None = None,
    prices: Prices = PRICES,
    readings: Sequence[Reading] = (),
    late_micro_usd: int = 0,
) -> Outcome:
    """The outcome so far, or at the end; `readings`: what the model took that has read the call for it;
    `late_micro_usd`: what was asked beside the call and came too late for the bill of a turn."""
    story = gather(envelopes)
    read = extraction or Extraction()
    made = promises(story.lines, story.tools)
    missing = tuple(entry.name for entry in ledger.missing)
    settled = sum(entry.is_known for entry in ledger)
    outcome = disposition(story, missing, found=settled > 0)
    known = (*ledger, *_earlier(envelopes, story, ledger))
    return Outcome(
        call=story.call,
        agent=story.started.agent if story.started else "",
        agent_hash=story.started.agent_hash if story.started else "",
        final=story.reason is not None,
        reason=story.reason,
        disposition=outcome,
        summary=read.summary or summarise(story, ledger, outcome),
        intent=read.intent or intent(story),
        sentiment=read.sentiment or sentiment(line.text for line in story.caller_lines),
        lead_score=lead_score(story, len(ledger.entries), settled),
        duration_ms=story.duration_us // 1000,
        states=story.states,
        fields=tuple(_finding(entry, story, dict(read.fields)) for entry in known),
        missing=missing,
        promises=made,
        tools=tuple(use for use in story.tools if use.name not in BOOKKEEPING),
        next_action=_next_action(story, outcome, made, missing, read.next_action),
        worst_turn=_worst_turn(envelopes),
        cost=cost(story, prices, readings, late_micro_usd),
        extracted=extraction is not None,
    )


BOOKKEEPING = frozenset({"note", "move_to"})
IDLE = BOOKKEEPING | {"end_call"}
"""Tools that by themselves give the caller nothing."""


def disposition(story: Story, missing: Sequence[str], found: bool = True) -> str:
    """One word for how it ended: decided by facts alone, so that every call has one. `found`: a field is known."""
    done = [use for use in story.tools if use.done]
    if story.reason is None:
        return "open"
    if any(use.outcome == "unknown" for use in story.tools):
        return "needs_review"
    if story.escalated is not None:
        return "escalated"
    if story.reason in FAILED:
        return "failed"
    if not story.caller_lines:
        return "no_input"
    # Of an agent that requires nothing, a goodbye alone completes nothing: something was found out, or looked up.
    got = found or any(use.name not in IDLE for use in done)
    if any(use.writes for use in done) or (not missing and got and story.reason == "agent_goodbye"):
        return "completed"
    if story.handed_to is not None:
        return "handed_off"
    return "abandoned" if story.reason in LEFT else "incomplete"


def _earlier(envelopes: Sequence[Envelope], story: Story, ledger: Ledger) -> tuple[FieldEntry, ...]:
    """What an agent found out that handed the call over, under names that the last one does not have."""
    if story.handed_to is None:
        return ()
    return tuple(entry for entry in replay(envelopes, ()) if entry.value and ledger.entry(entry.name) is None)


def _finding(entry: FieldEntry, story: Story, read: dict[str, str]) -> Finding:
    """The ledger's value where it has one, refusals included; else the model's, which settles nothing."""
    required = entry.field.required
    if entry.value or entry.status == Status.REFUSED or entry.name not in read:
        source = "ledger" if entry.value or entry.status == Status.REFUSED else ""
        return Finding(entry.name, entry.value, str(entry.status), source, required, entry.evidence)
    value = read[entry.name]
    return Finding(entry.name, value, str(Status.MISSING), "model", required, _where(value, story))


def _where(value: str, story: Story) -> Evidence | None:
    """The last time that the caller said it in these words."""
    for line in reversed(story.caller_lines):
        start = line.text.lower().rfind(value.lower())
        if start >= 0:
            end = start + len(value)
            return Evidence(line.generation, start, end, line.text[start:end])
    return None


def _next_action(
    story: Story, outcome: str, made: Iterable[Promise], missing: Sequence[str], read: str
) -> NextAction | None:
    """By rule where something is at stake, else as the model read it."""
    end = story.ended_unix_ms
    unbacked = next((promise for promise in made if not promise.backed), None)
    if outcome == "open":
        return None
    if outcome == "needs_review":
        name = next(use.name for use in story.tools if use.outcome == "unknown")
        return NextAction(f"Find out whether {name} was done; its outcome is not known.", "staff", end + HOUR_MS)
    if outcome == "escalated":
        return NextAction(read or f"Take over from the agent: {story.escalated}", "staff", end + QUARTER_MS)
    if unbacked is not None:
        return NextAction(f"See to what the caller was told: “{unbacked.text}”", "staff", end + 4 * HOUR_MS)
    if outcome in ("failed", "abandoned", "incomplete") and story.caller_lines:
        about = f" and ask for {', '.join(name.replace('_', ' ') for name in missing)}" if missing else ""
        return NextAction(read or f"Call back{about}.", "staff", end + 24 * HOUR_MS)
    return NextAction(read, "staff", end + 24 * HOUR_MS) if read else None


def _worst_turn(envelopes: Sequence[Envelope]) -> WorstTurn | None:
    """A failed one before a slow one; a slow one has overrun a documented limit."""
    turns = [turn for turn in latency.fold(envelopes) if turn.label not in ("superseded", "nothing", "open")]
    failures = {event.generation: event.stage for e in envelopes if isinstance(event := e.event, TurnFailed)}
    for turn in turns:
        if turn.label == "failed" or turn.generation in failures:
            return WorstTurn(turn.generation, "failed", None, failures.get(turn.generation, ""))
    slow = [(over, turn) for turn in turns if (over := max((_over(v) for v in turn.verdicts()), default=0)) > 0]
    if not slow:
        return None
    _, turn = max(slow, key=lambda one: one[0])
    stage = max(turn.spans, key=lambda span: span.us).stage if turn.spans else ""
    content = turn.first_content_us
    return WorstTurn(turn.generation, "slow", None if content is None else content // 1000, stage)


def _over(verdict: Verdict) -> int:
    return 0 if verdict.kept else verdict.measured_ms - verdict.limit_ms
