"""Going down without hanging up on anybody: the door closes, calls end in their own time, then the sockets close."""

import asyncio
import contextlib
import logging

from api.calls import Calls

log = logging.getLogger("parley.drain")

GOODBYE_SECONDS = 5.0
"""What a call may take to close its line once it was hung up."""


class Drain:
    """One way down. uvicorn must not hear of the signal before this is done: it closes every socket first."""

    def __init__(self, calls: Calls, seconds: float) -> None:
        self._calls = calls
        self._seconds = seconds
        self._patience: asyncio.Timeout | None = None
        self._hurried = False

    async def run(self) -> None:
        """Return when every call is over: by itself, after `seconds`, or soon after `hurry`."""
        self._calls.close_door()
        if self._calls.slots_taken:
            log.info("draining", extra={"calls": self._calls.slots_taken, "seconds": self._seconds})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if self._hurried else self._seconds) as self._patience:
                await self._calls.empty()
        self._patience = None
        self._calls.hang_up_all("drained")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._calls.empty()

    def hurry(self) -> None:
        """Wait no longer. Idempotent, and may come before `run`."""
        self._hurried = True
        if self._patience is not None:
            self._patience.reschedule(asyncio.get_running_loop().time())
