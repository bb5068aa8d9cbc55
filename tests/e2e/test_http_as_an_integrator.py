"""A program with an API key: reads a call that is going on, follows it across broken connections, and hangs it up."""

import asyncio
import base64
import io
import json
import shutil
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis

from tests.support.phone import PATIENCE, Phone, Told, answered, lines
from tests.support.service import Service, serving
from tests.support.speech import sentences, write_wav

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

Event = tuple[int, str, dict[str, Any]]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), PARLEY_STANDIN_ENGINE="canned") as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(scope="module")
def key(service: Service) -> str:
    command = (sys.executable, "-m", "api.cli", "keys", "create", "--quiet", "--data-dir", str(service.data_dir))
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


async def stream(client: httpx.AsyncClient, id: str, after: int | None = None) -> AsyncIterator[Event]:
    """A call's events, as any client of server-sent events reads them."""
    headers = {} if after is None else {"last-event-id": str(after)}
    fields: dict[str, str] = {}
    async with client.stream("GET", f"/v1/calls/{id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                yield int(fields["id"]), fields["event"], json.loads(fields["data"])
                fields = {}


async def read_until(client: httpx.AsyncClient, id: str, last: str, after: int | None = None) -> list[Event]:
    """The events up to one of this type; then the connection is dropped."""
    found: list[Event] = []
    async with asyncio.timeout(PATIENCE):
        events = stream(client, id, after)
        async for event in events:
            found.append(event)
            if event[1] == last:
                break
        await events.aclose()  # type: ignore[attr-defined]
    return found


def test_a_call_is_listed_shown_followed_and_hung_up(service: Service, key: str) -> None:
    async def story() -> None:
        async with (
            service.async_client() as console,
            service.async_client(key) as client,
            Phone(console) as phone,
        ):
            assert (await phone.dial()).status_code == 201
            begun = await read_until(client, phone.id, "turn_began")
            await phone.ask(sentences()[2])
            middle = await read_until(client, phone.id, "transcribed", begun[-1][0])
            following = asyncio.create_task(read_until(client, phone.id, "nothing is called so", middle[-1][0]))

            listed = (await client.get("/v1/calls")).json()["data"][0]
            assert (listed["id"], listed["status"], listed["transport"]) == (phone.id, "live", "webrtc")
            shown = (await client.get(f"/v1/calls/{phone.id}")).json()
            assert lines(shown, "caller")
            assert lines(shown, "agent")[0]["text"] == lines(shown, "agent")[0]["generated"]

            assert (await client.delete(f"/v1/calls/{phone.id}")).status_code == 204
            async with asyncio.timeout(PATIENCE):
                await phone.hung_up.wait()
            events = [*begun, *middle, *await following]
            assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1)), "nothing lost, nothing twice"
            assert {event["call"] for _, _, event in events} == {phone.id}
            assert (events[0][1], events[-1][1]) == ("call_started", "call_ended")
            assert events[-1][2]["body"] == {"reason": "hung_up"}

            over = await client.get(f"/v1/calls/{phone.id}/events", headers={"last-event-id": str(events[-1][0])})
            assert over.status_code == 204
            assert (await client.delete(f"/v1/calls/{phone.id}")).status_code == 204, "it is over, as was wanted"
            assert (await client.delete("/v1/calls/call_none")).status_code == 404
            told = await phone.until(lambda call: bool(call["reason"]))
            assert (told["status"], told["reason"], told["last_seq"]) == ("ended", "hung_up", events[-1][0])

    asyncio.run(story())


def test_answers_are_as_the_document_says(service: Service, key: str) -> None:
    async def call() -> Told:
        async with service.async_client(key) as client, Phone(client) as phone:
            assert (await phone.dial()).status_code == 201
            return await phone.until(lambda call: answered(call, 0))

    id = asyncio.run(call())["id"]
    with service.client() as client:
        document = client.get("/openapi.json").json()
        schema = schemathesis.openapi.from_dict(document)
        schema.validate()
        for path in ("/v1/calls", "/v1/calls/{id}", "/v1/console", "/healthz", "/readyz"):
            answer = client.get(path.replace("{id}", id))
            assert answer.status_code == 200
            schema[path]["GET"].validate_response(answer)
        missing = client.get("/v1/calls/call_none")
        assert missing.status_code == 404
        schema["/v1/calls/{id}"]["GET"].validate_response(missing)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer pk_0_nothing"}, {"authorization": "Basic eDp5"}])
def test_strangers_are_answered_nothing_but_health(service: Service, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=service.url, headers=headers) as stranger:
        for method, path in (
            ("GET", "/v1/calls"),
            ("GET", "/v1/calls/call_none"),
            ("DELETE", "/v1/calls/call_none"),
            ("POST", "/v1/realtime/calls"),
            ("GET", "/openapi.json"),
            ("GET", "/"),
        ):
            answer = stranger.request(method, path)
            assert answer.status_code == 401, path
            assert answer.json()["error"]["code"] == "unauthorised"
        assert stranger.get("/healthz").status_code == 200
        assert stranger.get("/readyz").status_code == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_curl_sends_a_recording_and_gets_the_answer_as_a_file(service: Service, key: str, tmp_path: Path) -> None:
    """As docs/realtime.md has it."""
    recording = write_wav(tmp_path / "question.wav", sentences()[0])
    bearer, turns = f"authorization: Bearer {key}", f"{service.url}/v1/turns"
    command = ["curl", "-sN", turns, "-H", bearer, "-F", f"audio=@{recording}", "-F", "format=wav"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    events = [block.split("\ndata: ") for block in told.strip().split("\n\n")]
    bodies = [(kind.removeprefix("event: "), json.loads(data)) for kind, data in events]
    assert [body["dropped"] for kind, body in bodies if kind == "transcript"] == [None]
    sound = b"".join(base64.b64decode(body["audio"]) for kind, body in bodies if kind == "audio")
    with wave.open(io.BytesIO(sound)) as answer:
        assert len(answer.readframes(1 << 24)) > 3 * 48_000
    id = bodies[0][1]["conversation_id"]
    until = time.monotonic() + PATIENCE
    with service.client() as client:
        while len((call := client.get(f"/v1/calls/{id}").json()).get("lines", [])) < 3:
            assert time.monotonic() < until, call
            time.sleep(0.1)
    assert call["transport"] == "turns"
    assert [line["who"] for line in call["lines"]] == ["agent", "caller", "agent"]
