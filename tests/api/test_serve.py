import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.serve import banner, configuration, listen
from api.settings import Settings
from pipeline.errors import SettingsInvalid
from tests.api.house import TOKEN, house
from tests.api.routes.test_events import parse

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")},
    "OPENAI_API_KEY": "sk-none",  # nothing is asked of it: the parts are fakes
    "PARLEY_TOKEN": TOKEN,
}


class Process:
    """A running service."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        command = (sys.executable, "-m", "tests.api.serving", "serve", "--port", "0", "--data-dir", str(directory))
        self.child = subprocess.Popen(
            (*command, *arguments), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.address = ""
        self.told: list[str] = []
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.told.append(line)
            if found := re.search(r"(http://[^/]+)/\?token=", line):
                self.address = found[1]
                break
        assert self.address, self.child.communicate()
        self.client = httpx.Client(base_url=self.address, headers={"authorization": f"Bearer {TOKEN}"}, timeout=None)

    def wait_for(self, path: str, reasons: list[str]) -> None:
        while self.client.get(path).json().get("reasons") != reasons:
            time.sleep(0.02)

    def end(self) -> tuple[int, str, str]:
        out, err = self.child.communicate()
        return self.child.returncode, out, err


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path / "data")
    try:
        yield started
    finally:
        started.client.close()
        started.child.kill()
        started.child.communicate()


def follow(process: Process, id: str) -> tuple[threading.Thread, list[str], threading.Event]:
    """Read a call's events on a thread; the event is set when the stream has begun."""
    pieces: list[str] = []
    begun = threading.Event()

    def read() -> None:
        with httpx.stream(
            "GET", f"{process.address}/v1/calls/{id}/events", headers=process.client.headers, timeout=None
        ) as stream:
            for piece in stream.iter_text():
                pieces.append(piece)
                begun.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread, pieces, begun


def test_a_signal_lets_calls_end_in_their_own_time_and_lets_nobody_in(process: Process) -> None:
    id = process.client.post("/v1/realtime/calls").json()["id"]
    reader, pieces, begun = follow(process, id)
    begun.wait()
    process.child.send_signal(signal.SIGTERM)
    process.wait_for("/readyz", ["draining"])
    refused = process.client.post("/v1/realtime/calls")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "draining")
    assert refused.headers["retry-after"]
    assert process.client.get("/healthz").status_code == 200
    assert process.client.get(f"/v1/calls/{id}").json()["status"] == "live"
    assert process.child.poll() is None
    assert reader.is_alive()
    assert process.client.delete(f"/v1/calls/{id}").status_code == 204
    reader.join()
    assert parse("".join(pieces))[-1][2]["body"] == {"reason": "hung_up"}
    code, out, err = process.end()
    assert code == 0, err
    assert "closed" in out, "the parts were closed in order"
    assert "Traceback" not in err


def test_a_second_signal_ends_the_calls_with_a_reason(process: Process) -> None:
    id = process.client.post("/v1/realtime/calls").json()["id"]
    reader, pieces, begun = follow(process, id)
    begun.wait()
    process.child.send_signal(signal.SIGINT)
    process.wait_for("/readyz", ["draining"])
    process.child.send_signal(signal.SIGTERM)
    reader.join()
    assert parse("".join(pieces))[-1][2]["body"] == {"reason": "drained"}
    code, out, err = process.end()
    assert code == 0, err
    assert "closed" in out


def test_without_calls_a_signal_ends_the_service(process: Process) -> None:
    process.client.get("/v1/calls")
    process.child.send_signal(signal.SIGTERM)
    assert process.end()[0] == 0


def test_neither_token_nor_address_of_a_request_is_logged(process: Process) -> None:
    page = process.client.get("/", params={"token": TOKEN})
    assert page.status_code == 303
    process.client.get("/v1/calls/call_secret")
    process.child.send_signal(signal.SIGTERM)
    _, out, err = process.end()
    assert TOKEN not in out + err
    assert "call_secret" not in out + err


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            SettingsInvalid, match=f"port {port} .*another port: parley serve --port {port + 1}"
        ) as told:
            listen("127.0.0.1", port)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.77"])
def test_an_address_that_is_not_ours_is_told_in_one_line(host: str) -> None:
    with pytest.raises(SettingsInvalid):
        listen(host, 0)


def test_an_agent_that_is_wrong_is_told_before_anything_is_promised(tmp_path: Path) -> None:
    wrong = tmp_path / "agent.yaml"
    wrong.write_text("name: 5\n")
    command = (sys.executable, "-m", "tests.api.serving", "serve", "--port", "0", "--agent", str(wrong))
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "token=" not in done.stdout
    assert done.stderr.startswith("parley: ")
    assert "Traceback" not in done.stderr


def test_the_banner_says_where_and_what_and_how_to_stop() -> None:
    class Token:
        token = "a-token"

    token: Any = Token()
    told = banner(Settings(), 8080, token)
    assert "http://127.0.0.1:8080/?token=a-token" in told
    assert "stand-in provider" in told
    assert "Ctrl-C" in told
    assert "https" in banner(Settings(host="0.0.0.0"), 8080, token)
    assert "http://[::1]:1/" in banner(Settings(host="::1"), 1, token)
    assert "stand-in" not in banner(Settings(openai_api_key="sk"), 1, token)
    assert "hearing and speaking" in banner(Settings(llm_base_url="http://x/v1"), 1, token)


def test_uvicorn_is_told_what_its_defaults_get_wrong() -> None:
    async def story() -> None:
        async with house() as h:
            config = configuration(h.app, h.app.state.settings)
            assert config.ws_ping_interval == config.ws_ping_timeout == 15
            assert config.ws_max_size == 16 * 1024 * 1024
            assert not config.access_log
            assert config.http_protocol_class if config.loaded else config.http

    import asyncio

    asyncio.run(story())
