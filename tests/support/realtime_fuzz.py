"""Random Realtime clients against a whole call on virtual time: a real floor, turn and playout, and scripted providers.

`converse(seed)` runs one session of random events, right and wrong ones, with random waits between them, and returns
what was found to be wrong with what the client was told. The same seed is the same session.
"""

import asyncio
import base64
import contextlib
import json
import random
from collections import Counter
from typing import Any

from api.realtime.brain import RealtimeBrain
from api.realtime.client import RealtimeClient
from api.realtime.desk import Desk
from api.realtime.open import OPEN_LIMITS, open_brain
from api.transports.socket import SocketLine
from api.wire.realtime_session import Session, agent_session, open_session, transcription_session
from api.wire.realtime_story import Story
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import CallClock
from pipeline.errors import ProviderUnavailable, ToolFault, ToolUnknown
from pipeline.events import CallStarted, Envelope
from pipeline.terms import Terms
from stages.agent import CallAgent
from stages.answer import Outside
from stages.mcp_client import Described, Server
from stages.ports import ToolCall, Voice
from stages.speak import Speak
from stages.transcribe import Transcribe
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat, FakeSynthesizer, FakeTranscriber, Wait, tone
from tests.support.realtime import Scripts
from vad.config import VadConfig
from vad.segmenter import VadSegmenter
from vad.verdict import SILENCE, Verdict

CODES = frozenset(
    "invalid_json invalid_event missing_required_parameter invalid_type invalid_value cannot_update_voice"
    " conversation_already_has_active_response response_cancel_not_active rate_limit_exceeded"
    " input_audio_buffer_commit_empty item_create_duplicate_item_id item_create_invalid_item_id"
    " item_retrieve_invalid_item_id item_truncate_invalid_item_id item_delete_invalid_item_id item_in_progress"
    " invalid_tool_call_id unsupported_content_type tool_name_taken item_locked response_locked"
    " mcp_not_installed mcp_not_here mcp_list_tools_failed invalid_approval_request_id".split()
)
SHOPS: tuple[dict[str, Any], ...] = (
    {"type": "mcp", "server_label": "shop", "server_url": "https://mcp.example.com", "require_approval": "never"},
    {"type": "mcp", "server_label": "shop", "server_url": "https://mcp.example.com"},
    {"type": "mcp", "server_label": "desk", "server_url": "https://desk.example.com", "allowed_tools": ["find"]},
)
TOOL = {"type": "function", "name": "lookup", "parameters": {"type": "object", "properties": {}}}
JUNK: tuple[Any, ...] = (None, True, -1, 7, 1.5, "", "x", [], {}, [None], {"type": "x"}, "é" * 9, 2**70)


