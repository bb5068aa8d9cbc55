"""Words over the agent are judged, in time or in the caller's favour."""

import asyncio

from pipeline.asking import Asking, weigh
from pipeline.events import Event, UtteranceDropped
from pipeline.limits import Limits
from pipeline.signals import Cause, Claimed, Dismissed, Signal
from pipeline.turn import Turn
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, utterance

TURN = Turn(1, Cause.UTTERANCE, None, lambda event: None)


def asked(agent: ScriptedAgent, *times: int) -> tuple[list[Signal], list[Event]]:
    """Ask about as many utterances, one straight after the other."""
    told: list[Signal] = []
    published: list[Event] = []

    async def main() -> None:
        asking = Asking(agent, Limits(), published.append, told.append)
        async with asyncio.TaskGroup() as scope:
            for at in times:
                asking.begin(scope.create_task, TURN, utterance(at, at + 300_000))
        asking.stop()

    run_virtual(main())
    return told, published


def test_words_that_cannot_be_judged_take_the_floor() -> None:
    agent = ScriptedAgent(stage_us=10_000_000)
    agent.claim = "backchannel"
    turn = Turn(1, Cause.UTTERANCE, None, lambda event: None)
    assert run_virtual(weigh(turn, utterance(0, 300_000), agent, Limits())) is None
    assert run_virtual(weigh(turn, utterance(0, 300_000), ScriptedAgent(stage_us=1), Limits())) is None


def test_the_newest_question_is_the_one_that_is_answered() -> None:
    told, published = asked(ScriptedAgent(), 0, 1_000_000)
    assert told == [Claimed(1_000_000, utterance(1_000_000, 1_300_000))] and not published


def test_a_backchannel_is_dropped_and_said_to_be() -> None:
    agent = ScriptedAgent()
    agent.claim = "backchannel"
    told, published = asked(agent, 0)
    assert told == [Dismissed("backchannel", asked=True)]
    assert published == [UtteranceDropped("backchannel", voiced_us=300_000)]
