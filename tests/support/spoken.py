"""A whole call by voice in this process, from the caller's samples to the agent's, and what came of it.

Nothing is left out but the wire to the providers: voice activity detection, the local recogniser, the dialogue with
its tools, and the local voice. Time is virtual and the engines take none of it, so a call goes the same way on every
machine.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from api.agents import Agents
from api.compose import Parts
from api.providers import Providers
from api.settings import Settings
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.events import (
    CallEnded,
    Envelope,
    FieldChanged,
    HandedOff,
    StateEntered,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnSettled,
)
from pipeline.terms import Terms
from stages.clips import Clips
from stages.dialogue.bounds import StageChoice, StageChoices
from stages.dialogue.fields import Ledger
from stages.dialogue.load import load_agent, shipped
from stages.dialogue.outcome import fold
from stages.dialogue.replay import replay
from stages.dialogue.wanted import FieldType
from stages.ports import ChatModel, Synthesizer, Transcriber
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.unseen_calls import FOLDER, TODAY, Played, Unseen, facts
from tests.support.caller import FRAME_S, Caller, EngineEar, EngineVoice, StillLoop
from vad import Ear

USUAL = StageChoice()
SHIPPED = FOLDER.parent / "spoken"
"""One call of each shipped agent, to be spoken."""
STRIDE = 7
AS_HEARD = frozenset({FieldType.NAME, FieldType.TEXT, FieldType.ADDRESS})
"""What a recogniser may spell in another way: that something was noted is compared, not what."""


@dataclass(frozen=True, slots=True)
class Engines:
    ear: Transcriber
    voice: EngineVoice


@cache
def engines() -> Engines:
    """The models, loaded once; about a second."""
    from stages.standin.engines.local import LocalHearing, LocalSpeech

    return Engines(EngineEar(LocalHearing(1)), EngineVoice(LocalSpeech()))


@cache
def clips() -> Clips:
    """Fixed lines are synthesised once for all calls."""
    return Clips()


class InProcess(Providers):
    """The stand-in's engines without its wire."""

    def prepare(self, choices: StageChoices) -> None:
        """There is nothing to connect to."""

    def ear(self, choice: StageChoice = USUAL) -> Transcriber:
        return engines().ear

    def brain(self, choice: StageChoice = USUAL) -> ChatModel:
        return EngineChat(RulesEngine())

    def model(self, name: str) -> ChatModel:
        return EngineChat(RulesEngine())

    def voice(self, choice: StageChoice = USUAL) -> Synthesizer:
        return engines().voice

    own_voice = voice


def held_in_process(agent: str, caller: Caller, data_dir: Path) -> tuple[Envelope, ...]:
    """The call, on virtual time; every envelope of it."""
    settings = Settings.load(data_dir=data_dir, agent=agent)
    with asyncio.Runner(loop_factory=StillLoop) as runner:
        return runner.run(_in_process(settings, caller))


async def _in_process(settings: Settings, caller: Caller) -> tuple[Envelope, ...]:
    providers = InProcess(settings, "http://127.0.0.1:9")
    parts = Parts(settings, providers, Agents(settings.agent), clips(), Ear.load(), Terms(strategy=settings.strategy))
    spec = await parts.agents.current()
    for one in (spec, *[await parts.agents.colleague(handoff.agent) for handoff in spec.handoffs]):
        await parts.rendering.render(one)
    return await hold(parts, caller)


async def hold(parts: Parts, caller: Caller) -> tuple[Envelope, ...]:
    """One call with that caller; they are told what they hear, and whether the agent is at work."""
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


# What came of it.


def outcome_of(agent: str, log: Sequence[Envelope]) -> Played:
    """What the record of a call says, in the words of tests/stages/unseen_calls.py."""
    played = Played(agent=agent, state=load_agent(agent).states[0].id)
    facts(counted(log), played)
    said = ""
    for envelope in log:
        match envelope.event:
            case HandedOff() as passed:
                played.agent = passed.agent
            case StateEntered(_, state, _):
                played.state = state
            case FieldChanged(_, name, now, value):
                played.fields[name], played.status[name] = value, str(now)
            case Transcribed(_, text):
                said = text
            case (TurnSettled() | TurnCut()) as ended if ended.heard:
                played.talk.append((said, ended.heard))
                said = "(nothing)"
            case CallEnded(reason):
                played.ends = reason if reason != "caller_left" else None
    played.fields = {name: value for name, value in played.fields.items() if value}
    played.disposition = fold(log, _ledger(played.agent, log)).disposition
    return played


def counted(log: Sequence[Envelope]) -> list[Envelope]:
    """Without the turns that were begun early and thrown away."""
    turns = {e.event.generation for e in log if isinstance(e.event, TurnCommitted)}
    turns |= {e.event.generation for e in log if isinstance(e.event, TurnBegan) and e.event.committed}
    return [e for e in log if getattr(e.event, "generation", None) in turns | {None}]


def _ledger(agent: str, log: Sequence[Envelope]) -> Ledger:
    return replay(log, load_agent(agent).fields)


def comparable(call: Unseen) -> Unseen:
    """Without the spelling of names and free text, which is the recogniser's, and without days named by today."""
    types = {wanted.name: wanted.type for wanted in load_agent(call.agent).fields}
    wanted = call.after.get("fields", {})
    fields = {name: "*" if types.get(name) in AS_HEARD or _is_day(value) else value for name, value in wanted.items()}
    return replace(call, after={**call.after, "fields": fields})


def _is_day(wanted: object) -> bool:
    """A weekday or "tomorrow", or the date that it is in calls by text: by voice today is another day."""
    if re.match(r"\d{4}-\d\d-\d\d", str(wanted)):
        return str(wanted) > TODAY.isoformat()
    return any(day in str(wanted).lower() for day in ("day", "tomorrow", "tonight", "next week"))


Hold = Callable[[str, Caller, Path], tuple[Envelope, ...]]


def spoken(call: Unseen, data_dir: Path, held: Hold = held_in_process) -> Played:
    """The call by voice."""
    return outcome_of(call.agent, held(call.agent, Caller.of(call.turns), data_dir))


def speakable(calls: Sequence[Unseen]) -> tuple[Unseen, ...]:
    """Those with a shipped agent in which nobody waits in silence, spread over agents and kinds."""
    ours = [call for call in calls if call.agent in shipped()]
    fit = [call for call in ours if not any(turn.get("silence") for turn in call.turns)]
    return tuple(call for first in range(STRIDE) for call in fit[first::STRIDE])
