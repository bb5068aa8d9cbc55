"""A person calls from a browser: recorded human speech as the microphone, the service as it is started by a user."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.support.service import Service, serving
from tests.support.speech import Pcm, script, sentences, write_wav

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync "
    "--disable-component-update --autoplay-policy=no-user-gesture-required "
    "--use-fake-ui-for-media-stream --use-fake-device-for-media-stream"
).split()

WATCH = """
const Original = window.RTCPeerConnection;
window.levels = [];
window.RTCPeerConnection = class extends Original {
  constructor(...given) {
    super(...given);
    this.addEventListener("track", ({ streams, track }) => {
      const context = new AudioContext();
      const ear = context.createAnalyser();
      ear.fftSize = 1024;
      context.createMediaStreamSource(streams[0] || new MediaStream([track])).connect(ear);
      const pcm = new Float32Array(ear.fftSize);
      setInterval(() => {
        ear.getFloatTimeDomainData(pcm);
        window.levels.push([performance.now(), Math.max(...pcm.map(Math.abs))]);
      }, 20);
    });
  }
};
"""
"""Listens in on what the page's caller would hear: time in ms and peak, every 20 ms."""

AUDIBLE = 0.02


@dataclass
class Caller:
    page: Page
    service: Service
    errors: list[str]

    def call(self) -> dict[str, Any]:
        """The newest call, as the API tells it."""
        with self.service.client() as client:
            calls = client.get("/v1/calls").json()["data"]
            return dict(client.get(f"/v1/calls/{calls[0]['id']}").json()) if calls else {}

    def wait_for(self, what: str, true: Any, seconds: float = 90.0) -> dict[str, Any]:
        """Until `true` holds of the call."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            call = self.call()
            if call and true(call):
                return call
            self.page.wait_for_timeout(250)
        raise AssertionError(f"never came: {what}; {self.call()}")

    def levels(self) -> list[list[float]]:
        return list(self.page.evaluate("window.levels"))


def lines(call: dict[str, Any], who: str) -> list[dict[str, Any]]:
    return [line for line in call["lines"] if line["who"] == who]


@contextmanager
def calling(service: Service, chromium: str, wav: Path) -> Iterator[Caller]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, headless=True, args=[*FLAGS, f"--use-file-for-fake-audio-capture={wav}%noloop"]
        )
        try:
            page = browser.new_context(permissions=["microphone"]).new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.add_init_script(WATCH)
            page.goto(service.console)
            yield Caller(page, service, errors)
        finally:
            browser.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        with running.client() as client:
            until = time.monotonic() + 60
            while client.get("/readyz").status_code != 200 and time.monotonic() < until:
                time.sleep(0.2)
        yield running


@pytest.fixture(scope="module")
def speech() -> list[Pcm]:
    return sentences()


def test_a_call_of_three_turns(service: Service, chromium: str, speech: list[Pcm], tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "caller.wav", script([(8.0, speech[0]), (9.0, speech[2]), (9.0, speech[4])], 30.0))
    with calling(service, chromium, wav) as caller:
        caller.page.get_by_role("button", name="Talk").click()
        greeting = caller.wait_for("the greeting", lambda call: any(line["text"] for line in lines(call, "agent")))
        assert "AI assistant" in lines(greeting, "agent")[0]["text"]
        assert max(level for _, level in caller.levels()) > AUDIBLE
        call = caller.wait_for("three answers", lambda call: len([x for x in lines(call, "agent") if x["text"]]) >= 4)
        heard = " ".join(line["text"] for line in lines(call, "caller")).lower()
        for words in ("best of times", "worst of times"):
            assert words in heard
        assert len(lines(call, "caller")) >= 3
        assert caller.page.get_by_role("log").get_by_text("best of times").first.is_visible()
        bursts = audible_bursts(caller.levels())
        assert len(bursts) >= 4, f"greeting and three answers should be heard: {bursts}"
        caller.page.get_by_role("button", name="Hang up").click()
        ended = caller.wait_for("the end", lambda call: call.get("reason"))
        assert ended["reason"] in ("caller_left", "hung_up")
        assert not caller.errors


def test_talking_over_the_agent_stops_it(service: Service, chromium: str, speech: list[Pcm], tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "caller.wav", script([(8.0, speech[0]), (2.0, speech[2])], 30.0))
    with calling(service, chromium, wav) as caller:
        caller.page.get_by_role("button", name="Talk").click()
        call = caller.wait_for("a cut", lambda call: any(line["cut"] for line in lines(call, "agent")))
        cut = next(line for line in lines(call, "agent") if line["cut"])
        assert cut["generated"].startswith(cut["text"]) and len(cut["text"]) < len(cut["generated"])
        after = caller.wait_for(
            "the next answer",
            lambda call: lines(call, "agent")[-1]["turn"] > cut["turn"] and lines(call, "agent")[-1]["text"],
        )
        assert len(lines(after, "caller")) >= 2
        assert caller.page.locator("del").filter(has_text=cut["generated"].split()[-1]).first.is_visible()
        bursts = audible_bursts(caller.levels())
        assert len(bursts) >= 2
        caller.page.get_by_role("button", name="Hang up").click()
        caller.wait_for("the end", lambda call: call.get("reason"))


def audible_bursts(levels: list[list[float]], quiet_ms: float = 600.0) -> list[tuple[float, float]]:
    """Stretches of sound on the received track, apart by at least `quiet_ms` of silence."""
    bursts: list[tuple[float, float]] = []
    for at, level in levels:
        if level > AUDIBLE:
            if bursts and at - bursts[-1][1] < quiet_ms:
                bursts[-1] = (bursts[-1][0], at)
            else:
                bursts.append((at, at))
    return bursts
