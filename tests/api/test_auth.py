import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers

from api.auth import ConsoleToken, is_local, is_same_origin
from api.scopes import Scope
from api.store.grants import Grant, Terms
from tests.api.house import BEARER, KEY, ORIGIN, PORT, TOKEN, House, house

PATHS = {"id": "call_x", "call_id": "call_x", "path": "index.html", "action": "refer"}
NOBODY: dict[str, str] = {}


def routes(app_house: House) -> Iterator[tuple[str, str]]:
    """Every route that there is, and some that there are not."""
    for path, operations in app_house.app.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path.format(**PATHS)
    yield from [("GET", path) for path in ("/", "/openapi.json", "/docs", "/console/index.html", "/nowhere", "/v1")]
    yield from [("OPTIONS", "/v1/calls"), ("HEAD", "/v1/calls"), ("POST", "/"), ("TRACE", "/v1/calls")]


OPEN = {("GET", "/healthz"), ("GET", "/readyz")}

STRANGERS: dict[str, Any] = {
    "nobody": NOBODY,
    "a wrong key": {"authorization": f"Bearer {KEY[:-1]}x"},
    "a wrong scheme": {"authorization": f"Basic {TOKEN}"},
    "an empty bearer": {"authorization": "Bearer "},
    "odd bytes": {"authorization": b"Bearer \xff\xfe"},
    "the token as a cookie": {"cookie": f"parley_console_{PORT}={TOKEN}"},
    "another port's cookie": {"cookie": f"parley_console_9={ConsoleToken(TOKEN, 9).cookie_value}"},
    "a key in the wrong place": {"x-api-key": KEY},
    "a wrong bearer beside nothing": {"authorization": "Bearer " + "z" * 10_000},
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_are_told_nothing_but_health_on_any_route(stranger: str) -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            seen = set()
            for method, path in routes(h):
                answer = await client.request(method, path, headers=STRANGERS[stranger])
                seen.add((method, path))
                if (method, path) in OPEN:
                    assert answer.status_code == 200, path
                    continue
                assert answer.status_code == 401, (method, path)
                if method != "HEAD":
                    assert answer.json()["error"]["type"] == "authentication_error"
                assert answer.headers["www-authenticate"].startswith("Bearer")
            assert {("POST", "/v1/realtime/calls"), ("DELETE", "/v1/calls/call_x"), ("GET", "/metrics")} <= seen

    asyncio.run(story())


@pytest.mark.parametrize("who", ["key", "token", "cookie"])
def test_whoever_is_known_gets_past_the_gate_on_every_route(who: str) -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            headers = {
                "key": BEARER,
                "token": {"authorization": f"bearer {TOKEN}"},
                "cookie": {**h.cookie, "origin": ORIGIN},
            }[who]
            for method, path in routes(h):
                answer = await client.request(method, path, headers=headers)
                assert answer.status_code not in (401, 403, 500), (method, path)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ({"origin": ORIGIN}, 404),
        ({"origin": "https://127.0.0.1:8080"}, 404),
        ({"sec-fetch-site": "same-origin"}, 404),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({}, 403),
    ],
)
def test_with_the_cookie_only_our_own_page_may_change_anything(origin: dict[str, str], status: int) -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            answer = await client.delete("/v1/calls/call_x", headers={**h.cookie, **origin})
            assert answer.status_code == status
            assert (await client.get("/v1/calls", headers={**h.cookie, **origin})).status_code == 200

    asyncio.run(story())


def test_the_address_with_the_token_signs_the_browser_in() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            answer = await client.get("/", params={"token": TOKEN})
            assert answer.status_code == 303
            assert answer.headers["location"] == "/"
            cookie = answer.headers["set-cookie"].lower()
            assert "httponly" in cookie
            assert "samesite=strict" in cookie
            assert TOKEN not in cookie
            assert (await client.get("/")).status_code == 200  # the client kept the cookie

    asyncio.run(story())


@pytest.mark.parametrize("query", ["token=wrong", "token=", f"token={TOKEN}x", "token=%ff%00", f"Token={TOKEN}"])
def test_a_wrong_token_in_the_address_signs_nobody_in(query: str) -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            answer = await client.get(f"/?{query}")
            assert answer.status_code == 401
            assert "set-cookie" not in answer.headers
            assert (await client.get(f"/v1/calls?token={TOKEN}")).status_code == 401

    asyncio.run(story())


@pytest.mark.parametrize(
    ("peer", "host", "extra", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8080", {}, 200),
        ("::1", "[::1]:8080", {}, 200),
        ("127.0.0.1", "localhost:8080", {}, 200),
        ("203.0.113.9", "127.0.0.1:8080", {}, 401),
        ("127.0.0.1", "rebound.example", {}, 401),
        ("127.0.0.1", "127.0.0.1:8080", {"x-forwarded-for": "127.0.0.1"}, 401),
        ("127.0.0.1", "", {}, 401),
    ],
)
def test_metrics_are_open_to_this_machine_alone(peer: str, host: str, extra: dict[str, str], status: int) -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False, peer=(peer, 5)) as client:
            answer = await client.get("/metrics", headers={"host": host, **extra})
            assert answer.status_code == status

    asyncio.run(story())


