"""Words over the agent are judged, in time or in the caller's favour."""

import asyncio

from pipeline.asking import Asking, weigh
from pipeline.events import Event, UtteranceDropped
from pipeline.limits import Limits
from pipeline.signals import Ask, Cause, Claimed, Dismissed, Signal
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
                asking.begin(scope.create_task, TURN, Ask(utterance(at, at + 300_000)))
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


def heard_so_far(claim: str | None, then_final: bool) -> list[Signal]:
    """Ask about words that may go on, and while that is judged, about the same words as final."""
    told: list[Signal] = []
    agent = ScriptedAgent()
    agent.claim = claim
    words = utterance(0, 400_000)

    async def main() -> None:
        asking = Asking(agent, Limits(), lambda event: None, told.append)
        async with asyncio.TaskGroup() as scope:
            asking.begin(scope.create_task, TURN, Ask(words, so_far=True))
            if then_final:
                await asyncio.sleep(0.05)
                asking.begin(scope.create_task, TURN, Ask(words))

    run_virtual(main())
    return told


def test_of_words_that_may_go_on_only_a_yes_is_told() -> None:
    assert heard_so_far("backchannel", then_final=False) == []
    assert heard_so_far(None, then_final=False) == [Claimed(0, utterance(0, 400_000))]


def test_a_question_that_becomes_final_is_not_begun_again() -> None:
    assert heard_so_far("backchannel", then_final=True) == [Dismissed("backchannel", asked=True)]


def test_words_that_may_go_on_and_cannot_be_judged_take_nothing() -> None:
    slow = ScriptedAgent(stage_us=10_000_000)
    assert run_virtual(weigh(TURN, utterance(0, 300_000), slow, Limits(), lambda: False)) == "unknown"
