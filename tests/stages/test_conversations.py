"""The shipped agents in scripted calls by text: every hard thing that callers do, and what has to come of it."""

import asyncio
from collections import Counter

import pytest

from pipeline.events import ToolFinished, ToolStarted
from stages.dialogue.load import shipped
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.scripted import Scripted, call, play, scripts, seen

SCRIPTS = tuple(scripts())


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_the_call_goes_as_scripted(script: Scripted) -> None:
    asyncio.run(_held(script))


async def _held(script: Scripted) -> None:
    held = call(script.agent, EngineChat(RulesEngine()))
    await held.greet()
    finishes, done = None, list[str]()
    for number, turn in enumerate(script.turns):
        reply = await play(held, turn)
        where = f"turn {number + 1} ({turn.get('say', 'silence')}): {reply.text!r}"
        assert reply.text, where
        for word in turn.get("reply", ()):
            assert word.lower() in reply.text.lower(), where
        for word in turn.get("never", ()):
            assert word.lower() not in reply.text.lower(), where
        found = seen(held, reply)
        for key in ("state", "tools", "agent", "escalated"):
            assert turn.get(key, found[key]) == found[key], where
        for key in ("fields", "status"):
            assert {**found[key], **turn.get(key, {})} == found[key], where
        finishes = reply.finishes
        done += [event.tool_call for event in reply.events if isinstance(event, ToolStarted) and event.writes]
    assert finishes == script.ends
    assert len(done) == len(set(done)), "no write runs twice"


def test_every_shipped_agent_has_its_calls() -> None:
    counted = Counter(script.agent for script in SCRIPTS)
    assert {name: counted[name] for name in shipped() if counted[name] < 6} == {}
    assert len({str(script) for script in SCRIPTS}) == len(SCRIPTS)


def test_a_tool_that_ran_was_begun() -> None:
    async def held() -> None:
        talk = call("reception", EngineChat(RulesEngine()))
        await talk.greet()
        reply = await talk.say("What do you charge?")
        begun = [event.tool_call for event in reply.events if isinstance(event, ToolStarted)]
        assert begun == [event.tool_call for event in reply.events if isinstance(event, ToolFinished)] != []

    asyncio.run(held())
