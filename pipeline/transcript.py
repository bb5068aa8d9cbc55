"""The words of a call: a fold of its envelopes into lines, what was heard kept apart from what was generated."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pipeline.events import (
    AudioBegan,
    Envelope,
    SentenceReady,
    SpeechStarted,
    StateEntered,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnSettled,
    UnitLedger,
    heard_text,
)
from pipeline.flow import BRIDGES, Token


@dataclass(frozen=True, slots=True)
class Line:
    """One party's words in one turn. Times are call time in microseconds."""

    who: str
    """caller or agent."""
    generation: int
    at: int
    """When the words began: the caller's voice reached us, or the agent's first sample left."""
    end_at: int | None
    text: str
    """What is known to have been said: the transcript, or what the caller heard of the agent."""
    generated: str = ""
    """What the agent would have said, had it been heard to the end."""
    cut: bool = False
    open: bool = False
    """Still being spoken, or the call broke off here."""
    state: str = ""
    tokens: tuple[Token, ...] = ()
    units: tuple[UnitLedger, ...] = ()


@dataclass(slots=True)
class _Draft:
    at: int
    onset_at: int | None
    speech_end_at: int | None
    committed: bool
    transcript: Transcribed | None = None
    dropped: bool = False
    sentences: list[str] = field(default_factory=list)
    spoke_at: int | None = None
    units: tuple[UnitLedger, ...] = ()
    ended_at: int | None = None
    cut: bool = False
    state: str = ""


def fold(envelopes: Iterable[Envelope]) -> tuple[Line, ...]:
    """The transcript so far, in the order in which the turns were begun. Drafts that were thrown away leave nothing."""
    drafts: dict[int, _Draft] = {}
    state = ""
    onset_at: int | None = None
    for envelope in envelopes:
        at, event = envelope.at, envelope.event
        match event:
            case TurnBegan(generation, _, committed, speech_end_at):
                drafts[generation] = _Draft(at, onset_at, speech_end_at, committed, state=state)
            case StateEntered(generation, entered, _) if generation in drafts:
                drafts[generation].state = entered
            case SpeechStarted():
                onset_at = event.onset_at
            case _:
                draft = drafts.get(getattr(event, "generation", -1))
                if draft is not None:
                    _add(draft, at, envelope)
                    if draft.committed:
                        state = draft.state
    lines: list[Line] = []
    for generation, draft in drafts.items():
        if draft.committed:
            lines.extend(_lines(generation, draft))
    return tuple(lines)


def _add(draft: _Draft, at: int, envelope: Envelope) -> None:
    match envelope.event:
        case TurnCommitted():
            draft.committed = True
        case Transcribed() as transcribed:
            draft.transcript = transcribed
        case SentenceReady(_, _, text, _, source) if source not in BRIDGES:
            draft.sentences.append(text)
        case AudioBegan(_, _, source) if source not in BRIDGES:
            draft.spoke_at = draft.spoke_at if draft.spoke_at is not None else at
        case TurnCut(_, _, _, units):
            draft.units, draft.ended_at, draft.cut = units, at, True
        case TurnSettled(_, outcome, units):
            draft.units, draft.ended_at = units, at
            draft.dropped = outcome == "nothing" and not units


def _lines(generation: int, draft: _Draft) -> list[Line]:
    lines: list[Line] = []
    said = draft.transcript
    if said is not None and said.text and not draft.dropped:
        began = draft.onset_at if draft.onset_at is not None else draft.at
        lines.append(
            Line("caller", generation, began, draft.speech_end_at, said.text, state=draft.state, tokens=said.tokens)
        )
    line = Line("agent", generation, draft.spoke_at or draft.at, draft.ended_at, "", state=draft.state)
    if draft.ended_at is None:
        if draft.sentences:
            lines.append(replace(line, generated=" ".join(draft.sentences), open=True))
    elif spoken := tuple(unit for unit in draft.units if unit.source not in BRIDGES):
        generated = " ".join(draft.sentences) or " ".join(unit.text for unit in spoken)
        heard = heard_text(spoken)
        lines.append(replace(line, text=heard, generated=generated, cut=draft.cut and heard != generated, units=spoken))
    return lines
