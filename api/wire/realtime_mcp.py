"""MCP servers of a session as its clients see them: tools listed, calls told, approvals asked for. Pure.

What has to be done outside waits in `taken`; whoever does it tells `listed`, `unlisted`, `finished` or `failed`.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.wire import realtime_shapes as shapes
from api.wire.realtime_fields import Function, McpFilter, McpTool
from api.wire.realtime_items import Entry
from api.wire.realtime_refused import refuse
from api.wire.realtime_reply import ReplyTeller
from api.wire.realtime_shapes import Json
from api.wire.realtime_story import Reply, Story
from pipeline.events import ToolFinished, ToolStarted
from stages.ports import ToolSpec

MOST_TOOLS = 128
"""Tools of all servers together; what a server has beyond them is not offered."""
DENIED = "The call was not approved."
UNASKED = "Nobody approved the call in time."
_NAME = re.compile(r"[^a-zA-Z0-9_-]")


@dataclass(frozen=True, slots=True)
class Listed:
    """A tool as its server describes it."""

    name: str
    description: str
    schema: Json
    annotations: Json

    @property
    def reads(self) -> bool:
        return self.annotations.get("readOnlyHint") is True


@dataclass(frozen=True, slots=True)
class Listing:
    """Ask the server for its tools; `item` tells of it."""

    item: str
    server: McpTool


@dataclass(frozen=True, slots=True)
class Calling:
    """Call a tool of a server, for the item that tells of it. `call`, `name`: as the record has them."""

    item: str
    server: McpTool
    tool: str
    arguments: str
    generation: int
    call: str
    name: str
    output_index: int
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody has to say whether a call may be made, but is not waited for for ever."""

    request: str


Job = Listing | Calling | Asking


