"""What all endpoints of one stand-in share: engines, threads, laws, faults, clock."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Send

from stages.standin.config import Engines, StandinConfig
from stages.standin.crew import Crew
from stages.standin.errors import Refusal, Refused, broken
from stages.standin.faults import Fault, FaultBook, parse
from stages.standin.faulty import FAULT, refuse
from stages.standin.latency import Laws, profile
from stages.standin.timing import Timing

log = logging.getLogger("parley.standin")


class Backstage:
    """One per server. The engines are loaded once, in a thread; requests wait for them."""

    def __init__(self, config: StandinConfig, load: Callable[[StandinConfig], Engines], timing: Timing) -> None:
        self.config = config
        self.timing = timing
        self.laws = Laws(profile(config.latency, config.seed), config.seed)
        self.faults = FaultBook((parse(text) for text in config.faults), config.seed)
        self.started = timing.now()
        self._load = load
        self._loading: asyncio.Future[Engines] | None = None
        self._crews: dict[str, Crew] = {}

    @property
    def up_s(self) -> float:
        return self.timing.now() - self.started

    def begin(self) -> "asyncio.Future[Engines]":
        """Starts to load the engines, once."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._load, self.config)
            self._loading.add_done_callback(_tell)
        return self._loading

    async def engines(self) -> Engines:
        try:
            return await asyncio.shield(self.begin())
        except (ImportError, OSError, RuntimeError, ValueError) as wrong:
            raise Refused(Refusal(503, f"The engines could not be loaded: {wrong}", "server_error")) from wrong

    def crew(self, stage: str, threads: int) -> Crew:
        if stage not in self._crews:
            self._crews[stage] = Crew(stage, threads)
        return self._crews[stage]

    def close(self) -> None:
        for crew in self._crews.values():
            crew.close()


def _tell(loading: "asyncio.Future[Engines]") -> None:
    if not loading.cancelled() and (wrong := loading.exception()) is not None:
        log.error("the engines could not be loaded: %s", wrong)


def backstage(request: Request) -> Backstage:
    stage: Backstage = request.app.state.backstage
    return stage


def struck(request: Request, kind: str) -> bool:
    """Whether a scripted fault of this kind hits this request."""
    fault: Fault | None = request.scope.get(FAULT)
    return fault is not None and fault.kind == kind


class Stream(StreamingResponse):
    """A streamed answer whose headers leave with its first piece, so that a refusal can still take their place.

    When the client hangs up, even before the first piece, the generator is closed.
    """

    def __init__(self, pieces: AsyncGenerator[bytes, None], media_type: str) -> None:
        super().__init__(pieces, media_type=None, headers={"content-type": media_type})
        self._pieces = pieces

    async def stream_response(self, send: Send) -> None:
        started = False
        start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        async with aclosing(self._pieces) as pieces:
            try:
                async for piece in pieces:
                    if not started:
                        started = True
                        await send(start)
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    # Engines that never wait would keep the loop from the other streams, and from seeing the client go.
                    await asyncio.sleep(0)
            except Refused as refused:
                if started:
                    raise
                await refuse(refused.refusal, send)
                return
            except Exception:
                if not started:
                    await refuse(broken(), send)
                raise
        if not started:
            await send(start)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
