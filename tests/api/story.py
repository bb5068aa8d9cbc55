"""One short call as its envelopes: a greeting, an answer that is heard, an answer that is cut, and what goes wrong."""

from pipeline.events import (
    AudioBegan,
    AudioLost,
    BudgetBreached,
    CallEnded,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ModelAnswered,
    ModelAsked,
    ModelFinished,
    ProviderFellBack,
    ProviderHedged,
    ProviderRetried,
    SentenceReady,
    SpeechStarted,
    StateEntered,
    SynthesisStarted,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UnitLedger,
    UtteranceDropped,
)

SECRET = "4111 1111 1111 1111"
"""What a caller says, and no log or metric may repeat."""


def unit(heard: str, text: str = SECRET) -> UnitLedger:
    return UnitLedger(0, text, "model", 900_000, 900_000, 500_000, heard, heard == text)


FACTS: tuple[tuple[int, Event], ...] = (
    (0, CallStarted("reception", "hash", "webrtc", 1_700_000_000_000)),
    (10_000, LineUp()),
    (11_000, TurnBegan(1, "greeting", True, None)),
    (12_000, SentenceReady(1, 0, "Hello.", "Hello.", "clip")),
    (13_000, SynthesisStarted(1, 0, True)),
    (30_000, AudioBegan(1, 0, "clip")),
    (900_000, TurnSettled(1, "heard", (unit("Hello.", "Hello."),))),
    (1_500_000, SpeechStarted(1_400_000)),
    (2_064_000, TurnBegan(2, "utterance", False, 2_000_000)),
    (2_300_000, Transcribed(2, SECRET)),
    (2_301_000, ModelAsked(2, "gpt-4.1")),
    (2_350_000, ProviderRetried(2, "llm", "connection_failed", 1)),
    (2_500_000, ModelAnswered(2)),
    (2_520_000, ToolStarted(2, "tool_1", "look_up", f'{{"card": "{SECRET}"}}', False)),
    (2_600_000, ToolFinished(2, "tool_1", "look_up", "ok", SECRET)),
    (2_640_000, TurnCommitted(2)),
    (2_650_000, ProviderHedged(2, "stt", "gpt-4o-transcribe", "won", 700, 1500)),
    (2_655_000, ProviderFellBack(2, "llm", "connection_failed", "gpt-other")),
    (2_700_000, StateEntered(2, "pay", "greet")),
    (2_710_000, SentenceReady(2, 0, SECRET, SECRET, "model")),
    (2_800_000, ModelFinished(2, 100, 20, 60)),
    (2_950_000, SynthesisStarted(2, 0, False)),
    (2_960_000, AudioBegan(2, 0, "model")),
    (3_000_000, BudgetBreached(2, "first_content", 700, 960, "llm")),
    (3_500_000, TurnCut(2, "barge_in", True, (unit("4111"),), 3_400_000)),
    (3_600_000, UtteranceDropped("too_short", SECRET, 120_000)),
    (3_700_000, AudioLost(40_000, "line")),
    (4_000_000, TurnBegan(3, "utterance", True, 3_900_000)),
    (5_000_000, TurnFailed(3, "tts", "provider_timeout", f"could not say {SECRET}")),
    (5_000_100, TurnSettled(3, "failed", ())),
    (6_000_000, CallEnded("caller_left")),
)

CALL = tuple(Envelope("call_x", number, at, event) for number, (at, event) in enumerate(FACTS, 1))
