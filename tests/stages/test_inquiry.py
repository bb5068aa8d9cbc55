import pytest

from pipeline.channel import Channel
from pipeline.errors import ProviderTimeout, ProviderUnavailable
from pipeline.events import Event, ModelAnswered, ModelAsked, ModelFinished, ProviderRetried
from pipeline.flow import ReplyDelta
from pipeline.signals import Cause
from pipeline.spending import Spent
from pipeline.turn import Turn
from stages.inquiry import MOST_CALLS, Reply, inquire
from stages.meter import characters
from stages.ports import ChatModel, ChatRequest, Said, ToolCall, ToolResult, ToolSpec, Usage
from stages.punctual import PunctualChat
from stages.tongue import Tongue
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat

ASKED = ChatRequest("Be kind.", ())
CALL = ToolCall("c1", "lookup", "{}")
TOOL = ToolSpec("lookup", "Finds it.", {})


async def ask(model: ChatModel, events: list[Event], *, silent: bool = False) -> tuple[Reply, str]:
    turn = Turn(1, Cause.UTTERANCE, None, events.append)
    outbox: Channel[ReplyDelta] = Channel(100)
    tongue = None if silent else Tongue(turn, outbox, lambda text: None)
    reply = await inquire(model, turn, ASKED, tongue)
    outbox.close()
    return reply, "".join([delta.text async for delta in outbox])


def test_words_go_out_and_calls_are_collected() -> None:
    async def main() -> None:
        events: list[Event] = []
        reply, said = await ask(FakeChat(("Let me ", "see.", CALL, Usage(9, 3, 1))), events)
        assert (reply, said) == (Reply("Let me see.", (CALL,)), "Let me see.")
        assert events == [ModelAsked(1, "fake-chat"), ModelAnswered(1), ModelFinished(1, 9, 3, 1)]

    run_virtual(main())


def test_what_was_asked_and_answered_is_counted_even_if_the_answer_breaks_off() -> None:
    async def main() -> None:
        asked = ChatRequest("Be kind.", (Said("user", "Hi"), CALL, ToolResult("c1", "{}")), (TOOL,))
        assert characters(asked) == len("Be kind." + "Hi" + "lookup{}" + "{}" + "lookupFinds it.{}")
        turn = Turn(1, Cause.UTTERANCE, None, lambda event: None)
        await inquire(FakeChat(("Yes.", Usage(9, 3, 1))), turn, asked, None)
        assert turn.spent.total() == Spent(input_tokens=9, output_tokens=3, cached_tokens=1)
        with pytest.raises(ProviderUnavailable):
            await inquire(FakeChat(("Let me see.", ProviderUnavailable("llm", "down"))), turn, asked, None)
        assert turn.spent.total() == Spent(input_tokens=9 + 10, output_tokens=3 + 3, cached_tokens=1)

    run_virtual(main())


def test_without_a_tongue_nothing_is_said() -> None:
    async def main() -> None:
        reply, said = await ask(FakeChat(("Let me see.", CALL)), [], silent=True)
        assert (reply, said) == (Reply("Let me see.", (CALL,)), "")

    run_virtual(main())


def test_calls_are_bounded_and_each_has_an_id() -> None:
    async def main() -> None:
        reply, _ = await ask(FakeChat(tuple(ToolCall("", "lookup", "{}") for _ in range(50))), [])
        assert len({call.id for call in reply.calls}) == len(reply.calls) == MOST_CALLS

    run_virtual(main())


def test_an_id_that_is_given_is_no_other_requests_of_the_turn() -> None:
    async def main() -> None:
        turn, given = Turn(1, Cause.UTTERANCE, None, lambda _: None), list[str]()
        for messages in ((), (Said("user", "Hello."), Said("system", "Now."))):
            model = FakeChat((ToolCall("", "lookup", "{}"),))
            reply = await inquire(model, turn, ChatRequest("Be kind.", messages), None)
            given += [call.id for call in reply.calls]
        assert len(set(given)) == 2

    run_virtual(main())


def test_a_repeated_request_is_a_fact_of_the_turn() -> None:
    async def main() -> None:
        events: list[Event] = []
        model = FakeChat(ProviderUnavailable("llm", "down", code="server_error"), "Yes.")
        reply, _ = await ask(PunctualChat(model), events)
        assert reply.text == "Yes."
        assert [event for event in events if isinstance(event, ProviderRetried)] == [
            ProviderRetried(1, "llm", "server_error", 1)
        ]

    run_virtual(main())


def test_what_was_begun_is_not_said_after_the_model_failed() -> None:
    async def main() -> None:
        with pytest.raises(ProviderTimeout):
            await ask(PunctualChat(FakeChat(("All right then we could", STALL))), [])

    run_virtual(main())
