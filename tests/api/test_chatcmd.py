"""A conversation in the terminal."""

import asyncio
import io
import json
import os
import subprocess
import sys
from pathlib import Path

from api.chat import Chat
from api.chatcmd import Screen, converse, lines_of
from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from tests.api.house import FakeParts
from tests.support.providers import FakeChat


def shown(*said: str, model: object = None, **options: bool) -> tuple[str, str | None]:
    async def story() -> tuple[str, str | None]:
        out = io.StringIO()
        parts = FakeParts(model=model)
        chat = Chat(*await parts.chat("call_1", None))
        lines: Channel[str] = Channel(100)
        for line in said:
            lines.offer(line + "\n")
        lines.close()
        await converse(chat, Screen(out, **options), lines)
        return out.getvalue(), chat.ended

    return asyncio.run(story())


def test_a_conversation_is_shown_with_states_fields_and_tools_as_they_change() -> None:
    text, ended = shown("My tap leaks", "", "Anna Miller", "Tuesday", "No thanks, goodbye", echoes=True)
    assert ended == "agent_goodbye"
    lines = [line.strip() for line in text.splitlines()]
    assert lines[1].startswith("agent  Hello, this is Parley Home Services.")
    for line in ("you    My tap leaks", "· state 1_issue -> 2_name", "· field name = Anna Miller (heard)"):
        assert line in lines
    assert any(line.startswith("· tool schedule: ok") for line in lines)
    assert lines[-1] == "(the conversation is over: agent_goodbye)"
    assert not any(line.startswith("agent   ") for line in lines)


def test_the_end_of_the_input_is_the_caller_leaving() -> None:
    text, ended = shown("My tap leaks", quiet=True)
    assert ended == "caller_left" and "·" not in text and "you    " in text


def test_each_event_can_be_a_line_of_json() -> None:
    text, _ = shown("My tap leaks", as_json=True)
    events = [json.loads(line) for line in text.splitlines()]
    assert {event["event"] for event in events} == {"words", "state", "tool", "field", "done"}
    assert events[-1]["fields"] == {"issue": "My tap leaks"}


def test_a_failure_is_shown_even_when_quiet() -> None:
    text, _ = shown("My tap leaks", model=FakeChat(always=ProviderUnavailable("llm", "away")), quiet=True)
    assert "· failed: away (provider_unavailable)" in text


def test_a_person_who_is_asked_for_is_told_of() -> None:
    text, _ = shown("I want to talk to a human please")
    assert "· a person is asked to take over: " in text


def test_lines_are_read_beside_the_loop() -> None:
    async def story() -> list[str]:
        return [line async for line in lines_of(io.StringIO("one\ntwo\n"))]

    assert asyncio.run(story()) == ["one\n", "two\n"]


def test_the_command_talks_to_the_stand_in(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PARLEY_", "OPENAI_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "api.cli", "chat", "reception"],
        input="My tap leaks\nGoodbye\n",
        env={**environment, "PARLEY_DATA_DIR": str(tmp_path), "PARLEY_STANDIN_ENGINE": "local"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    assert "state 1_issue -> 2_name" in ran.stdout and "over: agent_goodbye" in ran.stdout
