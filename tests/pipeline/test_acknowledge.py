"""A phrase is said when the answer will be late, and only then."""

import pytest

from pipeline.acknowledge import LATEST_US, SOON_US, Verdict, decide
from pipeline.events import AudioBegan, Envelope
from pipeline.latency import fold
from pipeline.strategy import Strategy
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, ScriptedLine, hold, says

SECOND = 1_000_000


@pytest.mark.parametrize(
    ("stage", "due_us", "silent_us", "verdict"),
    [
        ("ready", 0, 0, Verdict.NEVER),
        ("prompt", 900_000, SECOND, Verdict.WAIT),
        ("stt", 900_000, LATEST_US - 1, Verdict.WAIT),
        ("stt", 900_000, LATEST_US, Verdict.SAY),
        ("llm", SOON_US, SECOND, Verdict.WAIT),
        ("llm", SOON_US + 1, 0, Verdict.SAY),
        ("tts", None, LATEST_US - 1, Verdict.WAIT),
        ("tts", None, LATEST_US, Verdict.SAY),
    ],
)
def test_the_decision(stage: str, due_us: int | None, silent_us: int, verdict: Verdict) -> None:
    assert decide(stage, due_us, silent_us) is verdict


def held(agent: ScriptedAgent, *ends: int, acknowledge: bool = True) -> tuple[Envelope, ...]:
    """A caller who speaks for a second before each of `ends`."""
    script = [step for end in ends for step in says(end - SECOND, end)]
    line = ScriptedLine(ends[-1] + 8 * SECOND)
    strategy = Strategy(acknowledge=acknowledge)
    return run_virtual(hold(line, ScriptedEar(script), agent, strategy=strategy))[1]


def slow(stage_us: int = 500_000) -> ScriptedAgent:
    agent = ScriptedAgent(stage_us=stage_us)
    agent.acknowledges = True
    return agent


def test_a_late_answer_is_acknowledged_before_the_limit_and_content_is_counted_apart() -> None:
    agent = slow()
    first, *_, last = (turn for turn in fold(held(agent, 3 * SECOND, 12 * SECOND)) if turn.cause == "utterance")
    for turn in (first, last):
        assert turn.first_audio_us is not None and turn.first_audio_us < 700_000
        assert turn.first_content_us is not None and turn.first_content_us > 1_500_000
        assert turn.path == "ack+model"
    assert agent.outcomes[-1].units[0].source == "ack"


def test_an_answer_that_comes_soon_is_not_delayed_by_a_phrase() -> None:
    envelopes = held(slow(100_000), 3 * SECOND)
    assert {turn.path for turn in fold(envelopes) if turn.cause == "utterance"} == {"model"}


def test_where_nothing_is_known_it_is_said_at_the_latest_moment_and_not_later() -> None:
    envelopes = held(slow(450_000), 3 * SECOND)
    (said_at,) = [e.at for e in envelopes if isinstance(e.event, AudioBegan) and e.event.source == "ack"]
    (turn,) = [turn for turn in fold(envelopes) if turn.cause == "utterance"]
    assert turn.speech_end_at is not None
    assert LATEST_US <= said_at - turn.speech_end_at <= LATEST_US + 40_000


def test_it_can_be_turned_off_and_an_agent_without_phrases_says_nothing() -> None:
    silent = ScriptedAgent(stage_us=500_000)
    for envelopes in (held(slow(), 3 * SECOND, acknowledge=False), held(silent, 3 * SECOND)):
        assert "ack" not in {e.event.source for e in envelopes if isinstance(e.event, AudioBegan)}
