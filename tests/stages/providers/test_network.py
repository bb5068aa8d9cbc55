"""The pool of connections under the adapters: plain and secured, slow, full, closed, refused, and behind a proxy."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from functools import wraps
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from multidict import CIMultiDict
from yarl import URL

from stages.providers import network
from stages.providers.network import KEEPALIVE, MOST_IN_ONE, Pool, begun, proxy_of
from stages.tls import tls
from tests.stages.providers.listening import Serve, asked, server

PATIENT = aiohttp.ClientTimeout(total=None, connect=20, sock_connect=20, sock_read=20)
HELLO = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
BEGUN = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nbegun"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def running(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """The test, on an event loop of its own."""

    @wraps(test)
    def run(**fixtures: object) -> None:
        async def within() -> None:
            async with asyncio.timeout(30):
                await test(**fixtures)

        asyncio.run(within())

    return run


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def pool_of(port: int, scheme: str = "http", host: str = "127.0.0.1") -> AsyncIterator[tuple[Pool, URL]]:
    url = URL(f"{scheme}://{host}:{port}/v1/x")
    pool = Pool(str(url))
    try:
        yield pool, url
    finally:
        await pool.aclose()


async def sent(
    pool: Pool, url: URL, body: bytes = b"asked", timeout: aiohttp.ClientTimeout = PATIENT
) -> aiohttp.ClientResponse:
    return await pool.send("POST", url, CIMultiDict({"Content-Type": "text/plain"}), body, timeout)


def answering(answer: bytes, seen: list[tuple[str, bytes]] | None = None, ports: list[int] | None = None) -> Serve:
    """Answers each request the same."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await asked(reader)
            if seen is not None:
                seen.append(request)
            if ports is not None:
                ports.append(writer.get_extra_info("peername")[1])
            writer.write(answer)
            await writer.drain()

    return serve


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server named localhost shows, and a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2100, 1, 1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    file: Path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(file)
    return shown, ssl.create_default_context(cafile=str(file))


@running
async def test_a_connection_is_used_again_once_its_answer_is_read() -> None:
    ports: list[int] = []
    async with server(answering(HELLO, ports=ports)) as port, pool_of(port) as (pool, url):
        for _ in range(3):
            response = await sent(pool, url)
            with closing(response):
                assert await response.read() == b"hello"
    assert len(ports) == 3 and len(set(ports)) == 1


