"""Functions of a client beside the tools of an agent's file, with OpenAI's own client."""

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from pipeline.events import Event, StateEntered, ToolFinished, ToolStarted
from stages.ports import Said, ToolCall, ToolResult
from tests.api.routes.test_realtime_socket import run, say, spoken, user
from tests.api.wire.test_realtime import check
from tests.support.providers import FakeChat, FakeSynthesizer, tone
from tests.support.realtime import Door, Scripts, until

SHOW: Any = {
    "type": "function", "name": "show_map", "description": "Shows a map on the caller's screen.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
}  # fmt: skip
CALL = ToolCall("call_9", "show_map", '{"place": "Berlin"}')
NOTE = ToolCall("call_8", "note", '{"field": "issue", "value": "a leaking tap"}')
QUICK = FakeSynthesizer(ms_per_character=12)
WRITTEN: Any = {"type": "realtime", "output_modalities": ["text"], "tools": [SHOW]}


def output(text: str = '{"shown": true}') -> Any:
    return {"type": "function_call_output", "call_id": "call_9", "output": text}


async def greeted(it: Any, session: Any = WRITTEN) -> list[dict[str, Any]]:
    """The opening is heard; then the session has the client's functions."""
    await until(it, "response.done")
    await it.session.update(session=session)
    return await until(it, "session.updated")


async def asked_for_the_map(it: Any, until_told: str = "response.done") -> None:
    await it.conversation.item.create(item=user("Show me."))
    await it.response.create()
    await until(it, until_told)


def facts(opened: Door, kind: type[Event]) -> list[Any]:
    return [envelope.event for envelope in opened.facts() if isinstance(envelope.event, kind)]


def test_both_kinds_of_tools_are_called_in_one_answer_and_each_is_run_where_it_belongs() -> None:
    llm = FakeChat(("I see. ", NOTE, CALL), "There it is: Berlin.")

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            (updated,) = await greeted(it)
            assert [tool["name"] for tool in updated["session"]["tools"]] == ["show_map"]
            await it.conversation.item.create(item=user("My tap leaks. Where are you?"))
            await it.response.create()
            told = await until(it, "response.done")
            for event in told:
                check(event)
            assert [item["type"] for item in told[-1]["response"]["output"]] == ["message", "function_call"]
            (call,) = [e for e in told if e["type"] == "response.function_call_arguments.done"]
            assert (call["name"], call["call_id"], call["arguments"]) == ("show_map", "call_9", CALL.arguments)
            assert "note" not in str(told), "the agent's own tools are nobody's business"
            await it.conversation.item.create(item=output())
            await it.response.create()
            again = await until(it, "response.done")
            assert again[-1]["response"]["output"][0]["content"][0]["text"] == "There it is: Berlin."
        first, second = opened.scripts.llm.calls
        assert {"note", "show_map"} <= {tool.name for tool in first.tools}
        assert [tool.strict for tool in first.tools if tool.name == "show_map"] == [False]
        assert "show_map" in next(line.text for line in reversed(first.messages) if isinstance(line, Said))
        assert ToolResult("call_9", '{"shown": true}') in second.messages
        started = {fact.name: fact.writes for fact in facts(opened, ToolStarted)}
        assert started == {"note": False, "show_map": True}
        assert {fact.name: fact.outcome for fact in facts(opened, ToolFinished)} == {"note": "ok", "show_map": "ok"}

    run(story, Scripts(llm=llm, tts=QUICK))


def test_states_still_decide_what_the_agents_own_tools_may_do() -> None:
    move = ToolCall("m", "move_to", '{"next_step": "nowhere"}')
    llm = FakeChat((move, CALL), "Done.")

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            await greeted(it)
            await asked_for_the_map(it)
        outcomes = {fact.name: fact.outcome for fact in facts(opened, ToolFinished)}
        assert outcomes["move_to"] == "refused"
        assert len(facts(opened, StateEntered)) == 1

    run(story, Scripts(llm=llm, tts=QUICK))


@pytest.mark.parametrize("name", ["note", "lookup", "escalate"])
def test_a_function_may_not_be_named_like_a_tool_of_the_agents(name: str) -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            await until(it, "response.done")
            session: Any = {"type": "realtime", "tools": [SHOW, {**SHOW, "name": name}]}
            await it.session.update(session=session)
            (refused,) = await until(it, "error")
            check(refused)
            fault = refused["error"]
            assert (fault["code"], fault["param"]) == ("tool_name_taken", "session.tools[1].name")
            await it.send({"type": "response.create", "response": {"tools": session["tools"]}})
            (refused,) = await until(it, "error")
            assert refused["error"]["param"] == "response.tools[1].name"
            await it.session.update(session={"type": "realtime"})
            (updated,) = await until(it, "session.updated")
            assert updated["session"]["tools"] == [], "nothing of the refused one was applied"

    run(story, Scripts(tts=QUICK))


