"""A voice over the agent, through a whole call: what is done at which rung, and what it costs."""

from pipeline.events import AgentDucked, AgentHeld, AgentResumed, Envelope, TurnBegan, TurnCut
from pipeline.latency import fold
from pipeline.signals import Allayed, Claimed, Ended, Heard, Paused, Spoken, Started, Suspected, Sustained
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, ScriptedLine, hold, utterance

MS = 1_000
ONSET = 2_000 * MS


def over_the_greeting(script: list[tuple[int, Heard]], claim: str | None) -> tuple[Envelope, ...]:
    agent = ScriptedAgent()
    agent.claim = claim
    agent.opening_text = "a greeting that goes on for a long time"
    _, envelopes = run_virtual(hold(ScriptedLine(8_000 * MS), ScriptedEar(script), agent))
    return envelopes


def happened(envelopes: tuple[Envelope, ...], *kinds: type) -> list[str]:
    return [type(envelope.event).__name__ for envelope in envelopes if isinstance(envelope.event, kinds)]


STEERED = (AgentDucked, AgentHeld, AgentResumed, TurnCut)


def test_a_suspicion_costs_a_dip() -> None:
    script: list[tuple[int, Heard]] = [(ONSET + 60 * MS, Suspected(ONSET)), (ONSET + 200 * MS, Allayed(ONSET))]
    envelopes = over_the_greeting(script, None)
    assert happened(envelopes, *STEERED) == ["AgentDucked", "AgentResumed"]
    assert fold(envelopes)[0].barge_in_us is None, "nobody spoke"


def test_a_voice_that_was_suspected_is_ducked_once_and_counted_from_its_onset() -> None:
    script: list[tuple[int, Heard]] = [
        (ONSET + 60 * MS, Suspected(ONSET)),
        (ONSET + 160 * MS, Started(ONSET)),
        (ONSET + 180 * MS, Sustained(ONSET)),
        (ONSET + 800 * MS, Claimed(ONSET)),
    ]
    envelopes = over_the_greeting(script, None)
    assert happened(envelopes, *STEERED) == ["AgentDucked", "AgentHeld", "TurnCut"]
    barge_in_us = fold(envelopes)[0].barge_in_us
    assert barge_in_us is not None and 50 * MS <= barge_in_us <= 100 * MS


def climbing(end: int) -> list[tuple[int, Heard]]:
    return [
        (ONSET + 60 * MS, Started(ONSET)),
        (ONSET + 120 * MS, Sustained(ONSET)),
        (ONSET + 360 * MS, Spoken(utterance(ONSET, ONSET + 360 * MS))),
        (end + 100 * MS, Paused(utterance(ONSET, end))),
        (end + 250 * MS, Ended(utterance(ONSET, end))),
    ]


def test_words_that_stop_the_agent_cut_it_before_they_are_over() -> None:
    envelopes = over_the_greeting(climbing(ONSET + 2_000 * MS), None)
    (cut,) = [envelope.at for envelope in envelopes if isinstance(envelope.event, TurnCut)]
    (held,) = [envelope.at for envelope in envelopes if isinstance(envelope.event, AgentHeld)]
    assert held < cut < held + 500 * MS


def test_a_backchannel_longer_than_a_cough_resumes_the_agent() -> None:
    envelopes = over_the_greeting(climbing(ONSET + 600 * MS), "backchannel")
    assert happened(envelopes, *STEERED) == ["AgentDucked", "AgentHeld", "AgentResumed"]
    assert len(happened(envelopes, TurnBegan)) == 1


def test_words_of_a_pause_are_answered_from_the_pause_on() -> None:
    short = [rung for rung in climbing(ONSET + 300 * MS) if not isinstance(rung[1], Spoken)]
    envelopes = over_the_greeting(short, None)
    began = [envelope.event for envelope in envelopes if isinstance(envelope.event, TurnBegan)]
    assert [(turn.cause, turn.committed) for turn in began] == [("greeting", True), ("utterance", False)]
    assert happened(envelopes, *STEERED)[:3] == ["AgentDucked", "AgentHeld", "TurnCut"]
