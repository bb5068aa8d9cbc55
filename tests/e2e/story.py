"""A call as its envelopes tell it: a greeting, a tool, a reply that is talked over, a sound that was no speech."""

from typing import Any

from pipeline import events as e
from pipeline.events import Envelope, Event, UnitLedger

CALL = "call_story"
GREETING = "Hello, this is Parley. How can I help?"
ASKED = "My boiler is leaking, can somebody come on Thursday?"
ANSWER = "I am sorry to hear that."
OFFER = "I can send an engineer on Thursday between nine and twelve, or on Friday in the afternoon."
HEARD = "I can send an engineer on Thursday"
INTERRUPTION = "Thursday morning is fine, thanks."
CLOSING = "Thursday morning it is."


def unit(number: int, text: str, heard: str | None = None, source: str = "model") -> UnitLedger:
    made = 60_000 * len(text)
    complete = heard is None
    said = text if heard is None else heard
    return UnitLedger(number, text, source, made, made, 60_000 * len(said), said, complete)


FACTS: tuple[tuple[int, Event], ...] = (
    (0, e.CallStarted("reception", "4f1c9a", "webrtc", 1_795_000_000_000)),
    (310, e.LineUp()),
    (312, e.TurnBegan(1, "greeting", True, None)),
    (313, e.StateEntered(1, "greeting", "")),
    (314, e.SentenceReady(1, 0, GREETING, GREETING, "clip")),
    (315, e.SynthesisStarted(1, 0, True)),
    (334, e.AudioBegan(1, 0, "clip")),
    (3_200, e.TurnSettled(1, "heard", (unit(0, GREETING, source="clip"),))),
    (4_000, e.SpeechStarted(3_940_000)),
    (6_900, e.SpeechPaused(6_800_000)),
    (6_901, e.TurnBegan(2, "utterance", False, 6_800_000)),
    (7_120, e.Transcribed(2, ASKED)),
    (7_121, e.ModelAsked(2, "gpt-4.1")),
    (7_200, e.SpeechEnded(3_940_000, 6_800_000, 2_500_000)),
    (7_200, e.TurnCommitted(2)),
    (7_290, e.ModelAnswered(2)),
    (7_291, e.StateEntered(2, "find_slot", "greeting")),
    (7_292, e.ToolStarted(2, "c1", "find_slots", '{"day": "thursday"}', False)),
    (7_352, e.ToolFinished(2, "c1", "find_slots", "ok", '{"slots": ["Thursday 9-12", "Friday 14-17"]}')),
    (7_360, e.SentenceReady(2, 0, ANSWER, ANSWER, "model")),
    (7_410, e.SynthesisStarted(2, 0, False)),
    (7_432, e.AudioBegan(2, 0, "model")),
    (7_700, e.SentenceReady(2, 1, OFFER, OFFER, "model")),
    (9_000, e.AudioBegan(2, 1, "model")),
    (11_200, e.SpeechStarted(11_120_000)),
    (11_200, e.AgentDucked(2)),
    (11_300, e.AgentHeld(2)),
    (11_480, e.TurnCut(2, "barge_in", True, (unit(0, ANSWER), unit(1, OFFER, HEARD)), 11_120_000)),
    (13_000, e.SpeechPaused(12_900_000)),
    (13_001, e.TurnBegan(3, "utterance", False, 12_900_000)),
    (13_500, e.Transcribed(3, INTERRUPTION)),
    (13_501, e.ModelAsked(3, "gpt-4.1")),
    (13_510, e.SpeechEnded(11_120_000, 12_900_000, 1_500_000)),
    (13_510, e.TurnCommitted(3)),
    (13_900, e.ModelAnswered(3)),
    (13_901, e.StateEntered(3, "confirm", "find_slot")),
    (13_950, e.SentenceReady(3, 0, CLOSING, CLOSING, "model")),
    (14_100, e.SynthesisStarted(3, 0, False)),
    (14_121, e.AudioBegan(3, 0, "model")),
    (16_000, e.TurnSettled(3, "heard", (unit(0, CLOSING),))),
    (16_900, e.UtteranceDropped("too_short", voiced_us=120_000)),
    (19_000, e.CallEnded("caller_left")),
)


WANTED: dict[str, Any] = {
    "call": CALL, "status": "waiting", "at_ms": 1_795_000_000_000, "state": "2_find_slot", "reason": "my lawyer",
    "summary": "The boiler of Ms Brown leaks, and she wants a person. Noted: name: Anna Brown (heard).",
    "claimed_by": "", "claimed_ms": None, "closed_ms": None, "missing": ["phone", "day"],
    "fields": [
        {"name": "name", "value": "Anna Brown", "status": "heard", "source": "ledger", "required": True},
        {"name": "birth_date", "value": "", "status": "refused", "source": "ledger", "required": False},
    ],
}  # fmt: skip
"""A call in which a person was asked to take over, as GET /v1/escalations tells it."""


def envelopes(call: str = CALL) -> tuple[Envelope, ...]:
    return tuple(Envelope(call, seq, ms * 1000, fact) for seq, (ms, fact) in enumerate(FACTS, 1))
