"""Asks MCP servers for their tools and calls these, beside the call, and tells its clients what came of it."""

import asyncio
import json
import logging
import re
from collections.abc import Callable
from typing import Protocol

from api.wire.realtime_fields import McpTool
from api.wire.realtime_mcp import Asking, Calling, Job, Listed, Listing, McpTeller
from pipeline.channel import Channel
from pipeline.errors import ToolFault, ToolUnknown
from pipeline.events import Event
from stages.mcp_client import Described, Server

log = logging.getLogger(__name__)

MOST_OPEN = 32
"""Jobs that may be open at once: whoever brings more servers, or calls them faster, is told that they failed. And as
many calls may wait for an approval."""
APPROVAL_SECONDS = 60.0
TOO_MANY = "too much is being asked of servers already"


class Servers(Protocol):
    """`stages.mcp_client.McpClient`."""

    async def tools(self, server: Server) -> tuple[Described, ...]: ...

    async def call(self, server: Server, tool: str, arguments: dict[str, object]) -> str: ...


class McpErrands:
    """`run` it beside the call; `give` it what is due. `flush` sends what the story has to say."""

    def __init__(self, teller: McpTeller, flush: Callable[[], None], publish: Callable[[Event], object]) -> None:
        self._teller = teller
        self._flush = flush
        self._publish = publish
        self._jobs: Channel[Listing | Calling] = Channel(MOST_OPEN)
        self._open = 0
        self._asked: dict[str, asyncio.TimerHandle] = {}
        """Approvals that are waited for, by their requests, and some that came meanwhile."""
        self.servers: Servers | None = None

    async def run(self) -> None:
        """Until it is cancelled."""
        try:
            async with asyncio.TaskGroup() as scope:
                async for job in self._jobs:
                    scope.create_task(self._do(job))
        finally:
            for timer in self._asked.values():
                timer.cancel()

    def take_up(self) -> None:
        """What is due is done beside the call."""
        for job in self._teller.taken():
            if isinstance(job, Asking):
                self._await(job)
            elif self.servers is None or self._open == MOST_OPEN or not self._jobs.offer(job):
                self._fail(job, TOO_MANY)
            else:
                self._open += 1

    def _await(self, job: Asking) -> None:
        """Somebody is asked for an approval, but not for ever."""
        for request in [request for request in self._asked if not self._teller.is_awaited(request)]:
            self._asked.pop(request).cancel()
        if len(self._asked) == MOST_OPEN:
            self._fail(job, TOO_MANY)
        else:
            self._asked[job.request] = asyncio.get_running_loop().call_later(APPROVAL_SECONDS, self._give_up, job)

    def _give_up(self, job: Asking) -> None:
        del self._asked[job.request]
        self._tell(self._teller.give_up(job.request))

    async def _do(self, job: Listing | Calling) -> None:
        try:
            if isinstance(job, Listing):
                await self._list(job)
            else:
                await self._call(job)
        except ToolFault as fault:
            self._fail(job, str(fault), unknown=isinstance(fault, ToolUnknown))
        except Exception:
            log.exception("asking an MCP server failed")
            self._fail(job, "internal error", unknown=True)
        finally:
            self._open -= 1

    async def _list(self, job: Listing) -> None:
        assert self.servers is not None
        found = await self.servers.tools(_reached(job.server))
        tools = tuple(Listed(one.name, one.description, one.schema, one.annotations) for one in found)
        self._teller.listed(job, tools)
        self._flush()

    async def _call(self, job: Calling) -> None:
        assert self.servers is not None
        output = await self.servers.call(_reached(job.server), job.tool, _arguments(job))
        self._tell(self._teller.finished(job, output))

    def _fail(self, job: Job, why: str, *, unknown: bool = False) -> None:
        match job:
            case Listing():
                self._teller.unlisted(job, why)
                self._flush()
            case Calling():
                self._tell(self._teller.failed(job, why, unknown=unknown))
            case Asking(request):
                self._tell(self._teller.give_up(request))
        if not isinstance(job, Asking):
            log.warning("an MCP server failed", extra={"server": job.server.server_label, "why": why})

    def _tell(self, fact: Event | None) -> None:
        if fact is not None:
            self._publish(fact)
        self._flush()


def _arguments(job: Calling) -> dict[str, object]:
    """Raises ToolFault."""
    try:
        arguments = json.loads(job.arguments or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise ToolFault("the arguments are no JSON object")
    return arguments


def _reached(server: McpTool) -> Server:
    headers = dict(server.headers or {})
    if server.authorization:
        bare = _BEARER.sub("", server.authorization.strip())
        headers["Authorization"] = f"Bearer {bare}"
    return Server(server.server_url, headers)


_BEARER = re.compile(r"^bearer +", re.IGNORECASE)
