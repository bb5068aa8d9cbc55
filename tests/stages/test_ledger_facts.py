"""Law: whatever happens to a field is a fact of the call, so that the record alone gives the ledger."""

import asyncio
import random

import pytest

from pipeline.events import Event, FieldChanged
from pipeline.signals import Cause
from stages.dialogue.load import shipped
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.scripted import call, play, scripts

Told = dict[str, tuple[str, str]]


def fold(told: Told, events: tuple[Event, ...]) -> None:
    for event in events:
        if isinstance(event, FieldChanged):
            told[event.name] = (event.status, event.value)


@pytest.mark.parametrize("name", shipped())
def test_in_every_scripted_conversation_the_facts_alone_give_the_ledger_after_every_turn(name: str) -> None:
    async def story() -> None:
        for script in [script for script in scripts() if script.agent == name]:
            held = call(name, EngineChat(RulesEngine()))
            told: Told = {}
            fold(told, (await held.play(Cause.GREETING)).events)
            rng = random.Random(len(script.turns))
            for turn in script.turns:
                # Every third reply is cut where nothing, or only its first words, were heard.
                cut = {"heard": rng.choice((0, 10))} if rng.random() < 0.3 and "say" in turn else {}
                fold(told, (await play(held, {**turn, **cut})).events)
                for entry in held.agent.dialogue.ledger:
                    known = told.get(entry.name, ("missing", ""))
                    assert known == (str(entry.status), entry.value), (turn, entry.name)
            held.agent.close()

    asyncio.run(story())
