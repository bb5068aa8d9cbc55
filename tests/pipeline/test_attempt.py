"""What went wrong becomes one fault."""

import pytest

from pipeline.attempt import attempt, first
from pipeline.clock import CallClock
from pipeline.errors import CallerFault, ProviderFault, ProviderTimeout
from pipeline.limits import Limits
from pipeline.playout import Playout
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, utterance


async def attempted(agent: ScriptedAgent) -> ProviderFault | None:
    turn = Turn(1, Cause.UTTERANCE, utterance(0, 500_000), lambda event: None)
    turn.commit()
    playout = Playout(CallClock.start().now)
    return await attempt(turn, agent, playout, Limits(fillers=0), lambda: True)


def test_a_provider_that_fails_is_named() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda stage, turn: ProviderTimeout("llm", "late") if stage == "llm" else None
    fault = run_virtual(attempted(agent))
    assert fault is not None and (fault.stage, fault.code) == ("llm", "provider_timeout")


def test_a_bug_is_an_internal_error_of_the_turn() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda stage, turn: KeyError("bug") if stage == "stt" else None
    fault = run_virtual(attempted(agent))
    assert fault is not None and (fault.stage, fault.code) == ("turn", "internal_error")


def test_a_turn_that_says_nothing_for_too_long_is_given_up() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda stage, turn: 3_600_000_000 if stage == "tts" else None
    fault = run_virtual(attempted(agent))
    assert fault is not None and fault.code == "turn_late"


def test_the_first_fault_of_a_kind_is_found_in_nested_groups() -> None:
    inner = ExceptionGroup("inner", [ValueError(), CallerFault("found")])
    assert str(first(ExceptionGroup("outer", [inner]), CallerFault)) == "found"
    with pytest.raises(AssertionError):
        first(ExceptionGroup("outer", [ValueError()]), CallerFault)
