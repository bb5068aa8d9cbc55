"""Calls by people who knew neither the agents' authors nor their rules: what they say, and what has to come of it.

agent: home_services                   # a shipped agent, or the path of a file beside the calls
calls:
  - name: a self-repair
    kind: correction                   # what is hard about it; figures are given by kind
    turns:
      - My tap drips
      - {if: plumbing|heating, say: Plumbing}   # said only if the agent's last words hold one of these
      - {silence: true}
    after:                             # how things stand after the last turn
      fields: {phone: "5550147", issue: ~tap}   # alternatives in a list; `~` the words in it; "*" any value
      status: {phone: settled}         # settled: confirmed or corrected
      path: [2_type?, 3_urgency]       # the states entered after the first; `?` may be left out
      state: 3_urgency
      agent: home_services
      ran: [write_back, end_call?]     # every tool that succeeded, besides note and move_to, in this order
      never_ran: [schedule]
      escalated: false
      ends: agent_goodbye
      disposition: completed           # in the outcome; a call that has not ended is hung up by the caller first
      said: [word]                     # in the last reply; said_any: one of them
      told: [word]                     # in any reply
      never_said: [discount]           # in no reply
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from api.chat import Chat, Piece
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.events import CallStarted, Envelope, Escalated, StateEntered, ToolFinished, ToolStarted
from pipeline.signals import Cause
from stages.agent import CallAgent
from stages.answer import Outside
from stages.dialogue.load import load_agent, read_agent, shipped
from stages.dialogue.outcome import fold
from stages.dialogue.spec import AgentSpec
from stages.ports import ChatModel
from stages.tools_address import networks
from stages.tools_function import equipped
from stages.tools_http import Egress
from stages.tools_own import own_tools
from tests.stages.conversation import no_speaking, no_transcribing
from tests.stages.unseen_endpoint import endpoint

FOLDER = Path(__file__).parent / "unseen"
LATER = ("fresh", "later", "next", "last")
"""Each written after the repairs that the one before it led to."""
TODAY = date(2026, 11, 28)
"""A Saturday: the day of the call, by which a Tuesday is the first of December."""
QUIET = frozenset({"note", "move_to"})
SETTLED = ("confirmed", "corrected")
YES_NO = {True: "yes", False: "no"}
"""YAML reads a bare yes as a truth value."""


@dataclass(frozen=True, slots=True)
class Unseen:
    origin: str
    agent: str
    name: str
    kind: str
    turns: tuple[Mapping[str, Any], ...]
    after: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.origin}: {self.name}"


@dataclass(slots=True)
class Played:
    """What became of a call."""

    fields: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    state: str = ""
    agent: str = ""
    ran: list[str] = field(default_factory=list)
    twice: bool = False
    escalated: bool = False
    ends: str | None = None
    disposition: str = ""
    talk: list[tuple[str, str]] = field(default_factory=list)

    @property
    def replies(self) -> list[str]:
        return [reply for _, reply in self.talk]


def every() -> tuple[Unseen, ...]:
    """Of the first round, and those that were written after each round of repairs."""
    return tuple(call for folder in (FOLDER, *(FOLDER / name for name in LATER)) for call in unseen(folder))


def unseen(folder: Path = FOLDER) -> Iterator[Unseen]:
    for path in sorted(folder.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text("utf-8"))
        for call in raw["calls"]:
            turns = tuple(_turn(turn) for turn in call["turns"])
            yield Unseen(path.stem, raw["agent"], call["name"], call["kind"], turns, call["after"])


def _turn(raw: object) -> Mapping[str, Any]:
    if isinstance(raw, Mapping):
        return {**raw, "say": _words(raw["say"])} if "say" in raw else raw
    return {"say": _words(raw)}


def _words(raw: object) -> str:
    return YES_NO[raw] if isinstance(raw, bool) else str(raw)


@cache
def agent(name: str) -> AgentSpec:
    if name in shipped():
        return equipped(load_agent(name))
    path = FOLDER / name
    return equipped(read_agent(path.read_text("utf-8").replace("https://cards.example.com", endpoint()), name))


async def _colleague(name: str) -> AgentSpec:
    return agent(name)


@dataclass(frozen=True, slots=True)
class Log:
    kept: list[Envelope]

    def observe(self, envelope: Envelope) -> None:
        self.kept.append(envelope)


def caller(name: str, model: ChatModel, log: list[Envelope]) -> tuple[CallAgent, Chat]:
    spec = agent(name)
    egress = Egress(networks=networks("127.0.0.0/8"))
    outside = Outside(tools=own_tools(egress), agent=_colleague, today=TODAY)
    brain = CallAgent(spec, model, no_transcribing, no_speaking, outside=outside)
    bus = Bus("call_unseen", CallClock.start(), (Log(log),))
    return brain, Chat(brain, bus, CallStarted(spec.name, spec.hash, "chat", 0))


async def play(call: Unseen, model: ChatModel) -> Played:
    """The whole call by text, on the brain and the record of a conversation by text."""
    log: list[Envelope] = []
    brain, chat = caller(call.agent, model, log)
    played, words = Played(), list[str]()

    async def tell(piece: Piece) -> None:
        if piece.kind == "words":
            words.append(piece.body["text"] + (" " if piece.body["pause"] else ""))

    await chat.greet(tell)
    last = "".join(words)
    for turn in call.turns:
        if chat.ended is not None:
            break
        if "if" in turn and not re.search(turn["if"].replace("?", r"\?"), last, re.IGNORECASE):
            continue
        words.clear()
        if turn.get("silence"):
            await chat._play(Cause.REPROMPT, None, tell, False)  # by text nobody is silent
        else:
            await chat.say(turn["say"], tell)
        last = " ".join("".join(words).split())
        played.talk.append((turn.get("say", "(silence)"), last))
    played.ends = chat.ended
    chat.end("caller_left")
    ledger = brain.dialogue.ledger
    played.state, played.agent = brain.dialogue.step, brain.dialogue.spec.name
    played.fields = {entry.name: entry.value for entry in ledger if entry.value}
    played.status = {entry.name: str(entry.status) for entry in ledger}
    facts(log, played)
    played.disposition = fold(log, ledger).disposition
    return played


def facts(log: Sequence[Envelope], played: Played) -> None:
    """What the record says of a call."""
    begun = list[str]()
    for envelope in log:
        match envelope.event:
            case StateEntered(_, state, previous) if previous:
                played.path.append(state)
            case ToolFinished(_, _, name, "ok", _) if name not in QUIET:
                played.ran.append(name)
            case ToolStarted() as tool if tool.writes:
                begun.append(tool.tool_call)
            case Escalated():
                played.escalated = True
    played.twice = len(begun) != len(set(begun))


def faults(call: Unseen, played: Played) -> list[str]:
    """How what came of it differs from what was to come of it."""
    after, found = call.after, list[str]()
    for name, wanted in after.get("fields", {}).items():
        if not value_fits(wanted, played.fields.get(name, "")):
            found.append(f"{name} is {played.fields.get(name)!r}, not {wanted!r}")
    for name, wanted in after.get("status", {}).items():
        allowed = SETTLED if wanted == "settled" else _listed(wanted)
        if played.status.get(name) not in allowed:
            found.append(f"{name} is {played.status.get(name)}, not {'/'.join(allowed)}")
    for key in ("path", "ran"):
        if key in after and not _order_fits(after[key], getattr(played, key)):
            found.append(f"{key} is {getattr(played, key)}, not {after[key]}")
    for key in ("state", "agent", "escalated", "ends", "disposition"):
        if key in after and getattr(played, key) not in _listed(after[key]):
            found.append(f"{key} is {getattr(played, key)!r}, not {after[key]!r}")
    found += [f"{name} ran" for name in after.get("never_ran", ()) if name in played.ran]
    last, every = (played.replies or [""])[-1].lower(), " ".join(played.replies).lower()
    found += [f"{word!r} was not said: {last}" for word in after.get("said", ()) if word.lower() not in last]
    found += [f"{word!r} was never said" for word in after.get("told", ()) if word.lower() not in every]
    found += [f"{word!r} was said" for word in after.get("never_said", ()) if word.lower() in every]
    if "said_any" in after and not any(word.lower() in last for word in after["said_any"]):
        found.append(f"none of {after['said_any']} was said: {last}")
    if "ends" not in after and played.ends is not None:
        found.append(f"the call ended: {played.ends}")
    if played.twice:
        found.append("a write ran twice")
    return found + ["nothing was said" for reply in played.replies if not reply][:1]


def _listed(wanted: object) -> Sequence[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def value_fits(wanted: object, value: str) -> bool:
    return any(_one_fits(str(one), value) for one in _listed(wanted))


def _one_fits(wanted: str, value: str) -> bool:
    if wanted == "*":
        return bool(value)
    if wanted.startswith("~"):
        return all(word in f"{value} {_weekday(value)}".lower() for word in wanted[1:].lower().split())
    return _plain(wanted) == _plain(value)


def _weekday(value: str) -> str:
    """Of a value that begins with a date."""
    dated = re.match(r"\d{4}-\d\d-\d\d", value)
    return f"{date.fromisoformat(dated[0]):%A}" if dated else ""


def _plain(value: str) -> str:
    return re.sub(r"[ ,.]+", " ", value.lower()).strip() if "@" not in value else value.lower()


def _order_fits(wanted: Sequence[str], found: Sequence[str]) -> bool:
    pattern = "".join(f"(?:{re.escape(one.rstrip('?'))};){'?' if one.endswith('?') else ''}" for one in wanted)
    return re.fullmatch(pattern, "".join(f"{one};" for one in found)) is not None
