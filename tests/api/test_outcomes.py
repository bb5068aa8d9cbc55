"""Outcomes are read at checkpoints, kept at the end, and found again after a crash."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api import outcomes as module
from api.outcomes import Outcomes, message_of
from api.store import Journal, Store, open_store
from api.store.copier import Copier
from api.store.keys import wall_ms
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.errors import NotFound, ProviderUnavailable
from pipeline.events import (
    CallEnded,
    CallStarted,
    Event,
    FieldChanged,
    Transcribed,
    TurnBegan,
    TurnSettled,
)
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import Evidence
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec
from stages.extract import Extract
from tests.support.providers import FakeChat

SPEC = load_agent("reception")
READ = json.dumps({"summary": "Anna's tap leaks.", "fields": {"name": "Mallory", "day": "Tuesday"}})


class Memory:
    def __init__(self) -> None:
        self.dialogue = Dialogue.begin(SPEC)


async def spec_of(name: str) -> AgentSpec:
    if name != "reception":
        raise NotFound("no such agent")
    return SPEC


class Desk:
    """One call with its bus, its ledger and its record."""

    def __init__(self, store: Store, directory: Path, model: FakeChat, tells: bool) -> None:
        self.model = model
        self.store = store
        self.directory = directory
        self.outcomes = Outcomes(Extract(model), store, spec_of, tells)
        self.memory = Memory()
        self.bus = Bus("call_a", CallClock.start(), [self.outcomes])
        self.outcomes.watch(self.bus, self.memory)

    def tell(self, *events: Event) -> None:
        for event in events:
            self.bus.publish(event)

    def talk(self) -> None:
        self.tell(CallStarted("reception", SPEC.hash, "chat", wall_ms() - 300_000))
        self.tell(TurnBegan(1, "utterance", True, None), Transcribed(1, "It's Anna"))
        ledger = self.memory.dialogue.ledger.heard("name", "Anna", Evidence(1, 5, 9, "Anna"))
        step = SPEC.states[1].id
        self.memory.dialogue = replace(self.memory.dialogue, ledger=ledger, step=step)
        self.tell(FieldChanged(1, "name", "heard", "Anna", 1, 5, 9, "Anna"))
        self.tell(TurnSettled(1, "heard", ()))

    async def copy(self) -> None:
        """Bring the call to the database."""
        journal = Journal(self.directory / "journal")
        await journal.open()
        for envelope in self.bus.since(0):
            journal.append(envelope)
        await journal.close()
        await Copier(self.directory / "journal", self.store).drain()

    async def until(self, met: Any) -> None:
        async with asyncio.timeout(20):
            while not await met():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def desk(directory: Path, *, answer: object = READ, tells: bool = False) -> AsyncIterator[Desk]:
    store = await open_store("", directory)
    made = Desk(store, directory, FakeChat(always=answer), tells)
    running = asyncio.create_task(made.outcomes.run())
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()


def test_an_ended_call_is_read_and_kept_and_its_ledger_wins(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, tells=True) as d:
            d.talk()
            d.tell(CallEnded("caller_left"))
            await d.copy()
            await d.until(lambda: d.store.outcomes.get("call_a"))
            told = await d.outcomes.told("call_a")
            assert told is not None and told.final and told.extracted
            assert (told.disposition, told.summary) == ("abandoned", "Anna's tap leaks.")
            values = {field.name: (field.value, field.source) for field in told.fields}
            assert values["name"] == ("Anna", "ledger") and values["day"] == ("Tuesday", "model")
            (message,) = await d.store.outbox.claim(wall_ms(), 1_000)
            body = json.loads(message.body)
            assert (message.id, body["type"], body["data"]["call"]) == ("msg_call_a", "call.outcome", "call_a")
            assert body["timestamp"].endswith("Z")

    asyncio.run(story())


def test_what_calls_have_found_out_is_told_of_many_at_once_live_or_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as d:
            d.talk()
            live = await d.outcomes.several(["call_a", "call_none"])
            assert list(live) == ["call_a"] and live["call_a"].disposition == "open"
            d.tell(CallEnded("caller_left"))
            await d.copy()
            await d.until(lambda: d.store.outcomes.get("call_a"))
            kept = (await d.outcomes.several(["call_none", "call_a"]))["call_a"]
            assert kept.final and kept.fields == live["call_a"].fields[:1] + kept.fields[1:]
            assert await d.outcomes.several([]) == {}

    asyncio.run(story())


def test_a_state_change_is_a_checkpoint_and_what_it_read_stands_in_for_an_end_that_cannot_be_read(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with desk(tmp_path) as d:
            d.talk()

            async def is_read() -> bool:
                told = await d.outcomes.told("call_a")
                return told is not None and told.extracted

            await d.until(is_read)
            told = await d.outcomes.told("call_a")
            assert told is not None and (told.disposition, told.final) == ("open", False)
            d.tell(TurnSettled(1, "heard", ()))  # the same state: nothing is read again
            assert len(d.model.calls) == 1
            d.model.script._always = ProviderUnavailable("llm", "away")
            d.tell(CallEnded("caller_left"))
            await d.copy()
            await d.until(lambda: d.store.outcomes.get("call_a"))
            told = await d.outcomes.told("call_a")
            assert told is not None and told.final and told.summary == "Anna's tap leaks."

    asyncio.run(story())


def test_without_a_model_the_facts_are_enough(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, answer=ProviderUnavailable("llm", "away")) as d:
            d.talk()
            d.tell(CallEnded("caller_left"))
            await d.copy()
            await d.until(lambda: d.store.outcomes.get("call_a"))
            told = await d.outcomes.told("call_a")
            assert told is not None and not told.extracted
            assert told.disposition == "abandoned" and "name: Anna" in told.summary
            assert await d.store.outbox.claim(wall_ms(), 1_000) == ()

    asyncio.run(story())


def test_a_call_whose_server_died_is_folded_from_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUIET_MS", 0)
    monkeypatch.setattr(module, "SWEEP_S", 0.05)

    async def story() -> None:
        async with desk(tmp_path) as d:
            d.outcomes._watched.clear()  # another process held it
            d.talk()
            d.tell(CallEnded("interrupted"))
            assert await d.outcomes.told("call_a") is None
            await d.copy()
            await d.until(lambda: d.store.outcomes.get("call_a"))
            told = await d.outcomes.told("call_a")
            assert told is not None and told.disposition == "failed"
            assert {field.name: field.value for field in told.fields}["name"] == "Anna"

    asyncio.run(story())


def test_a_call_that_nobody_kept_an_outcome_of_is_folded_when_asked_for(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as d:
            d.outcomes._watched.clear()
            d.tell(CallStarted("somebody else", "hash", "webrtc", 1_000), CallEnded("caller_left"))
            await d.copy()
            told = await d.outcomes.told("call_a")
            assert told is not None and (told.disposition, told.fields) == ("no_input", [])
            assert await d.outcomes.told("call_b") is None
            assert message_of(told).id == "msg_call_a"

    asyncio.run(story())
