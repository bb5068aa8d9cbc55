import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

import stages.tools_http
from pipeline.errors import SpecInvalid, ToolFault, ToolRefused, ToolTimedOut, ToolUnknown
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import Access, Endpoint, Tool
from stages.tools_address import networks
from stages.tools_http import Egress, http_tool
from tests.stages.dialogue.agents import booking

SECRET = "whsec_" + base64.b64encode(b"a secret of some length").decode()
HERE = Egress(networks("127.0.0.0/8"), {"CRM": SECRET})


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """An endpoint on the loopback that says one thing, and what it was asked."""

    def __init__(self, says: bytes | None) -> None:
        self.says = says
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.free = asyncio.Event()
        self.free.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.asked.append((head[0], headers, await reader.readexactly(int(headers.get("content-length", "0")))))
        self.free.clear()
        try:
            if self.says is None:
                await reader.read()
            else:
                writer.write(self.says)
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            pass
        finally:
            self.free.set()


def call(
    server: Server,
    tool: Callable[[Endpoint], Tool],
    arguments: Mapping[str, Any],
    egress: Egress = HERE,
    path: str = "/do",
) -> Mapping[str, Any]:
    async def main() -> Mapping[str, Any]:
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        async with listening:
            port = listening.sockets[0].getsockname()[1]
            declared = tool(Endpoint(f"http://127.0.0.1:{port}{path}"))
            run = http_tool(declared, egress)
            try:
                return (await run(Dialogue.begin(booking()), arguments, "key-1")).result
            finally:
                await server.free.wait()

    return asyncio.run(main())


def reading(endpoint: Endpoint) -> Tool:
    return Tool("find", http=endpoint)


def writing(endpoint: Endpoint) -> Tool:
    return Tool("save", access=Access.WRITE, http=replace(endpoint, secret="CRM"))


def test_json_goes_out_and_comes_back() -> None:
    server = Server(answer("200 OK", b'{"free": true}'))
    assert call(server, reading, {"day": "Montag", "n": 1}) == {"free": True}
    line, headers, body = server.asked[0]
    assert line == "POST /do HTTP/1.1"
    assert json.loads(body) == {"day": "Montag", "n": 1}
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == "key-1"
    assert headers["host"].startswith("127.0.0.1:")
    assert "webhook-signature" not in headers


def test_a_request_is_signed_as_standard_webhooks_are() -> None:
    server = Server(answer("200 OK", b"[1]"))
    assert call(server, writing, {"day": "Monday"}) == {"result": [1]}
    _, headers, body = server.asked[0]
    assert Webhook(SECRET).verify(body, headers) == {"day": "Monday"}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body + b" ", headers)


def test_what_is_read_by_get_goes_in_the_query() -> None:
    server = Server(answer("200 OK", b"{}"))

    def getting(endpoint: Endpoint) -> Tool:
        return Tool("find", http=replace(endpoint, method="GET", headers=(("X-Team", "a"), ("Host", "evil"))))

    call(server, getting, {"day": "Monday & more", "n": 1, "none": None}, path="/do?kind=a")
    line, headers, body = server.asked[0]
    assert line == "GET /do?kind=a&day=Monday+%26+more&n=1 HTTP/1.1"
    assert (headers["x-team"], body) == ("a", b"")
    assert headers["host"].startswith("127.0.0.1:")


@pytest.mark.parametrize(
    ("says", "read", "write"),
    [
        (answer("404 Not Found"), ToolFault, ToolFault),
        (answer("302 Found", b"", "Location: http://127.0.0.1:1/"), ToolFault, ToolUnknown),
        (answer("500 Oops"), ToolFault, ToolUnknown),
        (answer("200 OK", b"x" * (1024 * 1024 + 1)), ToolFault, ToolUnknown),
        (answer("200 OK", b"{}", "Content-Encoding: gzip"), ToolFault, ToolUnknown),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{", ToolFault, ToolUnknown),
        (b"nonsense\r\n\r\n", ToolFault, ToolUnknown),
        (b"", ToolFault, ToolUnknown),
    ],
)
def test_what_goes_wrong_is_told_and_of_a_write_it_is_not_known(
    says: bytes, read: type[ToolFault], write: type[ToolFault]
) -> None:
    for tool, kind in ((reading, read), (writing, write)):
        server = Server(says)
        with pytest.raises(ToolFault) as caught:
            call(server, tool, {})
        assert type(caught.value) is kind
        assert len(server.asked) == 1


def test_a_read_needs_json_and_a_write_may_answer_with_nothing() -> None:
    with pytest.raises(ToolFault, match="JSON"):
        call(Server(answer("200 OK", b"<html>")), reading, {})
    assert call(Server(answer("200 OK", b"<html>")), writing, {}) == {"status": 200}
    assert call(Server(answer("204 No Content")), writing, {}) == {}


@pytest.mark.parametrize(("tool", "kind"), [(reading, ToolTimedOut), (writing, ToolUnknown)])
def test_an_endpoint_that_is_late_is_given_up(
    tool: Callable[[Endpoint], Tool], kind: type[ToolFault], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages.tools_http, "SECONDS", 0.2)
    with pytest.raises(ToolFault) as caught:
        call(Server(None), tool, {})
    assert type(caught.value) is kind


def test_a_closed_network_is_not_reached() -> None:
    server = Server(answer("200 OK"))
    with pytest.raises(ToolRefused, match="may not reach"):
        call(server, reading, {}, Egress())
    assert not server.asked


def test_nothing_listening_is_a_failure_that_may_be_tried_again() -> None:
    run = http_tool(Tool("save", access=Access.WRITE, http=Endpoint("http://127.0.0.1:9/")), HERE)
    with pytest.raises(ToolFault) as caught:
        asyncio.run(run(Dialogue.begin(booking()), {}, "k"))  # type: ignore[arg-type]
    assert type(caught.value) is ToolFault


def test_a_secret_that_is_missing_is_told_at_once() -> None:
    tool = Tool("save", http=Endpoint("https://x.example/", secret="CRM"))
    with pytest.raises(SpecInvalid, match="not among the secrets"):
        http_tool(tool, Egress())
    with pytest.raises(SpecInvalid, match="not base64"):
        http_tool(tool, Egress(secrets={"CRM": "whsec_é"}))
