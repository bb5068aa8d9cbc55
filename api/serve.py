"""The service's process: its socket, its stand-in, its signals, and the order in which all that comes and goes."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import uvicorn

from api.drain import Drain
from api.loop import new_loop, settle
from api.observers.log import configure
from api.receipt import FRAME_BYTES, GuardedProtocol
from api.settings import STAGES, Settings, unknown_variables
from api.standin import Standin
from pipeline.errors import SettingsInvalid
from stages.dialogue.load import load_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from fastapi import FastAPI

    from api.app import Parts
    from api.auth import ConsoleToken
    from pipeline.ports import Observer

log = logging.getLogger("parley")


class Server(uvicorn.Server):
    """uvicorn that leaves signals to us: it would close every socket before a call could end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


def run(settings: Settings) -> int:
    """Serve until told to stop."""
    configure(settings.log_level, settings.log_format)
    load_agent(settings.agent)  # before anything is promised
    for mistake in unknown_variables():
        log.warning(mistake)
    listener = listen(settings.host, settings.port)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(settings, listener))
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or say in one line why not."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        # The protocol is named because asyncio switches Nagle off only where it is: small answers would wait 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address[:2])
            listener.listen(1024)
        except BaseException:
            listener.close()
            raise
        return listener
    except socket.gaierror:
        raise SettingsInvalid(f"{host!r} is no address of this machine; set --host or PARLEY_HOST") from None
    except PermissionError:
        raise SettingsInvalid(f"port {port} needs rights that this user has not; try --port 8080") from None
    except OSError as refused:
        raise SettingsInvalid(
            f"cannot listen on {host} port {port} ({refused.strerror}). Is another one running? Stop it, or choose "
            f"another port: parley serve --port {port + 1 if port < 65535 else 8080}"
        ) from None


class Orders:
    """What signals have asked for: the first, to come to an end; the second, to end at once."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self._drain: Drain | None = None
        self._hurried = False
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.given)

    def given(self) -> None:
        if not self.stop.is_set():
            self.stop.set()
            return
        self._hurried = True
        if self._drain is not None:
            self._drain.hurry()

    async def drained(self, drain: Drain) -> None:
        """Wait for the first order, then drain."""
        await self.stop.wait()
        self._drain = drain
        if self._hurried:
            drain.hurry()
        await drain.run()


async def _serve(settings: Settings, listener: socket.socket) -> None:
    orders = Orders()
    async with asyncio.TaskGroup() as scope:
        standin = Standin.of(settings) if settings.needs_standin else None
        tending = scope.create_task(standin.tend()) if standin is not None else None
        # The stand-in is started before our own imports: it loads its models meanwhile, on another core.
        await asyncio.sleep(0.01)
        try:
            await _hold_open(settings, listener, standin, orders, scope)
        finally:
            if tending is not None:
                tending.cancel()


async def _hold_open(
    settings: Settings, listener: socket.socket, standin: Standin | None, orders: Orders, scope: asyncio.TaskGroup
) -> None:
    from api.app import create_app, opened
    from api.auth import ConsoleToken
    from api.lag import measure_lag
    from api.store import check_installation
    from api.tracing import tracing

    check_installation(settings.database_url, settings.data_dir)  # before anything is promised
    port: int = listener.getsockname()[1]
    token = ConsoleToken(settings.token.get_secret_value(), port) if settings.token else ConsoleToken.new(port)
    app = create_app(settings, token)
    server = Server(configuration(app, settings))
    serving = scope.create_task(server.serve(sockets=[listener]))
    await server.up.wait()
    print(banner(settings, port, token), flush=True)
    open_parts = await asyncio.to_thread(_import_parts)  # a second's work, during which the page answers
    url = standin.url if standin is not None else ""
    async with (
        tracing(settings.otlp_endpoint) as traces,
        opened(app, lambda observers: open_parts(settings, url, (*observers, *traces))) as calls,
    ):
        settle()
        attending = [scope.create_task(measure_lag(app.state.metrics)), scope.create_task(_warm(app, standin))]
        if settings.keep_days:
            attending.append(scope.create_task(app.state.parts.record.forget(settings.keep_days)))
        await orders.drained(Drain(calls, settings.drain_seconds))
        server.should_exit = True
        await serving
        for task in attending:
            task.cancel()


def _import_parts() -> "Callable[[Settings, str, Sequence[Observer]], AbstractAsyncContextManager[Parts]]":
    import api.routes.realtime
    import api.routes.realtime_socket  # noqa: F401
    from api.compose import open_parts

    return open_parts


async def _warm(app: "FastAPI", standin: Standin | None) -> None:
    """Open connections and render clips, once there is somebody to ask. A call that comes before does without."""
    if standin is not None:
        await standin.listening.wait()
    try:
        await app.state.parts.warm()
    except Exception as failure:
        log.warning("not everything could be prepared; the first calls will be slower", exc_info=failure)


def configuration(app: "FastAPI", settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        lifespan="off",
        log_config=None,
        access_log=False,  # it would log the console's token
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=3,
        ws_ping_interval=15,
        ws_ping_timeout=15,
        ws_max_size=FRAME_BYTES,
        ws_per_message_deflate=False,
    )


def banner(settings: Settings, port: int, token: "ConsoleToken") -> str:
    """What is printed when the service answers."""
    is_everywhere = settings.host in ("0.0.0.0", "::", "")
    host = "127.0.0.1" if is_everywhere else f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [
        "",
        "Parley answers. Talk to it at",
        "",
        f"    http://{host}:{port}/?token={quote(token.token, safe='')}",
        "",
        f"Agent: {settings.agent}. {_providers(settings)}",
    ]
    if is_everywhere:
        lines.append(
            "Browsers give their microphone to this machine and to https pages only: put TLS in front for others."
        )
    lines.append("Ctrl-C stops it when the calls are over; twice stops it at once.")
    return "\n".join(lines)


def _providers(settings: Settings) -> str:
    stages = [stage for stage in STAGES if settings.uses_standin(stage)]
    if not stages:
        return "`parley check` shows its providers."
    names = {"stt": "hearing", "llm": "thinking", "tts": "speaking"}
    what = "everything" if len(stages) == len(STAGES) else " and ".join(names[stage] for stage in stages)
    return f"No key is set: the stand-in provider on this machine does {what}."
