"""A call of tests/stages/unseen as audio: a synthesised caller who listens before they say the next line."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import soxr

from api.compose import Parts, open_parts
from api.recording import Pcm
from api.settings import Settings
from api.standin import Standin, standing_in
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import MICROS
from pipeline.events import CallEnded, Envelope, FieldChanged, HandedOff, Transcribed, TurnCut, TurnSettled
from pipeline.flow import AudioFrame
from pipeline.pcm import EAR_RATE, LINE_RATE, silence
from pipeline.ports import Pull
from stages.dialogue.load import load_agent, shipped
from stages.dialogue.wanted import FieldType
from tests.stages.unseen_calls import Played, Unseen, facts

FRAME_S = 0.02
HEARD, SAID = EAR_RATE // 50, LINE_RATE // 50
QUIET_S = 0.6
"""The caller speaks this long after the agent's last sound."""
PATIENT_S = 15.0
"""The longest wait for an answer."""
MOST_TURNS = 11
DIGITS = "zero one two three four five six seven eight nine".split()
AS_HEARD = frozenset({FieldType.NAME, FieldType.TEXT, FieldType.ADDRESS})
"""What a recogniser may spell in another way: that something was noted is compared, not what."""


def speakable(calls: tuple[Unseen, ...]) -> tuple[Unseen, ...]:
    """Those that can be spoken in good time, a third of all, spread over agents and kinds: nobody waits in silence,
    and the agent is a shipped one."""
    fit = [call for call in calls if call.agent in shipped() and len(call.turns) <= MOST_TURNS]
    return tuple(call for call in fit if not any(turn.get("silence") for turn in call.turns))[::2]


class Caller:
    """A `pipeline.ports.Transport`: says each line when the agent is done, but for those that were not asked for."""

    name = "file"

    def __init__(self, call: Unseen) -> None:
        self.heard = ""
        """What the agent said last."""
        self.busy = True
        self._lines = [(turn.get("if"), said_aloud(turn["say"])) for turn in call.turns]
        self._pull: Pull | None = None
        self._quiet = 0
        self._closed = False

    async def up(self) -> None:
        return None

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        for index, pcm in enumerate(self._script()):
            await asyncio.sleep(start + (index + 1) * FRAME_S - loop.time())
            if self._closed:
                return
            sound = self._pull(SAID) if self._pull is not None else None
            self._quiet = 0 if sound is not None else self._quiet + 1
            yield AudioFrame(pcm, EAR_RATE, index * HEARD * MICROS // EAR_RATE)

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        self._closed = True

    def _script(self) -> Iterator[bytes]:
        yield from self._listening(at_least=3.0)
        for condition, pcm in self._lines:
            if condition and not re.search(condition.replace("?", r"\?"), self.heard, re.IGNORECASE):
                continue
            padded = np.concatenate([pcm, np.zeros(-pcm.size % HEARD, np.int16)])
            for at in range(0, padded.size, HEARD):
                yield padded[at : at + HEARD].tobytes()
            yield from self._listening(at_least=1.5)

    def _listening(self, at_least: float) -> Iterator[bytes]:
        for waited in range(round(PATIENT_S / FRAME_S)):
            if waited * FRAME_S >= at_least and self._quiet * FRAME_S >= QUIET_S and not self.busy:
                return
            yield silence(HEARD)


def said_aloud(line: str) -> Pcm:
    """The line at the ear's rate. Numbers are said digit by digit, as callers give them; years and dates are not."""
    from hibari import Hibari

    spoken_line = re.sub(r"(?<![\d/-])(?:0\d+|\d{5,}|\d{3}(?!\d))(?![\d/-])", _digits, line)
    said = np.concatenate(list(Hibari(threads=1).stream(spoken_line, speed=1.0, seed=0)))
    pcm = soxr.resample(said, 24_000, EAR_RATE)
    return (pcm / np.abs(pcm).max() * 12_000).astype(np.int16)


def _digits(found: re.Match[str]) -> str:
    return " ".join(DIGITS[int(digit)] for digit in found[0])


def spoken(call: Unseen, data_dir: Path) -> Played:
    """The call through the whole of Parley, in real time."""
    caller = Caller(call)
    log = asyncio.run(_held(Settings.load(data_dir=data_dir, agent=call.agent), caller))
    played = Played(agent=call.agent)
    facts(log, played)
    played.fields, played.status = _ledger(log)
    played.state = played.path[-1] if played.path else load_agent(call.agent).states[0].id
    said = ""
    for envelope in log:
        match envelope.event:
            case HandedOff() as passed:
                played.agent = passed.agent
            case Transcribed(_, text):
                said = text
            case (TurnSettled() | TurnCut()) as ended if ended.heard:
                played.talk.append((said, ended.heard))
                said = "(nothing)"
            case CallEnded(reason):
                played.ends = reason if reason != "caller_left" else None
    return played


async def _held(settings: Settings, caller: Caller) -> tuple[Envelope, ...]:
    standin = Standin.of(settings) if settings.needs_standin else None
    async with standing_in(standin) as url, open_parts(settings, url, recorded=False) as parts:
        await parts.warm()
        return await _call(parts, caller)


async def _call(parts: Parts, caller: Caller) -> tuple[Envelope, ...]:
    call, bus = await parts.call("call_spoken", caller, None)
    async with asyncio.TaskGroup() as scope:
        following = scope.create_task(_follow(bus, caller))
        watching = scope.create_task(_watch(call, caller))
        await call.run()
        await following
        watching.cancel()
    return bus.since(0)


async def _follow(bus: Bus, caller: Caller) -> None:
    async for envelope in bus.subscribe(10_000):
        match envelope.event:
            case (TurnSettled() | TurnCut()) as ended if ended.heard:
                caller.heard = ended.heard


async def _watch(call: Call, caller: Caller) -> None:
    while True:
        caller.busy = call.floor.holder.value not in ("nobody", "over")
        await asyncio.sleep(FRAME_S)


def _ledger(log: tuple[Envelope, ...]) -> tuple[dict[str, str], dict[str, str]]:
    fields: dict[str, str] = {}
    status: dict[str, str] = {}
    for envelope in log:
        match envelope.event:
            case FieldChanged(_, name, now, value):
                fields[name], status[name] = value, str(now)
    return {name: value for name, value in fields.items() if value}, status


def comparable(call: Unseen) -> Unseen:
    """Without what only the record of the house can tell, and without the spelling of names and free text."""
    after = {key: value for key, value in call.after.items() if key != "disposition"}
    types = {wanted.name: wanted.type for wanted in load_agent(call.agent).fields}
    fields = {name: "*" if types.get(name) in AS_HEARD else value for name, value in after.get("fields", {}).items()}
    return replace(call, after={**after, "fields": fields})
