"""The stand-in provider's process: started with the service, started again if it dies, and gone when the service is.

Its port is reserved by a socket of ours that is bound but never listens, so the address is known before it runs and
stays the same when it is started again. A pipe that only we hold open is its lifeline: it ends with the pipe, even if
this process is killed.
"""

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.settings import Settings
from pipeline.errors import ProviderUnavailable

log = logging.getLogger("parley.standin")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SOUND_SECONDS = 60.0
"""A stand-in that has run this long was sound: the next pause is short again."""
STOP_SECONDS = 3.0
START_SECONDS = 60.0
"""Models are loaded from a cold disk in this time."""


class Standin:
    def __init__(self, engine: str, latency: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.options = ("--engine", engine, "--latency", latency)
        self.starts = 0
        self.child: asyncio.subprocess.Process | None = None
        self.listening = asyncio.Event()
        """Set for as long as it takes requests."""

    @classmethod
    def of(cls, settings: Settings) -> "Standin":
        return cls(settings.standin_engine, settings.standin_latency)

    @property
    def url(self) -> str:
        """Base URL of its API."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def tend(self) -> None:
        """Keep one running, until cancelled."""
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        try:
            while True:
                began = loop.time()
                code = await self._run()
                if loop.time() - began > SOUND_SECONDS:
                    pause = FIRST_PAUSE
                log.error("the stand-in provider ended", extra={"code": code, "again_in_s": pause})
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            self.close()

    def close(self) -> None:
        """Let the port go."""
        self._socket.close()

    async def _run(self) -> int:
        """One life; its exit code."""
        self.starts += 1
        hears, tells = os.pipe()
        loop = asyncio.get_running_loop()
        try:
            child = await asyncio.create_subprocess_exec(
                *command(self.port, tells, self.options),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                pass_fds=(tells,),
                start_new_session=True,  # Ctrl-C is for us: calls may still need it while we drain
            )
        finally:
            os.close(tells)
        self.child = child
        loop.add_reader(hears, self._told, hears)
        try:
            return await child.wait()
        finally:
            loop.remove_reader(hears)
            os.close(hears)
            self.listening.clear()
            if child.returncode is None:
                await _stop(child)

    def _told(self, hears: int) -> None:
        """The child has written its address to the pipe, or has closed it."""
        asyncio.get_running_loop().remove_reader(hears)
        if os.read(hears, 1024):
            self.listening.set()


@asynccontextmanager
async def standing_in(standin: Standin | None, *, required: bool = True) -> AsyncIterator[str]:
    """Keep it running, and wait until it takes requests; its base URL, or nothing where none is needed.

    Raises ProviderUnavailable if it does not start; not `required`, that is left to whoever asks it in vain.
    """
    if standin is None:
        yield ""
        return
    async with asyncio.TaskGroup() as scope:
        tending = scope.create_task(standin.tend())
        try:
            await _listening(standin, required)
            yield standin.url
        finally:
            tending.cancel()


async def _listening(standin: Standin, required: bool) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            await standin.listening.wait()
    except TimeoutError:
        if required:
            raise ProviderUnavailable(
                "standin", "the stand-in provider did not start; `parley standin` shows why", code="connection_failed"
            ) from None


def command(port: int, ready: int, options: tuple[str, ...]) -> tuple[str, ...]:
    how = ("--port", str(port), "--ready-fd", str(ready), "--end-with-stdin")
    return (sys.executable, "-m", "api.cli", "standin", *how, *options)


async def _stop(child: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await child.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
