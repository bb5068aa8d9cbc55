"""Agent files of a process."""

import asyncio
import os
import threading
from pathlib import Path

import pytest

import api.agents
from api.agents import Agents
from pipeline.errors import NotFound, SpecInvalid
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec

AGENT = """
name: {name}
objective: Talk.
greeting: Hello from {name}.
disclosure: I'm an AI assistant.
states:
  - id: only
    description: The only one.
"""


def write(path: Path, name: str, at: int) -> None:
    path.write_text(AGENT.format(name=name))
    os.utime(path, ns=(at, at))


def test_an_agents_file_is_read_again_when_it_changes_and_mistakes_keep_the_last_good_one(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / "mine.yaml"
        write(path, "first", 1_000)
        agents = Agents(str(path))
        before = await agents.current()
        assert before.name == "first" and await agents.current() is before
        write(path, "second", 2_000)
        assert (await agents.current()).name == "second" and before.name == "first"
        path.write_text("name: [broken")
        os.utime(path, ns=(3_000, 3_000))
        assert (await agents.current()).name == "second"

    asyncio.run(story())


def test_callers_may_name_shipped_agents_but_no_files(tmp_path: Path) -> None:
    async def story() -> None:
        write(tmp_path / "secret.yaml", "secret", 1_000)
        agents = Agents("reception")
        assert await agents.current("reception") is await agents.current()
        for name in (str(tmp_path / "secret.yaml"), "../examples/reception.yaml", "", "nobody"):
            with pytest.raises(NotFound) as caught:
                await agents.current(name)
            assert caught.value.code == "unknown_agent"

    asyncio.run(story())


def test_a_colleague_is_a_shipped_agent_or_a_file_beside_the_default_one(tmp_path: Path) -> None:
    async def story() -> None:
        write(tmp_path / "front.yaml", "front", 1_000)
        write(tmp_path / "back.yaml", "back", 1_000)
        agents = Agents(str(tmp_path / "front.yaml"))
        assert (await agents.colleague("back")).name == "back"
        assert (await agents.colleague("reception")).name == "reception"
        with pytest.raises(NotFound):
            await agents.colleague("nobody")

    asyncio.run(story())


def test_a_missing_agent_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SpecInvalid):
        asyncio.run(Agents(str(tmp_path / "none.yaml")).current())


def test_a_file_is_never_read_on_the_event_loop_and_once_for_all_who_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[threading.Thread] = []

    def watched(name: str) -> AgentSpec:
        readers.append(threading.current_thread())
        return load_agent(name)

    async def story() -> None:
        monkeypatch.setattr(api.agents, "load_agent", watched)
        write(tmp_path / "front.yaml", "front", 1_000)
        agents = Agents(str(tmp_path / "front.yaml"))
        asked = [agents.current() for _ in range(5)]
        asked += [agents.current("clinic_booking"), agents.colleague("home_services")]
        await asyncio.gather(*asked)
        write(tmp_path / "front.yaml", "changed", 2_000)
        assert (await agents.current()).name == "changed"

    asyncio.run(story())
    assert len(readers) == 4
    assert threading.main_thread() not in readers
