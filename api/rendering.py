"""Has the fixed lines of agents rendered beside the calls, so that no call waits for it."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from pipeline.channel import Channel
from stages.crew import Mouth
from stages.dialogue.fixed import fixed_lines
from stages.dialogue.spec import AgentSpec
from stages.ports import Synthesizer, Voice

WAITING = 32
"""Agents whose lines may wait; those beyond are asked for again by their next call."""

log = logging.getLogger(__name__)


class Lacking(Protocol):
    """A line that could not be had."""

    @property
    def code(self) -> str: ...


class Renders(Protocol):
    async def render(self, synthesizer: Synthesizer, voice: Voice, texts: Iterable[str]) -> Sequence[Lacking]: ...


class Rendering:
    """`want` an agent's lines; `run` is a task for as long as the server lives."""

    def __init__(self, clips: Renders, mouth: Callable[[AgentSpec], Mouth]) -> None:
        self._clips = clips
        self._mouth = mouth
        self._wanted: Channel[tuple[AgentSpec, Mouth]] = Channel(WAITING)
        self._begun: set[tuple[str, str]] = set()

    def want(self, spec: AgentSpec, like: AgentSpec | None = None) -> None:
        """Soon, and once; in the agent's own voice, or in that of `like`, the agent before it."""
        mouth = self._mouth(like or spec)
        if (spec.hash, mouth.key) not in self._begun and self._wanted.offer((spec, mouth)):
            self._begun.add((spec.hash, mouth.key))

    async def render(self, spec: AgentSpec, mouth: Mouth | None = None) -> None:
        """Now. What a provider does not give is missing, and said by it when it is needed."""
        mouth = mouth or self._mouth(spec)
        self._begun.add((spec.hash, mouth.key))
        for missing in await self._clips.render(mouth.synthesizer, mouth.voice, fixed_lines(spec)):
            log.warning("a fixed line could not be rendered", extra={"code": missing.code})

    async def run(self) -> None:
        """Until cancelled."""
        async for spec, mouth in self._wanted:
            await self.render(spec, mouth)
