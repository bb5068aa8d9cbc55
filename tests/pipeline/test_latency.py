"""The waterfall of a turn."""

from pipeline.events import (
    AgentDucked,
    AudioBegan,
    CallEnded,
    Envelope,
    Event,
    LineUp,
    ModelAnswered,
    ModelAsked,
    SentenceReady,
    SpeechStarted,
    SynthesisStarted,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnSettled,
)
from pipeline.latency import Latency, TurnLatency, fold


def told(*facts: tuple[int, Event]) -> list[Envelope]:
    return [Envelope("call", seq, at * 1000, event) for seq, (at, event) in enumerate(facts, 1)]


def a_turn(committed_ms: int, spoke_ms: int) -> TurnLatency:
    (turn,) = fold(
        told(
            (1100, TurnBegan(1, "utterance", False, 1_000_000)),
            (1300, Transcribed(1, "hello")),
            (1301, ModelAsked(1, "m")),
            (1500, ModelAnswered(1)),
            (1540, SentenceReady(1, 0, "Hi.", "Hi.", "model")),
            (1600, SynthesisStarted(1, 0, False)),
            (1610, SentenceReady(1, 1, "More.", "More.", "model")),
            (1640, SynthesisStarted(1, 1, False)),
            (committed_ms, TurnCommitted(1)),
            (spoke_ms, AudioBegan(1, 0, "model")),
        )
    )
    return turn