class McpTeller:
    """One call's servers."""

    def __init__(self, story: Story, teller: ReplyTeller) -> None:
        self._story = story
        self._teller = teller
        self._servers: dict[str, McpTool] = {}
        self._tools: dict[str, tuple[Listed, ...]] = {}
        self._awaiting: dict[str, Calling] = {}
        """Calls that wait for an approval, by the request's id."""
        self._running: dict[str, Calling] = {}
        self._due: list[Job] = []

    def taken(self) -> list[Job]:
        """What is to be done now; once."""
        due, self._due = self._due, []
        return due

    # Servers and their tools.

    def update(self) -> None:
        """The session may have other servers now: new and changed ones are asked for their tools."""
        session = self._story.session.realtime
        wanted = {tool.server_label: tool for tool in session.tools if isinstance(tool, McpTool)} if session else {}
        for label in [label for label, server in self._servers.items() if wanted.get(label) != server]:
            del self._servers[label]
            self._tools.pop(label, None)
        for label, server in wanted.items():
            if label not in self._servers:
                self._servers[label] = server
                self._ask(server)

    def _ask(self, server: McpTool) -> None:
        item = self._story.names.new("mcpl")
        wire = shapes.mcp_tools(item, server.server_label, ())
        previous = self._story.conversation.add(Entry(item, wire))
        self._story.send("conversation.item.added", previous_item_id=previous, item=wire)
        self._story.send("mcp_list_tools.in_progress", item_id=item)
        self._due.append(Listing(item, server))

    def listed(self, job: Listing, tools: tuple[Listed, ...]) -> None:
        label = job.server.server_label
        kept = tuple(tool for tool in tools if _matches(job.server.allowed_tools, tool))
        if self._servers.get(label) == job.server:
            room = MOST_TOOLS - sum(len(other) for name, other in self._tools.items() if name != label)
            self._tools[label] = kept = kept[: max(0, room)]
        described = [_described(tool) for tool in kept]
        self._finish(job.item, shapes.mcp_tools(job.item, label, described), heft=len(json.dumps(described)))
        self._story.send("mcp_list_tools.completed", item_id=job.item)

    def unlisted(self, job: Listing, why: str) -> None:
        said = f"Error retrieving tool list from MCP server '{job.server.server_label}': {why}"
        self._story.send("error", error=shapes.fault(code="mcp_list_tools_failed", message=said))
        entry = self._story.conversation.find(job.item)
        if entry is not None:
            self._finish(job.item, entry.wire)
        self._story.send("mcp_list_tools.failed", item_id=job.item)

    def offered(self, labels: frozenset[str] | None = None) -> tuple[ToolSpec, ...]:
        """What the model is told of; `labels`: of these servers only. Servers leave out what providers insist on."""
        return tuple(
            ToolSpec(name, tool.description, {"properties": {}, **tool.schema, "type": "object"}, strict=False)
            for name, (label, tool) in self._named().items()
            if labels is None or label in labels
        )

    def name_of(self, label: str, tool: str) -> str | None:
        """What the model knows a server's tool as."""
        return next((name for name, (at, one) in self._named().items() if (at, one.name) == (label, tool)), None)

    def _named(self) -> dict[str, tuple[str, Listed]]:
        """Every tool under a name that no other has: its own where that is free."""
        session = self._story.session.realtime
        taken = {tool.name for tool in session.functions} if session is not None else set()
        named: dict[str, tuple[str, Listed]] = {}
        for label, tools in self._tools.items():
            for tool in tools:
                for name in (_NAME.sub("_", tool.name)[:64], _NAME.sub("_", f"{label}__{tool.name}")[:64]):
                    if name and name not in named and name not in taken:
                        named[name] = (label, tool)
                        break
        return named

    def check(self, tools: Sequence[Function | McpTool]) -> None:
        """A response may narrow the servers of its session, and bring none. Raises Refused."""
        for index, tool in enumerate(tools):
            if isinstance(tool, McpTool) and tool.server_label not in self._servers:
                said = "A server is brought by session.update; a response may name those of its session."
                raise refuse("invalid_value", said, f"response.tools[{index}].server_label")

    # Calls.

    def call(self, reply: Reply, started: ToolStarted) -> bool:
        """The model calls a tool; False if it is none of a server's."""
        found = self._named().get(started.name)
        if found is None:
            return False
        label, tool = found
        server = self._servers[label]
        output = self._teller.consult(reply, started, label, tool.name)
        job = Calling(
            output.item, server, tool.name, started.arguments, started.generation, started.tool_call, started.name,
            output.index,
        )  # fmt: skip
        if _needs_approval(server, tool):
            self._ask_for(job)
        else:
            self._run(job)
        return True

    def _ask_for(self, job: Calling) -> None:
        id = self._story.names.new("mcpr")
        wire = shapes.mcp_approval(id, job.server.server_label, job.tool, job.arguments)
        previous = self._story.conversation.add(Entry(id, wire))
        for kind in ("conversation.item.added", "conversation.item.done"):
            self._story.send(kind, previous_item_id=previous, item=wire)
        self._awaiting[id] = replace(job, approval=id)
        self._due.append(Asking(id))

    def approve(self, request: str, is_approved: bool) -> ToolFinished | None:
        """A client answers a request that `is_awaited`; the fact for the record, if there is no call now."""
        job = self._awaiting.pop(request)
        if is_approved:
            self._run(job)
            return None
        self._running[job.item] = job
        return self.failed(job, DENIED)

    def give_up(self, request: str) -> ToolFinished | None:
        """Nobody has said so in time."""
        job = self._awaiting.pop(request, None)
        if job is None:
            return None
        self._running[job.item] = job
        return self.failed(job, UNASKED)

    def is_awaited(self, request: str) -> bool:
        return request in self._awaiting

    @property
    def is_running(self) -> bool:
        """Is a call being made?"""
        return bool(self._running)

    @property
    def are_done(self) -> bool:
        """Is no call open?"""
        return not (self._awaiting or self._running)

    def _run(self, job: Calling) -> None:
        self._running[job.item] = job
        self._story.send("response.mcp_call.in_progress", item_id=job.item, output_index=job.output_index)
        self._due.append(job)

    def finished(self, job: Calling, output: str) -> ToolFinished | None:
        """It gave this; the fact for the record, if the call was still open."""
        return self._end(job, "response.mcp_call.completed", "ok", output=output)

    def failed(self, job: Calling, why: str, *, unknown: bool = False) -> ToolFinished | None:
        error = {"type": "tool_execution_error", "message": why}
        return self._end(job, "response.mcp_call.failed", "unknown" if unknown else "failed", error=error)

    def _end(self, job: Calling, kind: str, outcome: str, **result: Any) -> ToolFinished | None:
        if self._running.pop(job.item, None) is None:
            return None
        wire = shapes.mcp_call(job.item, job.server.server_label, job.tool, job.arguments)
        if job.approval:
            wire["approval_request_id"] = job.approval
        self._story.send(kind, item_id=job.item, output_index=job.output_index)
        self._finish(job.item, {**wire, **result})
        self._teller.amend(job.item, {**wire, **result})
        text = result["output"] if "output" in result else json.dumps(result["error"])
        return ToolFinished(job.generation, job.call, job.name, outcome, text)

    def _finish(self, item: str, wire: Json, heft: int = 0) -> None:
        entry = self._story.conversation.find(item)
        if entry is not None:
            entry.wire, entry.heft = wire, heft
            previous = self._story.conversation.before(item)
            self._story.send("conversation.item.done", previous_item_id=previous, item=wire)


def _described(tool: Listed) -> Json:
    shown = {"name": tool.name, "input_schema": tool.schema}
    if tool.description:
        shown["description"] = tool.description
    return {**shown, "annotations": tool.annotations} if tool.annotations else shown


def _matches(wanted: list[str] | McpFilter | None, tool: Listed) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, list):
        return tool.name in wanted
    by_name = wanted.tool_names is None or tool.name in wanted.tool_names
    return by_name and (wanted.read_only is None or wanted.read_only == tool.reads)


def _needs_approval(server: McpTool, tool: Listed) -> bool:
    """Everything does, unless the session says otherwise."""
    asked = server.require_approval
    if isinstance(asked, str):
        return asked == "always"
    if asked.always is not None and _matches(asked.always, tool):
        return True
    return asked.never is None or not _matches(asked.never, tool)
