"""The turns of a call that its caller waited for, and how each one began."""

from dataclasses import dataclass

from pipeline.events import AudioBegan, Envelope, SynthesisStarted, Transcribed, TurnBilled, TurnCut, TurnSettled
from pipeline.flow import Source
from pipeline.latency import TurnLatency, fold


@dataclass(frozen=True, slots=True)
class Told:
    """One turn: what was said, and how long the caller waited. None: nothing of the kind was heard."""

    text: str
    latency: TurnLatency
    recalled: bool = False
    """The first of the model's words were heard from the sound of an earlier time."""
    rest_ms: float | None = None
    """From the caller's end of speech to the first words that were synthesised for this turn."""
    gap_ms: float | None = None
    """The silence between a recalled opening and the words after it."""
    at_ms: float = 0.0
    """When the caller had spoken, in call time."""

    @property
    def content_ms(self) -> float | None:
        us = self.latency.first_content_us
        return None if us is None else us / 1000

    @property
    def audio_ms(self) -> float | None:
        us = self.latency.first_audio_us
        return None if us is None else us / 1000


def turns_of(envelopes: tuple[Envelope, ...]) -> list[Told]:
    """The turns that the caller waited for: committed and answered, or given up."""
    texts = {e.event.generation: e.event.text for e in envelopes if isinstance(e.event, Transcribed)}
    return [
        _told(texts.get(turn.generation, ""), turn, envelopes)
        for turn in fold(envelopes)
        if turn.cause == "utterance" and turn.label not in ("superseded", "nothing", "open")
    ]


def dollars(envelopes: tuple[Envelope, ...]) -> float:
    """What all turns of the call cost, drafts and second requests included."""
    return sum(e.event.micro_usd for e in envelopes if isinstance(e.event, TurnBilled)) / 1e6


def _told(text: str, turn: TurnLatency, envelopes: tuple[Envelope, ...]) -> Told:
    cached: dict[int, bool] = {}
    began: dict[int, int] = {}
    sent: dict[int, int] = {}
    for envelope in envelopes:
        match envelope.event:
            case SynthesisStarted(turn.generation, unit, from_memory):
                cached[unit] = from_memory
            case AudioBegan(turn.generation, unit, Source.MODEL.value):
                began[unit] = envelope.at
            case TurnSettled(turn.generation) | TurnCut(turn.generation) as fact:
                sent = {unit.unit: unit.sent_us for unit in fact.units}
    spoken = sorted(began)
    end_at = turn.speech_end_at or 0
    made = next((began[unit] for unit in spoken if not cached.get(unit)), None)
    recalled = bool(spoken) and cached.get(spoken[0], False)
    gap = None
    if recalled and len(spoken) > 1:
        gap = max(0, began[spoken[1]] - began[spoken[0]] - sent.get(spoken[0], 0)) / 1000
    rest = None if made is None else (made - end_at) / 1000
    return Told(text, turn, recalled, rest, gap, end_at / 1000)
