"""One call by voice, followed to where it ends up: the operators' queue, and the signed message of its outcome."""

import asyncio
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

pytest.importorskip("hibari", reason="the local speech models are not installed")

from tests.support.caller import said_aloud
from tests.support.phone import PATIENCE, Phone, lines
from tests.support.service import serving

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
SECRET = "whsec_cGFybGV5LWZyb20tdm9pY2UtdG8td2ViaG9vaw=="


class Receiver:
    """Somebody else's server, which takes whatever comes."""

    def __init__(self) -> None:
        self.messages: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue(10)
        messages = self.messages

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                messages.put((body, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """It keeps quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self.server.server_port}/outcomes"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_a_caller_who_wants_a_person_is_in_the_queue_and_in_the_signed_outcome(
    receiver: Receiver, tmp_path: Path
) -> None:
    async def story(client: Any) -> str:
        async with client, Phone(client) as phone:
            assert (await phone.dial()).status_code == 201
            asked = await phone.ask(said_aloud("I want to return my jacket."))
            assert "order number" in lines(asked, "agent")[-1]["text"].lower()
            await phone.ask(said_aloud("Let me talk to a real person, please."))
            await phone.leave()
            async with asyncio.timeout(PATIENCE):
                while not (waiting := (await client.get("/v1/escalations")).json()["data"]):
                    await asyncio.sleep(0.2)
            (one,) = waiting
            assert (one["call"], one["status"], one["state"]) == (phone.id, "waiting", "2_order")
            assert {field["name"]: field["value"] for field in one["fields"]}["topic"] == "return"
            assert "order_number" not in one["missing"], "it is not required"
            return phone.id

    told = {
        "PARLEY_AGENT": "support_triage",
        "PARLEY_WEBHOOK_URL": receiver.url,
        "PARLEY_WEBHOOK_SECRET": SECRET,
        "PARLEY_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    with serving(tmp_path, **told) as service:
        service.wait_until_ready()
        call = asyncio.run(story(service.async_client()))
        body, headers = receiver.messages.get(timeout=PATIENCE)
    message = Webhook(SECRET).verify(body, headers)
    packet = message["data"]
    assert (message["type"], packet["call"], headers["webhook-id"]) == ("call.outcome", call, f"msg_{call}")
    assert (packet["agent"], packet["disposition"], packet["final"]) == ("support_triage", "escalated", True)
    topic = next(field for field in packet["fields"] if field["name"] == "topic")
    assert (topic["value"], topic["source"]) == ("return", "ledger")
    assert "jacket" in topic["evidence"]["words"] or "return" in topic["evidence"]["words"].lower()
    assert packet["next_action"]["owner"] and packet["next_action"]["due_unix_ms"] > 0
    assert packet["cost"]["heard_ms"] > 1000 and packet["cost"]["spoken_ms"] > 1000
    assert packet["states"][0] == "1_topic" and "2_order" in packet["states"]