def spans(turn: TurnLatency) -> dict[str, int]:
    return {span.stage: span.us // 1000 for span in turn.spans}


def test_the_spans_are_consecutive_and_sum_to_the_gap() -> None:
    turn = a_turn(committed_ms=1400, spoke_ms=1620)
    assert spans(turn) == {
        "endpoint": 100, "stt": 200, "prompt": 1, "llm": 199, "clause": 40, "tts": 60, "egress": 20,
    }  # fmt: skip
    assert turn.first_content_us == sum(span.us for span in turn.spans) == 620_000
    assert all(a.end_at == b.start_at for a, b in zip(turn.spans, turn.spans[1:], strict=False))


def test_waiting_for_the_commit_is_shown_as_the_gate_and_later_units_do_not_count() -> None:
    turn = a_turn(committed_ms=1800, spoke_ms=1810)
    assert spans(turn)["gate"] == 200 and spans(turn)["egress"] == 10 and spans(turn)["tts"] == 60
    assert turn.unattributed_us == 0


def test_a_filler_is_audio_but_not_content() -> None:
    (turn,) = fold(
        told(
            (1100, TurnBegan(1, "utterance", True, 1_000_000)),
            (2300, AudioBegan(1, -1, "filler")),
            (3000, Transcribed(1, "hello")),
            (3100, SentenceReady(1, 0, "Hi.", "Hi.", "model")),
            (3200, SynthesisStarted(1, 0, False)),
            (3310, AudioBegan(1, 0, "model")),
        )
    )
    assert turn.path == "filler+model"
    assert turn.first_audio_us == 1_300_000 and turn.first_content_us == 2_310_000
    assert turn.spans[-1].stage == "filler"
    assert {verdict.slice: verdict.kept for verdict in turn.verdicts()} == {
        "first_audio": False, "first_content": False,
    }  # fmt: skip
    assert turn.verdicts()[0].stage == "stt"


def test_tool_rounds_are_told_apart_from_the_model() -> None:
    (turn,) = fold(
        told(
            (1000, TurnBegan(1, "utterance", True, 1_000_000)),
            (1100, Transcribed(1, "hello")),
            (1300, ModelAnswered(1)),
            (1310, ToolStarted(1, "a", "lookup", "{}", False)),
            (1810, ToolFinished(1, "a", "lookup", "ok", "")),
            (2000, ModelAnswered(1)),
            (2010, SentenceReady(1, 0, "Hi.", "Hi.", "model")),
            (2020, SynthesisStarted(1, 0, False)),
            (2030, AudioBegan(1, 0, "model")),
        )
    )
    assert turn.tools_us == (500_000,)
    assert sum(span.us for span in turn.spans if span.stage == "tool") == 500_000
    assert sum(span.us for span in turn.spans) == turn.first_content_us


def test_a_silence_that_no_mark_explains_is_unattributed() -> None:
    (turn,) = fold(told((1500, TurnBegan(1, "greeting", True, None)), (1700, AudioBegan(1, 0, "clip"))))
    assert turn.unattributed_us == 0 and spans(turn) == {"egress": 200}


def test_greeting_barge_in_and_hang_up_are_measured() -> None:
    envelopes = told(
        (0, LineUp()),
        (5, TurnBegan(1, "greeting", True, None)),
        (25, AudioBegan(1, 0, "clip")),
        (900, SpeechStarted(840_000)),
        (900, AgentDucked(1)),
        (1000, TurnSettled(1, "heard", ())),
        (1300, CallEnded("agent_goodbye")),
    )
    (turn,) = fold(envelopes)
    assert (turn.greeting_us, turn.barge_in_us, turn.hang_up_us) == (25_000, 60_000, 300_000)
    assert all(verdict.kept for verdict in turn.verdicts())


def test_drafts_and_empty_turns_are_labelled_and_breach_nothing() -> None:
    latency = Latency()
    for envelope in told(
        (1100, TurnBegan(1, "utterance", False, 1_000_000)),
        (1200, TurnCut(1, "resumed", False, ())),
        (9000, TurnBegan(2, "utterance", True, 2_000_000)),
        (9100, TurnSettled(2, "nothing", ())),
        (9200, TurnBegan(3, "utterance", True, 3_000_000)),
        (9300, AudioBegan(3, 0, "model")),
        (9400, TurnSettled(3, "heard", ())),
    ):
        latency.observe(envelope)
    assert [turn.label for turn in latency.turns()] == ["superseded", "nothing", "heard"]
    assert latency.breaches(1) == latency.breaches(2) == latency.breaches(77) == ()
    assert {breach.slice for breach in latency.breaches(3)} == {"first_audio", "first_content"}


def test_a_caller_who_hangs_up_long_after_the_reply_breaches_nothing() -> None:
    (turn,) = fold(
        told(
            (0, LineUp()),
            (5, TurnBegan(1, "greeting", True, None)),
            (25, AudioBegan(1, 0, "clip")),
            (1000, TurnSettled(1, "heard", ())),
            (9000, CallEnded("caller_left")),
        )
    )
    assert turn.hang_up_us is None


def test_an_apology_is_no_answer() -> None:
    (turn,) = fold(told((1100, TurnBegan(1, "utterance", True, 1_000_000)), (1500, AudioBegan(1, 0, "apology"))))
    assert (turn.first_audio_us, turn.first_content_us) == (500_000, None)


def test_a_turn_that_was_cut_counts_for_how_soon_the_agent_gave_way_and_for_nothing_else() -> None:
    spoke = (1000, TurnBegan(1, "utterance", True, 900_000)), (1500, AudioBegan(1, 0, "model"))
    voice = (2000, SpeechStarted(1_940_000)), (2000, AgentDucked(1))
    (cut,) = fold(told(*spoke, *voice, (2300, TurnCut(1, "barge_in", True, ()))))
    assert [judged.slice for judged in cut.counted()] == ["barge_in"]
    (heard,) = fold(told(*spoke, *voice, (2300, TurnSettled(1, "heard", ()))))
    assert [judged.slice for judged in heard.counted()] == ["first_audio", "first_content", "barge_in"]
    (empty,) = fold(told(*spoke, (2300, TurnSettled(1, "nothing", ()))))
    assert not empty.counted()


def test_a_late_phrase_is_blamed_on_what_it_waited_for() -> None:
    (turn,) = fold(
        told(
            (1100, TurnBegan(1, "utterance", False, 1_000_000)),
            (1900, Transcribed(1, "hello")),
            (2200, TurnCommitted(1)),
            (2210, AudioBegan(1, -1, "ack")),
            (3100, SentenceReady(1, 0, "Hi.", "Hi.", "model")),
            (3200, SynthesisStarted(1, 0, False)),
            (3210, AudioBegan(1, 0, "model")),
        )
    )
    stages = {judged.slice: judged.stage for judged in turn.verdicts()}
    assert stages == {"first_audio": "gate", "first_content": "clause"}
