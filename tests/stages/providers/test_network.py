"""The network under the HTTP client: plain and secured, slow, full, closed and refused."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path

import httpcore2
import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from openai import DefaultAsyncHttpx2Client

from stages.providers.network import MOST_AHEAD, MOST_BEHIND, Backend, Stream, _Wire, on_asyncio, pace_of

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def running(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """The test, on an event loop of its own."""

    @wraps(test)
    def run(**fixtures: object) -> None:
        async def within() -> None:
            async with asyncio.timeout(30):
                await test(**fixtures)

        asyncio.run(within())

    return run


@asynccontextmanager
async def server(serve: Serve, secure: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on a free port of this machine."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(one, "127.0.0.1", 0, ssl=secure)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(65_536):
        writer.write(piece)
        await writer.drain()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


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


async def read_exactly(stream: httpcore2.AsyncNetworkStream, count: int) -> bytes:
    got = bytearray()
    while len(got) < count:
        piece = await stream.read(65_536, timeout=5.0)
        assert piece, "the connection ended early"
        got += piece
    return bytes(got)


@running
async def test_what_is_sent_comes_back_whole() -> None:
    sent = bytes(range(256)) * 8_000
    async with server(echo) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        async with asyncio.TaskGroup() as scope:
            reading = scope.create_task(read_exactly(stream, len(sent)))
            for at in range(0, len(sent), 50_000):
                await stream.write(sent[at : at + 50_000], timeout=5.0)
        assert reading.result() == sent
        assert stream.get_extra_info("server_addr")[1] == port
        assert stream.get_extra_info("ssl_object") is None
        await stream.aclose()


@running
async def test_no_more_is_read_at_once_than_was_asked_for() -> None:
    async with server(echo) as port:
        stream = await Backend().connect_tcp("localhost", port, timeout=5.0)
        await stream.write(b"twelve bytes")
        assert await stream.read(6) == b"twelve"
        assert await read_exactly(stream, 6) == b" bytes"
        await stream.aclose()


@running
async def test_a_secured_connection_carries_the_same(certified: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    shown, trusting = certified
    async with server(echo, shown) as port:
        plain = await Backend().connect_tcp("localhost", port, timeout=5.0)
        stream = await plain.start_tls(trusting, "localhost", timeout=5.0)
        assert stream.get_extra_info("ssl_object").version().startswith("TLS")
        await stream.write(b"x" * 300_000, timeout=5.0)
        assert await read_exactly(stream, 300_000) == b"x" * 300_000
        await stream.aclose()


@running
async def test_a_server_that_nobody_vouches_for_is_refused(certified: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with server(echo, certified[0]) as port:
        plain = await Backend().connect_tcp("localhost", port, timeout=5.0)
        with pytest.raises(httpcore2.ConnectError):
            await plain.start_tls(ssl.create_default_context(), "localhost", timeout=5.0)


@running
async def test_a_server_that_does_not_secure_its_side_is_late(certified: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with server(silent) as port:
        plain = await Backend().connect_tcp("localhost", port, timeout=5.0)
        with pytest.raises(httpcore2.ConnectTimeout):
            await plain.start_tls(certified[1], "localhost", timeout=0.05)


@running
async def test_a_port_where_nobody_listens_is_no_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(httpcore2.ConnectError):
        await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
    with pytest.raises(httpcore2.ConnectError):
        await Backend().connect_tcp("nowhere.invalid", 80, timeout=5.0)


@running
async def test_a_server_that_says_nothing_is_late_and_may_still_answer() -> None:
    ask = asyncio.Event()

    async def hesitant(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ask.wait()
        writer.write(b"at last")
        await reader.read()

    async with server(hesitant) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        with pytest.raises(httpcore2.ReadTimeout):
            await stream.read(100, timeout=0.02)
        ask.set()
        assert await stream.read(100, timeout=5.0) == b"at last"
        await stream.aclose()


@running
async def test_the_end_is_an_empty_read_and_a_waiting_connection_shows_it() -> None:
    leave = asyncio.Event()

    async def leaving(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        await leave.wait()

    async with server(leaving) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        assert await stream.read(100, timeout=5.0) == b"bye"
        assert stream.get_extra_info("is_readable") is False
        leave.set()
        assert await stream.read(100, timeout=5.0) == b""
        assert stream.get_extra_info("is_readable") is True
        with pytest.raises(httpcore2.WriteError):
            await stream.write(b"too late")


@running
async def test_a_connection_that_is_reset_says_so_once_what_came_was_read() -> None:
    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # an abort
        writer.transport.abort()

    async with server(rude) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        await stream.write(b"?")
        with pytest.raises(httpcore2.ReadError):
            await stream.read(100, timeout=5.0)


@running
async def test_a_reader_who_takes_its_time_makes_the_server_wait() -> None:
    written = 0

    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        for _ in range(800):
            writer.write(bytes(10_000))
            written += 10_000
            await writer.drain()

    async with server(eager) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        before = -1
        while written != before:
            before = written
            await asyncio.sleep(0.05)
        assert MOST_AHEAD < written < 8_000_000
        assert await read_exactly(stream, 8_000_000) == bytes(8_000_000)
        await stream.aclose()


@running
async def test_a_server_that_does_not_read_holds_up_a_writer_until_its_time_is_over() -> None:
    hold = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hold.wait()

    async with server(deaf) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        with pytest.raises(httpcore2.WriteTimeout):
            for _ in range(1_000):
                await stream.write(bytes(100_000), timeout=0.05)
        await stream.aclose()
        hold.set()


class Written(asyncio.Transport):
    """The far end: what was written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(data))

    def is_closing(self) -> bool:
        return False


