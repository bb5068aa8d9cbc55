"""Tools of MCP servers in a session, with OpenAI's own client and a real server of the official SDK."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pipeline.events import ToolFinished, ToolStarted
from stages.ports import ToolCall, ToolResult
from tests.api.routes.test_realtime_mixed import facts
from tests.api.routes.test_realtime_socket import types, user
from tests.api.wire.test_realtime import check
from tests.support.mcp_server import Seen, mcp_server
from tests.support.providers import FakeChat, FakeSynthesizer
from tests.support.realtime import Door, Scripts, door, until

FIND = ToolCall("call_1", "find_order", '{"number": "A-1"}')
CANCEL = ToolCall("call_2", "cancel_order", '{"number": "A-1"}')


def run(story: Callable[[Door, Seen], Awaitable[None]], *answers: object) -> None:
    async def main() -> None:
        scripts = Scripts(llm=FakeChat(*answers, always="Well."))
        async with mcp_server() as seen, door(scripts, tool_networks="127.0.0.0/8") as opened:
            await story(opened, seen)

    asyncio.run(main())


def session(seen: Seen, **more: Any) -> Any:
    server = {"type": "mcp", "server_label": "orders", "server_url": seen.url, **more}
    return {"type": "realtime", "output_modalities": ["text"], "tools": [server]}


async def listed(it: Any, wanted: Any) -> list[dict[str, Any]]:
    await until(it, "session.created")
    await it.session.update(session=wanted)
    told = await until(it, "mcp_list_tools.completed")
    for event in told:
        check(event)
    return told


async def ask(it: Any) -> list[dict[str, Any]]:
    await it.conversation.item.create(item=user("Where is A-1?"))
    await it.response.create()
    return await until(it, "response.done")


async def rest(it: Any, told: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """All until that event, which may have come before the response was done."""
    if kind not in types(told):
        told += await until(it, kind)
    while not any(e["type"] == "conversation.item.done" and e["item"]["type"] == "mcp_call" for e in told):
        told += await until(it, "conversation.item.done")
    for event in told:
        check(event)
    return told


def test_a_servers_tools_are_listed_called_here_and_their_results_read() -> None:
    async def story(opened: Door, seen: Seen) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            told = await listed(it, session(seen, require_approval="never", authorization="secret"))
            assert types(told) == [
                "session.updated", "conversation.item.added", "mcp_list_tools.in_progress",
                "conversation.item.done", "mcp_list_tools.completed",
            ]  # fmt: skip
            assert "secret" not in str(told)
            assert {tool["name"] for tool in told[3]["item"]["tools"]} >= {"find_order", "cancel_order"}
            assert told[1]["item"]["tools"] == []
            told = await rest(it, await ask(it), "response.mcp_call.completed")
            kinds = [kind for kind in types(told) if "mcp" in kind]
            assert kinds == [
                "response.mcp_call_arguments.delta", "response.mcp_call_arguments.done",
                "response.mcp_call.in_progress", "response.mcp_call.completed",
            ]  # fmt: skip
            done = [e["item"] for e in told if e["type"] == "conversation.item.done"][-1]
            assert (done["type"], done["output"]) == ("mcp_call", "order A-1 left today")
            await it.response.create()
            again = await until(it, "response.done")
            assert again[-1]["response"]["output"][0]["content"][0]["text"] == "It left today."
        assert seen.calls == [("find_order", "A-1")] and seen.authorization == {"Bearer secret"}
        item = done["id"]
        assert ToolResult(item, "order A-1 left today") in opened.scripts.llm.calls[1].messages
        assert "find_order" in {tool.name for tool in opened.scripts.llm.calls[0].tools}
        assert [(fact.name, fact.outcome) for fact in facts(opened, ToolFinished)] == [("find_order", "ok")]
        assert [fact.name for fact in facts(opened, ToolStarted)] == ["find_order"]

    run(story, FIND, "It left today.")


@pytest.mark.parametrize("approve", [True, False])
def test_a_call_waits_for_its_approval(approve: bool) -> None:
    async def story(opened: Door, seen: Seen) -> None:
        approval: Any = {"never": {"read_only": True}}
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await listed(it, session(seen, require_approval=approval))
            told = await ask(it)
            (request,) = [
                e["item"] for e in told
                if e["type"] == "conversation.item.done" and e["item"]["type"] == "mcp_approval_request"
            ]  # fmt: skip
            assert (request["name"], request["arguments"]) == ("cancel_order", CANCEL.arguments)
            assert seen.calls == []
            answer: Any = {
                "type": "mcp_approval_response", "id": "mine", "approval_request_id": request["id"], "approve": approve,
            }  # fmt: skip
            await it.conversation.item.create(item=answer)
            end = "completed" if approve else "failed"
            told = await rest(it, [], f"response.mcp_call.{end}")
            done = [e["item"] for e in told if e["type"] == "conversation.item.done"][-1]
            assert done["approval_request_id"] == request["id"]
            assert ("output" in done, "error" in done) == (approve, not approve)
            await it.conversation.item.create(item={**answer, "id": "again"})
            assert (await until(it, "error"))[-1]["error"]["code"] == "invalid_approval_request_id"
        assert seen.calls == ([("cancel_order", "A-1")] if approve else [])
        assert [fact.outcome for fact in facts(opened, ToolFinished)] == ["ok" if approve else "failed"]

    run(story, CANCEL)


def test_only_what_is_allowed_is_offered_and_functions_stand_beside_it() -> None:
    async def story(opened: Door, seen: Seen) -> None:
        wanted = session(seen, allowed_tools={"read_only": True}, require_approval="never")
        wanted["tools"].append({"type": "function", "name": "find_order", "description": "Mine."})
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            told = await listed(it, wanted)
            assert [tool["name"] for tool in told[-2]["item"]["tools"]] == ["find_order"]
            choice: Any = {"type": "mcp", "server_label": "orders", "name": "find_order"}
            await it.response.create(response={"tool_choice": choice})
            told = await until(it, "response.done")
            assert told[-1]["response"]["output"][0]["type"] == "mcp_call"
            await rest(it, told, "response.mcp_call.completed")
        asked = opened.scripts.llm.calls[0]
        assert [tool.name for tool in asked.tools] == ["find_order", "orders__find_order"]
        assert asked.tool_choice == "orders__find_order"
        assert seen.calls == [("find_order", "B-2")]

    run(story, ToolCall("call_1", "orders__find_order", '{"number": "B-2"}'))


def test_a_server_that_cannot_be_reached_is_told_and_the_session_goes_on() -> None:
    async def story(opened: Door, seen: Seen) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.session.update(session=session(Seen("https://169.254.169.254/mcp")))
            told = await until(it, "mcp_list_tools.failed")
            for event in told:
                check(event)
            (error,) = [event["error"] for event in told if event["type"] == "error"]
            assert error["code"] == "mcp_list_tools_failed" and "network" in error["message"]
            assert (await ask(it))[-1]["response"]["status"] == "completed"

    run(story)


def test_a_tool_that_fails_is_told_with_its_reason() -> None:
    async def story(opened: Door, seen: Seen) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await listed(it, session(seen, require_approval="never"))
            told = await rest(it, await ask(it), "response.mcp_call.failed")
            done = [e["item"] for e in told if e["type"] == "conversation.item.done"][-1]
            assert done["error"]["type"] == "tool_execution_error" and "break_down" in done["error"]["message"]

    run(story, ToolCall("c", "break_down", "{}"))


@pytest.mark.parametrize(("model", "code"), [("gpt-realtime", "mcp_not_installed"), ("parley:", "mcp_not_here")])
def test_servers_are_refused_without_the_extra_and_beside_an_agents_file(
    model: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if code == "mcp_not_installed":
        monkeypatch.setattr("stages.mcp_client.find_spec", lambda _: None)

    async def main() -> None:
        async with door(Scripts(tts=FakeSynthesizer(ms_per_character=12))) as opened:
            async with opened.client().realtime.connect(model=model) as it:
                await until(it, "session.created")
                await it.session.update(session=session(Seen("https://mcp.example.com")))
                (error,) = [e["error"] for e in await until(it, "error") if e["type"] == "error"]
                assert (error["code"], error["param"]) == (code, "session.tools[0]")
                assert code != "mcp_not_installed" or "parley[mcp]" in error["message"]

    asyncio.run(main())
