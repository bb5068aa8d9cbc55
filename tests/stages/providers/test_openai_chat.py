from contextlib import aclosing
from typing import Literal

import pytest

from stages.deadlines import Deadlines
from stages.ports import ChatPiece, ChatRequest, Said, TextPiece, ToolCall, ToolResult, ToolSpec, Usage
from stages.providers.openai_chat import OpenAIChat
from stages.punctual import PunctualChat
from tests.stages.providers.standing import PATIENT, Standing, against, given_up

Api = Literal["responses", "chat"]
APIS: tuple[Api, ...] = ("responses", "chat")
TOOL = ToolSpec(
    "lookup_order",
    "Find an order.",
    {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
        "additionalProperties": False,
    },
)
SCRIPT = {
    "chat": [
        {"when": "where is", "say": "Let me see. ", "call": {"name": "lookup_order", "arguments": {"order_id": "A-1"}}},
        {"when": "shipped", "say": "Your order left today."},
        {"schema": True, "say": '{"name": "Ann"}'},
        "Sure thing.",
    ]
}
HELLO = ChatRequest("Be brief.", (Said("user", "Hello."),))
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


async def answered(
    standin: Standing,
    request: ChatRequest = HELLO,
    api: Api = "responses",
    model: str = "",
    deadlines: Deadlines = PATIENT,
) -> list[ChatPiece]:
    config = standin.config("llm", model, api, deadlines)
    chat = PunctualChat(OpenAIChat(standin.connections, config), config.limits)
    async with aclosing(chat.answer(request)) as stream:
        return [piece async for piece in stream]


def text(pieces: list[ChatPiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))


@pytest.mark.parametrize("api", APIS)
def test_an_answer_comes_in_pieces_and_ends_with_its_usage(api: Api) -> None:
    async def story(standin: Standing) -> None:
        pieces = await answered(standin, api=api)
        assert text(pieces) == "Sure thing."
        assert len(pieces) > 2
        match pieces[-1]:
            case Usage(asked, answer, _, "stop"):
                assert asked > 0 and answer > 0
            case other:
                raise AssertionError(other)

    against(script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
def test_a_tool_call_comes_whole_after_the_words_before_it(api: Api) -> None:
    async def story(standin: Standing) -> None:
        pieces = await answered(standin, ChatRequest("", (Said("user", "Where is my order?"),), (TOOL,)), api)
        assert text(pieces) == "Let me see. "
        call, usage = pieces[-2:]
        assert isinstance(call, ToolCall) and (call.name, call.arguments) == ("lookup_order", '{"order_id": "A-1"}')
        assert isinstance(usage, Usage) and usage.stopped == "tool_calls"

    against(script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
def test_the_result_of_a_tool_goes_back_in_the_history(api: Api) -> None:
    history = (
        Said("system", "The caller is known."),
        Said("user", "Where is my order?"),
        Said("assistant", "Let me see."),
        ToolCall("call_1", "lookup_order", '{"order_id": "A-1"}'),
        ToolResult("call_1", '{"status": "shipped"}'),
    )

    async def story(standin: Standing) -> None:
        pieces = await answered(standin, ChatRequest("Be brief.", history, (TOOL,)), api)
        assert text(pieces) == "Your order left today."

    against(script=SCRIPT)(story)


MODELS = ("gpt-4.1", "gpt-4o-mini", "gpt-5.1", "gpt-5.6-luna", "gpt-6-luna")
ASKED = [("responses", "gpt-5"), *((api, model) for api in APIS for model in MODELS)]
"""gpt-5 cannot stop reasoning, and a chat completion takes no tools from a model that reasons."""


@pytest.mark.parametrize(("api", "model"), ASKED)
def test_no_model_is_asked_for_what_it_refuses(model: str, api: Api) -> None:
    request = ChatRequest("", (Said("user", "Hello."),), (TOOL,), temperature=0.6)

    async def story(standin: Standing) -> None:
        assert text(await answered(standin, request, api, model)) == "Sure thing."

    against(script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
def test_an_answer_can_be_made_to_fit_a_schema(api: Api) -> None:
    async def story(standin: Standing) -> None:
        request = ChatRequest("", (Said("user", "I am Ann."),), schema=SCHEMA)
        assert text(await answered(standin, request, api)) == '{"name": "Ann"}'

    against(script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("choice", ["none", "auto", "required", "lookup_order"])
def test_the_choice_of_a_tool_is_understood(choice: str, api: Api) -> None:
    async def story(standin: Standing) -> None:
        await answered(standin, ChatRequest("", (Said("user", "Hello."),), (TOOL,), choice), api)

    against(script={"chat": [{"tool": "lookup_order", "call": {"name": "lookup_order"}}, "Sure."]})(story)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("kind", ["500", "429", "429,retry_after=0.1", "refuse", "blank", "empty", "mistyped", "stall"])
def test_what_may_pass_is_asked_again(kind: str, api: Api) -> None:
    deadlines = Deadlines(connect=20, attempt=0.5, first=20, gap=20, total=60)

    async def story(standin: Standing) -> None:
        assert text(await answered(standin, api=api, deadlines=deadlines)) == "Sure thing."

    against(f"llm:{kind}", script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("401", {"invalid_key"}),
        ("429,code=insufficient_quota", {"quota_exhausted"}),
        ("503", {"server_error"}),
        ("refuse", {"connection_failed", "connection_lost"}),
        ("stall", {"first_byte_timeout"}),
        ("drip", {"signs_of_life"}),
        ("empty", {"empty"}),
        ("blank", {"connection_lost", "malformed"}),
        ("mistyped", {"connection_lost", "malformed"}),
        ("malformed", {"malformed"}),
        ("reset", {"connection_lost", "connection_failed"}),
        ("short", {"connection_lost"}),
        ("failed", {"server_error"}),
    ],
)
def test_a_fault_that_stays_is_given_up_with_its_reason(kind: str, codes: set[str], api: Api) -> None:
    async def story(standin: Standing) -> None:
        fault = await given_up(lambda deadlines: answered(standin, api=api, deadlines=deadlines), kind, codes)
        assert fault.code in codes, fault.code
        assert fault.stage == "llm"

    against(f"llm:{kind},times=always", script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
def test_leaving_in_mid_answer_closes_the_connection(api: Api) -> None:
    async def story(standin: Standing) -> None:
        chat = OpenAIChat(standin.connections, standin.config("llm", api=api))
        async with aclosing(chat.answer(HELLO)) as stream:
            await anext(stream)
            assert standin.running == 1
        await standin.idle()
        assert text(await answered(standin, api=api)) == "Sure thing."

    against("llm:stall,after=2500", script=SCRIPT)(story)


@pytest.mark.parametrize("api", APIS)
def test_one_connection_serves_one_answer_after_the_other(api: Api) -> None:
    async def story(standin: Standing) -> None:
        for _ in range(4):
            await answered(standin, api=api)
        assert len(standin.peers) == 1

    against(script=SCRIPT)(story)