@running
async def test_two_requests_at_once_have_a_connection_each() -> None:
    ports: list[int] = []
    both = asyncio.Event()

    async def hesitant(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        ports.append(writer.get_extra_info("peername")[1])
        if len(ports) == 2:
            both.set()
        await both.wait()
        writer.write(HELLO)
        await reader.read()

    async with server(hesitant) as port, pool_of(port) as (pool, url):
        for response in await asyncio.gather(sent(pool, url), sent(pool, url)):
            with closing(response):
                assert await response.read() == b"hello"
    assert len(set(ports)) == 2


@running
async def test_idle_connections_outlast_the_pauses_of_a_talk() -> None:
    async with server(answering(HELLO)) as port, pool_of(port) as (pool, url):
        (await sent(pool, url)).close()
        session = pool._session
        assert session is not None and isinstance(session.connector, aiohttp.TCPConnector)
        assert session.connector._keepalive_timeout == KEEPALIVE
        assert session.connector.limit == network.MOST


@running
async def test_a_body_leaves_whole_however_large() -> None:
    seen: list[tuple[str, bytes]] = []
    small, large = b"x" * 60_000, bytes(range(256)) * (MOST_IN_ONE // 128)
    async with server(answering(HELLO, seen)) as port, pool_of(port) as (pool, url):
        for body in (small, large):
            with closing(await sent(pool, url, body)) as response:
                await response.read()
    assert [body for _, body in seen] == [small, large]
    assert all("transfer-encoding" not in head.lower() for head, _ in seen)


@running
async def test_what_is_begun_goes_on_at_once_as_far_as_it_can() -> None:
    done: list[str] = []
    gate = asyncio.Event()

    async def work(waits: bool) -> None:
        done.append("begun")
        try:
            if waits:
                await gate.wait()
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            done.append("cancelled")
            await asyncio.sleep(0)
            done.append("cleared up")
            raise
        done.append("ended")

    rest = begun(work(waits=False))
    assert done == ["begun", "ended"]
    await rest
    done.clear()
    for cancelled, then in ((False, ["begun", "ended"]), (True, ["begun", "cancelled", "cleared up"])):
        gate.clear()
        rest = begun(work(waits=True))
        assert done == ["begun"]
        task = asyncio.ensure_future(rest)
        await asyncio.sleep(0)
        task.cancel() if cancelled else gate.set()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(outcome, asyncio.CancelledError) is cancelled
        assert done == then
        done.clear()

    async def fails() -> None:
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        begun(fails())


@running
async def test_an_answer_that_is_closed_early_closes_its_connection_at_once() -> None:
    left = asyncio.Event()

    async def begun(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(BEGUN)
        assert await reader.read() == b""
        left.set()

    async with server(begun) as port, pool_of(port) as (pool, url):
        response = await sent(pool, url)
        assert await response.content.readany() == b"begun"
        response.close()
        await left.wait()


@running
async def test_whoever_stops_waiting_for_an_answer_closes_its_connection_at_once() -> None:
    arrived, left = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        arrived.set()
        assert await reader.read() == b""
        left.set()

    async with server(silent) as port, pool_of(port) as (pool, url):
        waiting = asyncio.ensure_future(sent(pool, url))
        await arrived.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await left.wait()


@running
async def test_a_secured_answer_that_is_closed_early_waits_for_no_farewell(
    certified: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "tls", lambda: certified[1])
    left = asyncio.Event()

    async def begun(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(BEGUN)
        try:
            await reader.read()
        finally:
            left.set()

    async with server(begun, certified[0]) as port, pool_of(port, "https", "localhost") as (pool, url):
        response = await sent(pool, url)
        assert await response.content.readany() == b"begun"
        assert response.connection is not None and response.connection.transport is not None
        assert response.connection.transport.get_extra_info("ssl_object").version().startswith("TLS")
        response.close()
        await left.wait()


@running
async def test_a_server_that_nobody_vouches_for_is_refused(certified: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with server(answering(HELLO), certified[0]) as port, pool_of(port, "https", "localhost") as (pool, url):
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await sent(pool, url)


@running
async def test_certificates_are_read_once_for_all_providers() -> None:
    async with pool_of(9, "https", "one.example") as (one, _), pool_of(9, "https", "two.example") as (two, _):
        connectors = [pool._opened().connector for pool in (one, two)]
        assert all(isinstance(each, aiohttp.TCPConnector) and each._ssl is tls() for each in connectors)


@running
async def test_a_port_where_nobody_listens_is_no_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with pool_of(port) as (pool, url):
        with pytest.raises(aiohttp.ClientConnectorError):
            await sent(pool, url)
    async with pool_of(80, host="nowhere.invalid") as (pool, url):
        with pytest.raises(aiohttp.ClientConnectorError):
            await sent(pool, url)


@running
async def test_a_server_that_never_secures_its_side_is_late_to_connect(
    certified: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "tls", lambda: certified[1])

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    hasty = aiohttp.ClientTimeout(total=None, connect=0.05)
    async with server(silent) as port, pool_of(port, "https", "localhost") as (pool, url):
        with pytest.raises(aiohttp.ConnectionTimeoutError):
            await sent(pool, url, timeout=hasty)


async def begins_if_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _, body = await asked(reader)
    writer.write(BEGUN if body == b"begin" else b"")
    await writer.drain()


@running
async def test_a_server_that_says_nothing_is_late() -> None:
    hasty = aiohttp.ClientTimeout(total=None, sock_read=0.05)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await begins_if_asked(reader, writer)
        await reader.read()

    async with server(silent) as port, pool_of(port) as (pool, url):
        with pytest.raises(aiohttp.SocketTimeoutError):
            await sent(pool, url, timeout=hasty)
        with closing(await sent(pool, url, b"begin", hasty)) as response:
            with pytest.raises(aiohttp.SocketTimeoutError):
                await response.read()


@running
async def test_a_connection_that_breaks_says_when() -> None:
    async with server(begins_if_asked) as port, pool_of(port) as (pool, url):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await sent(pool, url)
        with closing(await sent(pool, url, b"begin")) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()


@running
async def test_a_reader_who_takes_its_time_makes_the_server_wait() -> None:
    written = 0

    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await asked(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 20000000\r\n\r\n")
        for _ in range(2000):
            writer.write(bytes(10_000))
            await writer.drain()
            written += 10_000

    async with server(eager) as port, pool_of(port) as (pool, url):
        with closing(await sent(pool, url)) as response:
            before = -1
            while written != before:
                before = written
                await asyncio.sleep(0.05)
            assert written < 20_000_000
            assert len(await response.read()) == 20_000_000


@running
async def test_long_headers_of_gateways_are_taken() -> None:
    answer = b"HTTP/1.1 200 OK\r\nx-policy: " + b"p" * 20_000 + b"\r\ncontent-length: 5\r\n\r\nhello"
    async with server(answering(answer)) as port, pool_of(port) as (pool, url):
        with closing(await sent(pool, url)) as response:
            assert await response.read() == b"hello"


@running
async def test_what_is_closed_stays_closed() -> None:
    async with server(answering(HELLO)) as port, pool_of(port) as (pool, url):
        (await sent(pool, url)).close()
        await pool.aclose()
        await pool.aclose()
        with pytest.raises(aiohttp.ClientError):
            await sent(pool, url)


@running
async def test_a_request_goes_through_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, bytes]] = []
    async with server(answering(HELLO, seen)) as port:
        monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{port}")
        async with pool_of(80, host="provider.example") as (pool, url):
            with closing(await sent(pool, url)) as response:
                assert await response.read() == b"hello"
    head, body = seen[0]
    assert head.startswith("POST http://provider.example/v1/x HTTP/1.1\r\n") and body == b"asked"
    assert "proxy-authorization: basic dxnlcjpwyxnz" in head.lower()


@running
async def test_a_secured_request_goes_through_the_proxys_tunnel(
    certified: tuple[ssl.SSLContext, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "tls", lambda: certified[1])
    tunnels: list[str] = []

    async def copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while piece := await source.read(65_536):
            sink.write(piece)
        sink.close()

    async with server(answering(HELLO), certified[0]) as behind:

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tunnels.append((await reader.readuntil(b"\r\n\r\n")).decode().splitlines()[0])
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", behind)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await asyncio.gather(copied(reader, far_writer), copied(far_reader, writer))

        async with server(proxy) as port:
            monkeypatch.setattr(network, "is_loopback", lambda host: False)
            monkeypatch.setenv("https_proxy", f"127.0.0.1:{port}")
            async with pool_of(behind, "https", "localhost") as (pool, url):
                for _ in range(2):
                    with closing(await sent(pool, url)) as response:
                        assert await response.read() == b"hello"
    assert tunnels == [f"CONNECT localhost:{behind} HTTP/1.1"]


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://api.example/v1", {}, None),
        ("https://api.example/v1", {"https_proxy": "http://p:3128"}, "http://p:3128"),
        ("https://api.example/v1", {"https_proxy": "p:3128"}, "http://p:3128"),
        ("https://api.example/v1", {"http_proxy": "http://p:3128"}, None),
        ("https://api.example/v1", {"all_proxy": "http://p:3128"}, "http://p:3128"),
        ("https://api.example/v1", {"https_proxy": "http://p:3128", "no_proxy": "api.example"}, None),
        ("https://api.example/v1", {"https_proxy": "http://p:3128", "no_proxy": ".example"}, None),
        ("https://api.example:8443/v1", {"https_proxy": "http://p:3128", "no_proxy": "api.example:8443"}, None),
        ("https://api.example/v1", {"https_proxy": "http://p:3128", "no_proxy": "*"}, None),
        ("http://127.0.0.1:8090/v1", {"http_proxy": "http://p:3128"}, None),
        ("http://localhost:8090/v1", {"http_proxy": "http://p:3128"}, None),
        ("http://[::1]:8090/v1", {"http_proxy": "http://p:3128"}, None),
    ],
)
def test_the_environment_says_which_proxy_is_asked(
    url: str, environment: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(url) == (None if proxy is None else URL(proxy))


def test_a_proxy_that_speaks_no_http_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://p:1080")
    with pytest.raises(ValueError, match="socks5"):
        Pool("https://api.example/v1")