def wired() -> tuple[Stream, Written]:
    written, wire = Written(), _Wire()
    wire.connection_made(written)
    return Stream(wire), written


@running
async def test_what_is_written_in_one_step_leaves_in_one_piece() -> None:
    stream, written = wired()
    for piece in (b"head", b"", b"body"):
        await stream.write(piece)
    assert written.pieces == []
    await asyncio.sleep(0)
    assert written.pieces == [b"headbody"]


@running
async def test_what_is_written_leaves_before_the_answer_is_waited_for() -> None:
    stream, written = wired()
    await stream.write(b"asked")
    with pytest.raises(httpcore2.ReadTimeout):
        await stream.read(10, timeout=0.0)
    assert written.pieces == [b"asked"]


@running
async def test_a_large_request_is_not_gathered_whole() -> None:
    stream, written = wired()
    for _ in range(10):
        await stream.write(bytes(MOST_BEHIND // 2))
    assert [len(piece) for piece in written.pieces] == [MOST_BEHIND] * 5


@running
async def test_where_there_is_no_hurry_pieces_are_read_together() -> None:
    stream, _ = wired()
    stream.unhurried(0.05)
    async with asyncio.TaskGroup() as scope:
        stream._wire.data_received(b"one ")
        reading = scope.create_task(stream.read(100))
        await asyncio.sleep(0)
        assert not reading.done()
        stream._wire.data_received(b"two")
    assert reading.result() == b"one two"


@running
async def test_the_end_is_hurried_to_and_so_is_the_next_answer() -> None:
    stream, _ = wired()
    stream.unhurried(60.0)
    stream._wire.data_received(b"last")
    await stream.write(b"asked")
    assert await stream.read(100) == b"last"
    stream.unhurried(60.0)
    stream._wire.data_received(b"cut")
    stream._wire.eof_received()
    assert await stream.read(100) == b"cut"


@running
async def test_an_answer_over_another_network_has_no_pace_to_set() -> None:
    pace_of(httpx2.Response(200))(1.0)


@running
async def test_closing_wakes_who_reads() -> None:
    async with server(silent) as port:
        stream = await Backend().connect_tcp("127.0.0.1", port, timeout=5.0)
        async with asyncio.TaskGroup() as scope:
            reading = scope.create_task(stream.read(10))
            await asyncio.sleep(0)
            await stream.aclose()
        assert reading.result() == b""
        await stream.aclose()


@running
async def test_the_official_client_works_over_it_and_uses_a_connection_again() -> None:
    """And the place in httpx2 that is reached into is where it was."""
    ports: list[int] = []

    async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await http(reader, writer)
        except asyncio.IncompleteReadError:
            pass

    async with server(served) as port:
        client = on_asyncio(DefaultAsyncHttpx2Client(trust_env=False))
        transport = client._transport
        assert isinstance(transport, httpx2.AsyncHTTPTransport)
        assert isinstance(transport._pool._network_backend, Backend)
        async with client:
            for _ in range(3):
                answer = await client.get(f"http://127.0.0.1:{port}/")
                assert answer.text == "hello"
    assert len(ports) == 1
