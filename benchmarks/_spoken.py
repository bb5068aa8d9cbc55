"""Calls of tests/stages by voice over the wire: the stand-in provider in a process of its own, in real time."""

import asyncio
from pathlib import Path

from api.compose import open_parts
from api.settings import Settings
from api.standin import Standin, standing_in
from pipeline.events import Envelope
from tests.support.caller import Caller
from tests.support.spoken import hold


def held_over_the_wire(agent: str, caller: Caller, data_dir: Path) -> tuple[Envelope, ...]:
    """The call through the whole of Parley; every envelope of it."""
    return asyncio.run(_held(Settings.load(data_dir=data_dir, agent=agent), caller))


async def _held(settings: Settings, caller: Caller) -> tuple[Envelope, ...]:
    standin = Standin.of(settings) if settings.needs_standin else None
    async with standing_in(standin) as url, open_parts(settings, url, recorded=False) as parts:
        await parts.warm()
        return await hold(parts, caller)