class Loud:
    """A judge that takes every loud frame for voice."""

    def judge(self, frame: bytes) -> Verdict:
        loud = any(frame[:200])
        return Verdict(0, len(frame) // 2, True) if loud else SILENCE

    def played(self, pcm: bytes) -> None:
        """It has no echo."""


class Chance:
    """Draws the events of one client."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.items: list[str] = ["item_nowhere"]
        self.calls: list[str] = ["call_nowhere"]
        self.approvals: list[str] = ["mcpr_nowhere"]

    def event(self) -> str:
        event = self._right()
        if self.dice.random() < 0.25:
            event = self._spoilt(event)
        if self.dice.random() < 0.5:
            event["event_id"] = f"evt_{self.dice.randrange(99)}"
        text = json.dumps(event)
        return text[: self.dice.randrange(len(text))] if self.dice.random() < 0.03 else text

    def _right(self) -> dict[str, Any]:
        dice = self.dice
        kinds = (
            self._append, self._append, self._append, self._item, self._item, self._respond, self._respond,
            lambda: {"type": "input_audio_buffer.commit"}, lambda: {"type": "input_audio_buffer.clear"},
            lambda: {"type": "response.cancel"}, lambda: {"type": "output_audio_buffer.clear"}, self._update,
            lambda: {"type": "conversation.item.retrieve", "item_id": dice.choice(self.items)},
            lambda: {"type": "conversation.item.delete", "item_id": dice.choice(self.items)},
            lambda: {"type": "conversation.item.truncate", "item_id": dice.choice(self.items),
                     "content_index": dice.choice((0, 0, 0, 1)), "audio_end_ms": dice.choice((0, 100, 700, 5_000))},
        )  # fmt: skip
        return dice.choice(kinds)()

    def _append(self) -> dict[str, Any]:
        ms = self.dice.choice((20, 200, 600, 1_500))
        pcm = tone(ms) if self.dice.random() < 0.5 else bytes(48 * ms)
        return {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}

    def _item(self) -> dict[str, Any]:
        dice = self.dice
        text: dict[str, Any] = {"type": "input_text", "text": dice.choice(("hi", "", "\ud800", "\0" * 5))}
        sound = {"type": "input_audio", "audio": base64.b64encode(tone(300)).decode()}
        item: dict[str, Any] = dice.choice((
            {"type": "message", "role": "user", "content": [text]},
            {"type": "message", "role": "system", "content": [text]},
            {"type": "message", "role": "user", "content": [sound, text]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "ok"}]},
            {"type": "function_call_output", "call_id": dice.choice(self.calls), "output": "1"},
            {"type": "function_call_output", "call_id": dice.choice(self.calls), "output": "x" * 3_000},
            {"type": "mcp_approval_response", "approval_request_id": self.approvals[-1],
             "approve": dice.random() < 0.6},
        ))  # fmt: skip
        if dice.random() < 0.3:
            item["id"] = f"mine_{dice.randrange(9)}"
        event = {"type": "conversation.item.create", "item": item}
        if dice.random() < 0.3:
            event["previous_item_id"] = dice.choice(["root", *self.items])
        return event

    def _respond(self) -> dict[str, Any]:
        dice, response = self.dice, dict[str, Any]()
        if dice.random() < 0.4:
            response["output_modalities"] = [dice.choice(("text", "audio"))]
        if dice.random() < 0.25:
            response |= {"conversation": "none", "input": []}
        if dice.random() < 0.2:
            response |= {"metadata": {"a": "b"}, "tools": [TOOL], "max_output_tokens": 5}
        if dice.random() < 0.1:
            response |= {"tools": [dice.choice(SHOPS), {**TOOL, "name": "note"}]}
        if dice.random() < 0.1:
            response |= {"tool_choice": {"type": "mcp", "server_label": "shop", "name": "find"}}
        return {"type": "response.create", "response": response} if response else {"type": "response.create"}

    def _update(self) -> dict[str, Any]:
        dice = self.dice
        detection = dice.choice((
            None, {"type": "semantic_vad"}, {"type": "server_vad", "silence_duration_ms": 300},
            {"type": "server_vad", "create_response": False}, {"type": "server_vad", "interrupt_response": False},
        ))  # fmt: skip
        format = {"type": dice.choice(("audio/pcm", "audio/pcmu", "audio/pcma"))}
        change: dict[str, Any] = dice.choice((
            {"audio": {"input": {"turn_detection": detection}}}, {"audio": {"input": {"format": format}}},
            {"audio": {"output": {"format": format}}}, {"tools": [TOOL]}, {"output_modalities": ["text"]},
            {"audio": {"input": {"transcription": {"model": "m"}}}}, {"output_modalities": ["audio"]},
            {"tools": [dice.choice(SHOPS)]}, {"tools": [TOOL, *dice.sample(SHOPS, 2)]},
            {"tools": [TOOL, {**TOOL, "name": dice.choice(("note", "lookup", "find", "end_call"))}]},
        ))  # fmt: skip
        return {"type": "session.update", "session": {"type": "realtime", **change}}

    def _spoilt(self, event: dict[str, Any]) -> dict[str, Any]:
        """One thing of it is junk, gone, or something that nobody asked for."""
        place: Any = event
        while isinstance(place, dict) and place and self.dice.random() < 0.6:
            inner = [value for value in place.values() if isinstance(value, dict)]
            if not inner:
                break
            place = self.dice.choice(inner)
        key = self.dice.choice([*place, "more"])
        if self.dice.random() < 0.3:
            place.pop(key, None)
        else:
            place[key] = self.dice.choice(JUNK)
        return event


def scripts(dice: random.Random) -> Scripts:
    """Providers that answer, call functions, stall and fail."""
    answers: tuple[Any, ...] = (
        "It left today, and it should be with you tomorrow.", "Yes.", (Wait(0.4), "Well. ", "Now."),
        ToolCall("", "lookup", "{}"), ("One moment. ", ToolCall("", "lookup", "{}")), "",
        ("Let me see. ", ToolCall("", "find", '{"a": 1}'), ToolCall("", "note", '{"field": "issue", "value": "tap"}')),
        (ToolCall("", "find", "{}"), ToolCall("", "desk__find", "[]"), ToolCall("", "end_call", "{")),
        ProviderUnavailable("llm", "it is down"), (Wait(3.0), "late"),
    )  # fmt: skip
    heard: tuple[Any, ...] = ("Where is my order?", "", (Wait(0.3), "Yes."), ProviderUnavailable("stt", "it is down"))
    said: tuple[Any, ...] = ((Wait(0.1), tone(800)), tone(2_000), ProviderUnavailable("tts", "it is down"))
    return Scripts(
        stt=FakeTranscriber(*dice.choices(heard, (6, 1, 3, 1), k=400)),
        llm=FakeChat(*dice.choices(answers, (4, 4, 3, 2, 2, 1, 4, 3, 1, 1), k=400)),
        tts=FakeSynthesizer(*dice.choices(said, (6, 3, 1), k=800)),
    )


class Watcher:
    """Looks at what the client is told, as a strict client would."""

    def __init__(self, chance: Chance) -> None:
        self.found: list[str] = []
        self.kinds: Counter[str] = Counter()
        self._chance = chance
        self._ids: set[str] = set()
        self._open: set[str] = set()
        self._done: set[str] = set()
        self._calls: set[str] = set()

    def look(self, text: str) -> None:
        event = json.loads(text)
        kind = event["type"]
        self.kinds[kind] += 1
        if event["event_id"] in self._ids:
            self.found.append(f"the id {event['event_id']} came twice")
        self._ids.add(event["event_id"])
        response = event.get("response_id") or event.get("response", {}).get("id")
        if kind == "error" and event["error"]["code"] not in CODES:
            self.found.append(f"undocumented: {event['error']}")
        if kind == "response.created":
            self._open.add(response)
        elif response is not None and response not in self._open:
            self.found.append(f"{kind} of a response that is {'over' if response in self._done else 'unknown'}")
        if kind == "response.done":
            self._open.discard(response)
            self._done.add(response)
            items = [item for item in event["response"]["output"] if item.get("status") == "in_progress"]
            self.found += [f"{item['id']} is in progress for ever" for item in items]
        if kind == "conversation.item.added":
            self._chance.items.append(event["item"]["id"])
            if event["item"]["type"] == "function_call":
                self._chance.calls.append(event["item"]["call_id"])
            if event["item"]["type"] == "mcp_approval_request":
                self._chance.approvals.append(event["item"]["id"])
        if kind == "response.mcp_call.in_progress":
            self._calls.add(event["item_id"])
        if kind in ("response.mcp_call.completed", "response.mcp_call.failed"):
            self._calls.discard(event["item_id"])

    def end(self) -> None:
        if self._open:
            self.found.append(f"never done: {self._open}")
        if self._calls:
            self.found.append(f"calls without an end: {self._calls}")


class Shops:
    """MCP servers that answer, stall and fail."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    async def tools(self, server: Server) -> tuple[Described, ...]:
        await self._serve()
        reads = {"readOnlyHint": True}
        return (Described("find", "Finds.", {"type": "object"}, reads), Described("buy", "Buys.", {}, {}))

    async def call(self, server: Server, tool: str, arguments: dict[str, object]) -> str:
        await self._serve()
        return f"{tool} gave this"

    async def _serve(self) -> None:
        await asyncio.sleep(self._dice.choice((0, 0.1, 2.0)))
        if self._dice.random() < 0.3:
            raise self._dice.choice((ToolFault("it is down"), ToolUnknown("it was late")))


def converse(seed: int, events: int = 25) -> tuple[list[str], Counter[str]]:
    """What was wrong, and how often each kind of event was told."""
    chance = Chance(seed)
    watcher = Watcher(chance)
    run_virtual(_converse(chance, watcher, events))
    watcher.end()
    return watcher.found, watcher.kinds


def _brain(desk: Desk, provided: Scripts) -> RealtimeBrain:
    if not desk.has_agent:
        settings: Any = type("Settings", (), {"stt_language": "", "tts_voice": ""})
        return open_brain(desk, provided, settings)
    transcribe, speak = Transcribe(provided.stt), Speak(provided.tts, Voice())
    agent = CallAgent(booking(), provided.llm, transcribe, speak, outside=Outside(client=desk.errands))
    return desk.think(agent, transcribe, speak)


def _terms(desk: Desk) -> Terms:
    return Terms() if desk.has_agent else Terms(limits=OPEN_LIMITS)


async def _converse(chance: Chance, watcher: Watcher, events: int) -> None:
    dice = chance.dice
    has_agent = dice.random() < 0.3
    session: Session = transcription_session("s") if dice.random() < 0.1 else open_session("s", "m")
    if has_agent:
        session = agent_session("s")
    session.takes_servers = dice.random() < 0.8
    if session.takes_servers and session.realtime is not None and not has_agent and dice.random() < 0.5:
        session.update({"type": "realtime", "tools": [TOOL, dice.choice(SHOPS)]})
    desk = Desk(Story("call_1", session, paced=False), has_agent=has_agent)
    desk.mcp.servers = Shops(dice)
    line = SocketLine(desk.sound)
    line.is_awaited = desk.steering.awaits_silence
    client = RealtimeClient(desk, line, is_beta=False)
    desk.attach(client)
    provided = scripts(dice)
    brain = _brain(desk, provided)
    ear = desk.listen(lambda: VadSegmenter(VadConfig(), Loud()))
    facts: list[Envelope] = []
    bus = Bus("call_1", CallClock.start(), (desk,))
    call = Call(line, ear, brain, bus, CallStarted("session", "", "realtime", 0), _terms(desk))
    desk.open(call, bus.publish)
    async with asyncio.TaskGroup() as scope:
        holding = scope.create_task(desk.hold(call))
        running = scope.create_task(line.run())
        for _ in range(events):
            await client.take(chance.event())
            if dice.random() < 0.6:
                await asyncio.sleep(dice.choice((0, 0, 0.02, 0.1, 0.5, 2.0)))
            for text in client.now():
                watcher.look(text)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                while (
                    desk.story.replies
                    or desk.aparts.open
                    or desk.story.request
                    or desk.wanted.waiting()
                    or (desk.writer.mcp.is_running)
                ):
                    await asyncio.sleep(0.5)
        line.leave()
        await holding
        running.cancel()
    for text in client.now():
        watcher.look(text)
    facts += bus.since(0)
    if client.close_code not in (1000, 1001):
        watcher.found.append(f"closed with {client.close_code}")
    watcher.found += [f"{name} was left open" for name in ("stt", "llm", "tts") if getattr(provided, name).script.open]
