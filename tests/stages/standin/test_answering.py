"""An answer comes in parts, at the pace of the profile, and within its budget of tokens."""

import asyncio
from collections.abc import Iterator

import pytest

from stages.ports import Said, ToolCall, ToolResult, ToolSpec
from stages.standin.answering import (
    Asked,
    CallBegun,
    CallEnded,
    CallPiece,
    Closed,
    Opened,
    Part,
    Word,
    answer,
    prompt_tokens,
    tokens,
)
from stages.standin.backstage import Backstage
from stages.standin.config import Engines, StandinConfig
from stages.standin.engines.canned import canned
from stages.standin.engines.ports import ChatEngineRequest, EngineToolCall
from stages.standin.models import chat_model
from tests.stages.standin.running import StillClock, given

REQUEST = ChatEngineRequest("gpt-4.1", "Be brief.", (Said("user", "hi"),))


class Scripted:
    def __init__(self, *pieces: str | EngineToolCall) -> None:
        self._pieces = pieces

    def answer(self, request: ChatEngineRequest) -> Iterator[str | EngineToolCall]:
        yield from self._pieces


def parts_of(chat: Scripted, asked: Asked, clock: StillClock, latency: str = "zero") -> list[tuple[float, Part]]:
    hearing, _, speech = canned(None)

    async def go() -> list[tuple[float, Part]]:
        backstage = Backstage(StandinConfig(latency=latency), given(Engines(hearing, chat, speech)), clock.timing)
        return [(clock.at, part) async for part in answer(backstage, asked)]

    return asyncio.run(go())


def parts(chat: Scripted, asked: Asked) -> list[Part]:
    return [part for _, part in parts_of(chat, asked, StillClock())]


def asked(model: str = "gpt-4.1", effort: str = "none", limit: int | None = None, parallel: bool = True) -> Asked:
    request = ChatEngineRequest(model, "", (Said("user", "hi"),), max_tokens=limit)
    return Asked(chat_model(model), effort, request, parallel)


@pytest.mark.parametrize(
    "text", ["Hello, world!", " x", "", "\n\n", "supercalifragilistic 12:30pm — ünï", "a  b ", '{"a": [1, 2]}']
)
def test_tokens_join_to_the_text_again(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert all(len(token) < 20 for token in tokens(text))


def test_words_and_a_call_come_in_order() -> None:
    got = parts(Scripted("One moment.", EngineToolCall("find", '{"a":1}')), asked())
    assert isinstance(got[0], Opened) and isinstance(got[-1], Closed) and got[-1].reason == "tool_calls"
    assert "".join(part.text for part in got if isinstance(part, Word)) == "One moment."
    begun = next(part for part in got if isinstance(part, CallBegun))
    ended = next(part for part in got if isinstance(part, CallEnded))
    assert begun.id == ended.id and begun.id.startswith("call_")
    assert "".join(part.arguments for part in got if isinstance(part, CallPiece)) == ended.arguments == '{"a":1}'


def test_the_engines_own_call_id_is_kept() -> None:
    got = parts(Scripted(EngineToolCall("find", "{}", "call_7")), asked())
    assert [part.id for part in got if isinstance(part, CallBegun | CallEnded)] == ["call_7", "call_7"]


def test_the_budget_cuts_the_answer_short() -> None:
    got = parts(Scripted("one two three four five"), asked(limit=3))
    assert [part.text for part in got if isinstance(part, Word)] == ["one", " two", " three"]
    closed = got[-1]
    assert isinstance(closed, Closed) and (closed.reason, closed.tokens) == ("length", 3)


def test_hidden_reasoning_is_paid_from_the_same_budget() -> None:
    closed = parts(Scripted("one two"), asked("gpt-6-luna", "medium", limit=16))[-1]
    assert isinstance(closed, Closed) and (closed.reason, closed.tokens, closed.reasoning_tokens) == ("length", 0, 16)


def test_one_call_at_most_when_calls_may_not_be_parallel() -> None:
    chat = Scripted(EngineToolCall("a", "{}"), EngineToolCall("b", "{}"))
    assert [part.name for part in parts(chat, asked(parallel=False)) if isinstance(part, CallBegun)] == ["a"]
    assert [part.name for part in parts(chat, asked()) if isinstance(part, CallBegun)] == ["a", "b"]


def test_the_first_word_waits_for_the_model_and_the_others_for_each_other() -> None:
    clock = StillClock()
    got = parts_of(Scripted("one two three"), asked(), clock, "fixed:llm=400,tokens=50")
    assert [(round(at, 3), part.text) for at, part in got if isinstance(part, Word)] == [
        (0.4, "one"),
        (0.42, " two"),
        (0.44, " three"),
    ]
    assert got[0][0] == 0.2 and isinstance(got[0][1], Opened)


def test_the_prompt_is_counted() -> None:
    tool = ToolSpec("find", "Finds.", {"type": "object"})
    long = ChatEngineRequest(
        "m", "x" * 400, (Said("user", "hi"), ToolCall("1", "find", "{}"), ToolResult("1", "y" * 80)), (tool,)
    )
    assert prompt_tokens(long) > prompt_tokens(REQUEST) + 100