def test_a_file_may_keep_clients_functions_out(tmp_path: Path) -> None:
    own = Path("stages/dialogue/examples/reception.yaml").read_text(encoding="utf-8")
    (tmp_path / "reception.yaml").write_text(own + "\nclient_tools: false\n", encoding="utf-8")

    async def story(opened: Door) -> None:
        from api.agents import Agents

        opened.parts.agents = Agents(str(tmp_path / "reception.yaml"))
        async with opened.client().realtime.connect(model="parley:") as it:
            (updated,) = await greeted(it)
            assert updated["session"]["tools"] == []
            await it.conversation.item.create(item=user("Hello?"))
            await it.response.create()
            await until(it, "response.done")
        assert "show_map" not in {tool.name for tool in opened.scripts.llm.calls[0].tools}

    run(story, Scripts(llm=FakeChat(always="Hello."), tts=QUICK))


def test_a_caller_who_goes_on_meanwhile_is_answered_and_the_output_still_counts() -> None:
    llm = FakeChat(("Let me look. ", CALL), "We are in Berlin.", "As I said: there it is.")

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            await greeted(it, {"type": "realtime", "tools": [SHOW]})
            await asked_for_the_map(it)
            await say(it, spoken())
            told = await until(it, "response.done")
            assert told[-1]["response"]["status"] == "completed"
            await it.conversation.item.create(item=output())
            await it.response.create()
            await until(it, "response.done")
        _, second, third = opened.scripts.llm.calls
        pending = [line for line in second.messages if isinstance(line, ToolResult) and line.id == "call_9"]
        assert json.loads(pending[0].output)["pending"] is True
        assert ToolResult("call_9", '{"shown": true}') in third.messages

    run(story, Scripts(llm=llm, tts=QUICK))


def test_an_interrupted_answer_keeps_its_call_and_only_what_was_heard() -> None:
    slow = FakeSynthesizer(tone(200), tone(200), always=(tone(3_000), tone(3_000)))
    words = "Let me look that up for you right away, it will be on your screen in a moment, and then we go on."
    llm = FakeChat((words, CALL), always="Yes?")

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            await greeted(it, {"type": "realtime", "tools": [SHOW]})
            await asked_for_the_map(it, "response.function_call_arguments.done")
            await say(it, spoken())
            told = await until(it, "response.done")
            assert told[-1]["response"]["status"] == "cancelled"
            assert [item["type"] for item in told[-1]["response"]["output"]] == ["message", "function_call"]
            await it.conversation.item.create(item=output())
            while (await until(it, "conversation.item.done"))[-1]["item"]["type"] != "function_call_output":
                pass
        assert {fact.name: fact.outcome for fact in facts(opened, ToolFinished)}["show_map"] == "ok"
        heard = [line for line in opened.scripts.llm.calls[-1].messages if isinstance(line, Said)]
        assert not any(words in line.text for line in heard)

    run(story, Scripts(llm=llm, tts=slow))


def test_an_output_that_never_comes_does_not_leave_the_caller_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.realtime.errands.DEADLINE", 0.2)
    llm = FakeChat(("Let me look. ", CALL), "I could not find it.")

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            await greeted(it)
            await asked_for_the_map(it)
            told = await until(it, "response.done")
            assert told[-1]["response"]["output"][0]["content"][0]["text"] == "I could not find it."
        assert [fact.outcome for fact in facts(opened, ToolFinished)] == ["unknown"]

    run(story, Scripts(llm=llm, tts=QUICK))


def test_a_secret_brings_functions_and_one_that_collides_begins_no_call() -> None:
    async def story(opened: Door) -> None:
        address = f"{opened.address}?model=parley:reception"
        for tool in (SHOW, {**SHOW, "name": "note"}):
            session: Any = {"type": "realtime", "model": "parley:reception", "tools": [tool]}
            async with opened.client() as client:
                secret = await client.realtime.client_secrets.create(session=session)
            headers = {"Authorization": f"Bearer {secret.value}"}
            if tool is SHOW:
                async with connect(address, additional_headers=headers) as it:
                    created = json.loads(await it.recv())
                assert [one["name"] for one in created["session"]["tools"]] == ["show_map"]
                continue
            with pytest.raises(InvalidStatus) as refused:
                await connect(address, additional_headers=headers)
            assert refused.value.response.status_code == 400
            assert b"tool_name_taken" in (refused.value.response.body or b"")

    run(story, Scripts(tts=QUICK))
