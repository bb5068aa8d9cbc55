"""Agent files by name, read again when they change, and never on the event loop."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from api.zones import check_zone
from pipeline.errors import NotFound, SpecInvalid
from stages.answer import Tool
from stages.dialogue.load import load_agent, shipped
from stages.dialogue.spec import AgentSpec
from stages.tools_function import equipped
from stages.tools_own import own_tools

log = logging.getLogger(__name__)


class Agents:
    """The agents of this process. Calls that are going on keep the file that they began with.

    `current` and `colleague` are for the event loop: a file is looked at, and read if it changed, in a thread.
    """

    def __init__(self, default: str, tools: Callable[[AgentSpec], Mapping[str, Tool]] = own_tools()) -> None:  # noqa: B008
        self.default = default
        self.tools = tools
        self._read: dict[str, tuple[int, AgentSpec]] = {}
        self._reading = threading.Lock()

    async def current(self, name: str | None = None) -> AgentSpec:
        """The default agent, or a shipped one by its name. Raises NotFound: callers may not name files."""
        return await asyncio.to_thread(self._named, name)

    async def colleague(self, name: str) -> AgentSpec:
        """The agent that an agent file hands over to: a shipped one, or a file beside the default agent's."""
        return await asyncio.to_thread(self._beside, name)

    def _named(self, name: str | None) -> AgentSpec:
        if name is None or name == self.default:
            return self._current(self.default)
        if name not in shipped():
            raise NotFound(f"There is no agent {name[:80]!r}; there are: {', '.join(shipped())}.", code="unknown_agent")
        return self._current(name)

    def _beside(self, name: str) -> AgentSpec:
        beside = Path(self.default).parent / (name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
        if name not in shipped() and beside.is_file():
            return self._current(str(beside))
        return self._named(name)

    def _current(self, name: str) -> AgentSpec:
        path = Path(name)
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        with self._reading:
            known = self._read.get(name)
            if known is None or known[0] != changed:
                known = (changed, self._load(name, known))
                self._read[name] = known
            return known[1]

    def _load(self, name: str, known: tuple[int, AgentSpec] | None) -> AgentSpec:
        try:
            spec = equipped(load_agent(name))
            check_zone(spec.timezone)
            self.tools(spec)
        except SpecInvalid as mistakes:
            if known is None:
                raise
            log.error("the agent's file has mistakes; the last good one stays in use: %s", mistakes)
            return known[1]
        return spec