def test_a_database_that_is_away_is_no_reason_to_call_a_key_wrong() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:

            async def away(token: str) -> None:
                raise OSError("no database")

            h.parts.store.keys.verify = away  # type: ignore[method-assign]
            answer = await client.get("/v1/calls")
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert answer.json()["error"]["code"] == "database_unavailable"

    asyncio.run(story())


def test_a_socket_of_a_stranger_is_refused() -> None:
    async def story() -> None:
        async with house() as h:
            sent = []

            async def receive() -> dict[str, str]:
                return {"type": "websocket.connect"}

            async def send(message: dict[str, object]) -> None:
                sent.append(message)

            scope = {"type": "websocket", "path": "/v1/realtime", "headers": [], "query_string": b"", "client": None}
            await h.app(scope, receive, send)  # type: ignore[arg-type]
            assert [message["type"] for message in sent] == ["websocket.close"]

    asyncio.run(story())


def test_a_socket_of_a_stranger_is_told_why_where_the_server_can() -> None:
    async def story() -> None:
        async with house() as h:
            sent: list[dict[str, Any]] = []

            async def receive() -> dict[str, str]:
                return {"type": "websocket.connect"}

            async def send(message: dict[str, Any]) -> None:
                sent.append(message)

            scope = {
                "type": "websocket", "path": "/v1/realtime", "headers": [], "query_string": b"", "client": None,
                "extensions": {"websocket.http.response": {}}, "subprotocols": ["openai-insecure-api-key.wrong"],
            }  # fmt: skip
            await h.app(scope, receive, send)  # type: ignore[arg-type]
            assert (sent[0]["type"], sent[0]["status"]) == ("websocket.http.response.start", 401)
            assert json.loads(sent[1]["body"])["error"]["code"] == "unauthorised"

    asyncio.run(story())


def test_two_services_on_one_machine_do_not_share_a_cookie() -> None:
    assert ConsoleToken("t" * 20, 1).cookie != ConsoleToken("t" * 20, 2).cookie
    assert ConsoleToken.new(1).token != ConsoleToken.new(1).token


def test_origin_and_address_are_not_guessed() -> None:
    assert not is_same_origin(Headers({}))
    assert not is_same_origin(Headers({"origin": "http://a", "host": ""}))
    assert not is_local({"client": None}, Headers({"host": "localhost"}))
    assert not is_local({"client": ("not an address", 1)}, Headers({"host": "localhost"}))


def test_a_page_of_another_origin_may_use_a_key_where_that_was_allowed() -> None:
    async def story() -> httpx.Response:
        async with house(cors_origins="https://app.example") as h, h.client(known=False) as client:
            headers = {"origin": "https://app.example", "access-control-request-method": "DELETE"}
            return await client.options("/v1/calls/x", headers=headers)

    answer = asyncio.run(story())
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_key_for_less_is_told_what_it_lacks() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            keys = h.parts.store.keys
            keys.key = replace(keys.key, scopes=frozenset({Scope.READ}))
            key = {"authorization": f"Bearer {KEY}"}
            assert (await client.get("/v1/calls", headers=key)).status_code == 200
            answer = await client.delete("/v1/calls/call_x", headers=key)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "scope_missing")
            assert "`steer`" in answer.json()["error"]["message"]
            assert (await client.post("/v1/chat", json={}, headers=key)).status_code == 403

    asyncio.run(story())


def test_a_client_secret_begins_a_call_from_its_own_page_and_nothing_else() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            terms = Terms(origin="https://app.example.com")
            h.parts.store.grants.held["ek_x"] = Grant("g", "12345678", 0, terms)
            secret = {"authorization": "Bearer ek_x", "origin": "https://app.example.com"}
            answer = await client.post("/v1/realtime/calls", content=b"", headers=secret)
            assert answer.status_code == 415, "it was let in"
            assert (await client.get("/v1/calls", headers=secret)).status_code == 403
            for path in ("/v1/chat", "/v1/turns"):  # a secret would not be used up there
                assert (await client.post(path, json={}, headers=secret)).status_code == 403
            stranger = {**secret, "origin": "https://evil.example"}
            answer = await client.post("/v1/realtime/calls", content=b"", headers=stranger)
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "wrong_origin")

    asyncio.run(story())


def test_a_key_holds_no_more_conversations_than_it_may() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            keys = h.parts.store.keys
            keys.key = replace(keys.key, most_calls=1)
            key = {"authorization": f"Bearer {KEY}"}
            assert (await client.post("/v1/chat", json={}, headers=key)).status_code == 200
            answer = await client.post("/v1/chat", json={}, headers=key)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "key_busy")

    asyncio.run(story())
