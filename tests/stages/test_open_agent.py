import asyncio
from typing import Any

import pytest

from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.events import ModelAnswered, ModelAsked, ModelFinished, ToolStarted
from pipeline.flow import ReplyDelta, Transcript
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.strategy import Speculate
from pipeline.turn import Turn
from stages.open_agent import OpenAgent
from stages.ports import ChatRequest, ToolCall, Usage
from tests.support.providers import FakeChat


class Listener:
    def __init__(self) -> None:
        self.told: list[str] = []

    def begun(self, turn: Turn) -> None:
        self.told.append("begun")

    def stopped(self, turn: Turn, why: str) -> None:
        self.told.append(why)


async def _untouched(turn: Turn, inbox: Any, outbox: Any) -> None:
    raise AssertionError("nothing to transcribe")


def answered(*pieces: object, turn: Turn | None = None) -> tuple[list[str], list[Any], list[str]]:
    """What was said, what was published and what was told beside it."""
    facts: list[Any] = []
    listener, model = Listener(), FakeChat(pieces)
    turn = turn or Turn(3, Cause.UTTERANCE, None, facts.append)
    turn.publish = facts.append
    agent = OpenAgent(model, lambda turn, said: ChatRequest("Be kind.", ()), _untouched, listener)

    async def main() -> list[str]:
        inbox: Channel[Transcript] = Channel(1)
        outbox: Channel[ReplyDelta] = Channel(99)
        inbox.offer(Transcript("hi"))
        inbox.close()
        await agent.respond(turn, inbox, outbox)
        model.assert_complete()
        return [delta.text async for delta in outbox]

    return asyncio.run(main()), facts, listener.told


def test_words_go_out_as_they_come_and_calls_are_facts_after_them() -> None:
    said, facts, told = answered("Let me ", "look.", ToolCall("", "lookup", "{}"), Usage(7, 3, 2))
    assert said == ["Let me ", "look."]
    assert [type(fact) for fact in facts] == [ModelAsked, ModelAnswered, ModelFinished, ToolStarted]
    assert facts[-1] == ToolStarted(3, "call_3_0", "lookup", "{}", False)
    assert told == ["begun"]


def test_an_answer_that_was_broken_off_is_told() -> None:
    assert answered("It goes on", Usage(1, 1, 0, "length"))[2] == ["begun", "length"]


def test_an_answer_without_anything_is_a_fault_of_the_provider() -> None:
    class Empty(FakeChat):
        async def answer(self, request: ChatRequest) -> Any:
            return
            yield

    agent = OpenAgent(Empty(), lambda turn, said: ChatRequest("", ()), _untouched, Listener())

    async def main() -> None:
        inbox: Channel[Transcript] = Channel(1)
        inbox.offer(Transcript("hi"))
        inbox.close()
        with pytest.raises(ProviderUnavailable):
            await agent.respond(Turn(1, Cause.UTTERANCE, None, lambda _: None), inbox, Channel(9))

    asyncio.run(main())


def test_a_draft_that_may_only_listen_waits_for_its_commit() -> None:
    turn = Turn(1, Cause.UTTERANCE, None, lambda _: None, speculate=Speculate.STT)
    turn.commit()
    assert answered("Now.", turn=turn)[0] == ["Now."]


def test_it_opens_nothing_bridges_nothing_and_remembers_nothing() -> None:
    agent = OpenAgent(FakeChat(), lambda turn, said: ChatRequest("", ()), _untouched, Listener())
    agent.settle(TurnOutcome(1, True, (), "completed"))
    assert (agent.opening(), agent.filler()) == (None, None)
