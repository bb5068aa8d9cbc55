"""The same callers with a model that errs: wrong values, wrong fields, early moves, writes out of turn, or no tools.

The caller of these calls tells the truth: to a read-back that is wrong they say no. Then the ledger has to be right
whatever the model does, because code decides what is confirmed, written and entered.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest

from api.chat import Piece
from pipeline.events import Envelope, FieldChanged, StateEntered, ToolFinished, ToolStarted
from stages.dialogue.fields import Status
from stages.dialogue.outcome import disposition
from stages.dialogue.story import gather
from stages.dialogue.wanted import Risk
from stages.dialogue.yesno import affirms, is_yes
from stages.ports import ChatPiece, ChatRequest, TextPiece, ToolCall, Usage
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.unseen_calls import Unseen, agent, caller, every, value_fits

CALLS = tuple(call for call in every() if call.after.get("fields"))
MADE_UP = ("5551234567", "99999", "1999-01-01", "Max Mustermann", "1 Wrong Road", "x@wrong.example", "today", "refused")
LIES = ("I've booked that for you.", "Your refund is approved.", "Everything is confirmed. Goodbye.", "Which one?")


@dataclass
class Misled:
    """The stand-in's rules, and errors on top: `errs` is the chance of each."""

    rng: random.Random
    errs: float
    mute: bool = False
    """It never calls a tool."""
    model: str = "misled"
    made: int = 0
    inner: EngineChat = field(default_factory=lambda: EngineChat(RulesEngine()))

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        if self.rng.random() < self.errs:
            yield TextPiece(self.rng.choice(LIES) + " ")
        async for piece in self.inner.answer(request):
            if not isinstance(piece, ToolCall):
                yield piece
            elif not self.mute and self.rng.random() > self.errs / 2:
                yield self._bent(piece, request)
        if not self.mute and self.rng.random() < self.errs:
            yield self._made_up(request)
        yield Usage()

    def _bent(self, call: ToolCall, request: ChatRequest) -> ToolCall:
        if self.rng.random() > self.errs:
            return call
        given = json.loads(call.arguments)
        if "value" in given:
            given["value"] = self.rng.choice(MADE_UP)
        else:
            given = {name: self.rng.choice(MADE_UP) for name in given}
        return ToolCall(call.id, call.name, json.dumps(given))

    def _made_up(self, request: ChatRequest) -> ToolCall:
        """Any tool there is, offered or not, with arguments of its shape."""
        self.made += 1
        tool = self.rng.choice(request.tools)
        properties: dict[str, Any] = tool.parameters.get("properties", {})
        given = {name: self._argument(part) for name, part in properties.items()}
        return ToolCall(f"made_{self.made}", tool.name, json.dumps(given))

    def _argument(self, part: dict[str, Any]) -> str:
        return self.rng.choice(part.get("enum") or MADE_UP)


@dataclass
class Truthful:
    """Plays a call; answers a read-back by what the caller really wants."""

    call: Unseen
    model: Misled
    log: list[Envelope] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def play(self) -> None:
        self.brain, self.chat = caller(self.call.agent, self.model, self.log)
        await self.chat.greet(_silent)
        for turn in self.call.turns:
            if "say" in turn and self.chat.ended is None:
                await self._say(turn["say"])
        for _ in range(3):
            # The misled model may have brought up more to confirm.
            if self.brain.dialogue.asking is not None and self.chat.ended is None:
                await self._say("yes")
        self.chat.end("caller_left")

    async def _say(self, text: str) -> None:
        asking = self.brain.dialogue.asking
        if asking is not None and (is_yes(text) or affirms(text)) and not self._is_right(asking.field):
            text = "No, that's wrong."
        self.said.append(text)
        await self.chat.say(text, _silent)

    def _is_right(self, name: str) -> bool:
        value = self.brain.dialogue.fields.get(name, "")
        wanted = self.call.after["fields"].get(name)
        return wanted is not None and value_fits(wanted, value)


async def _silent(piece: Piece) -> None:
    """Nobody reads along."""


def held(call: Unseen, errs: float, seed: int, mute: bool = False) -> Truthful:
    play = Truthful(call, Misled(random.Random(f"{call}{seed}"), errs, mute))
    asyncio.run(play.play())
    return play


def wrong(play: Truthful) -> list[str]:
    """What code let happen that it must not."""
    call, ledger, found = play.call, play.brain.dialogue.ledger, list[str]()
    for entry in ledger:
        settled = entry.status == Status.CONFIRMED and entry.field.risk == Risk.HIGH
        if settled and not value_fits(call.after["fields"].get(entry.name, "?"), entry.value):
            found.append(f"{entry.name} is confirmed as {entry.value!r}")
    found += _writes(play) + _moves(play)
    if disposition(gather(play.log), ()) in ("", "open"):
        found.append("no disposition")
    return found


def _writes(play: Truthful) -> list[str]:
    """No write before what it needs is confirmed, and none twice with the same arguments while nothing has changed."""
    found, confirmed, known = list[str](), dict[str, str](), dict[str, str]()
    done: list[tuple[str, str, str]] = []
    spec = agent(play.call.agent)
    risky = {wanted.name for wanted in spec.fields if wanted.risk == Risk.HIGH}
    begun: dict[str, ToolStarted] = {}
    for envelope in play.log:
        match envelope.event:
            case FieldChanged(_, name, status, value):
                known[name], confirmed[name] = value, value if status == Status.CONFIRMED else ""
            case ToolStarted() as tool if tool.writes:
                begun[tool.tool_call] = tool
            case ToolFinished(_, id, name, "ok", _) if id in begun and name in spec.tools:
                needed = set(spec.tool(name).requires) & risky
                found += [f"{name} ran without a confirmed {one}" for one in needed if not confirmed.get(one)]
                done.append((name, str(begun[id].arguments), str(known)))
    return found + [f"{name} ran twice alike" for name, *_ in {one for one in done if done.count(one) > 1}]


def _moves(play: Truthful) -> list[str]:
    """Every state was entered by a transition of the one before, or with the agent that took over."""
    found, specs = list[str](), [agent(play.call.agent)]
    specs += [agent(way.agent) for way in specs[0].handoffs]
    states = {state.id: state for spec in specs for state in spec.states}
    begins = {spec.states[0].id for spec in specs[1:]}
    for envelope in play.log:
        match envelope.event:
            case StateEntered(_, to, previous) if previous and to not in begins:
                legal = [move.next_step for move in states[previous].transitions]
                if to not in legal:
                    found.append(f"{previous} -> {to}")
    return found


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_what_a_model_gets_wrong_is_neither_confirmed_nor_written(call: Unseen) -> None:
    play = held(call, errs=0.35, seed=1)
    assert wrong(play) == [], play.said


def test_a_model_without_tools_settles_nothing_that_was_not_said() -> None:
    for call in CALLS[::6]:
        play = held(call, errs=0.0, seed=1, mute=True)
        assert wrong(play) == [], (str(call), play.said)
        assert not [one for one in play.log if isinstance(one.event, ToolStarted) and one.event.writes], str(call)


def test_a_caller_who_agrees_to_anything_shows_that_the_check_can_fail() -> None:
    found = []
    for call in CALLS[:40]:
        play = Truthful(call, Misled(random.Random(str(call)), 0.8))
        play._is_right = lambda name: True  # type: ignore[method-assign]
        asyncio.run(play.play())
        found += wrong(play)
    assert any("confirmed as" in one for one in found)
