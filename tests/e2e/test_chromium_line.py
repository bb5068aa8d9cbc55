"""A real browser calls: tones both ways, events, a quick cut, and leaving is noticed."""

import asyncio
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, sync_playwright
from starlette.responses import HTMLResponse

from api.calls import Calls
from api.faults import tell_faults
from api.routes.realtime import router
from api.transports.webrtc import WebRtcLine
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.events import CallEnded, CallStarted, LineUp, SpeechStarted
from pipeline.pcm import EAR_RATE
from tests.api.house import FakeStore
from tests.api.transports.peer import strongest, tone
from tests.support.line import ScriptedEar

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PAGE = """<!doctype html><title>line</title><script>
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
async function call() {
  const constraints = {echoCancellation: false, noiseSuppression: false, autoGainControl: false};
  const microphone = await navigator.mediaDevices.getUserMedia({audio: constraints});
  window.pc = new RTCPeerConnection();
  window.events = [];
  window.channel = pc.createDataChannel("oai-events");
  channel.onmessage = (message) => events.push(JSON.parse(message.data));
  pc.addTrack(microphone.getTracks()[0], microphone);
  const heard = new Promise((done) => { pc.ontrack = (event) => done(event.streams[0]); });
  await pc.setLocalDescription(await pc.createOffer());
  const answer = await fetch("/v1/realtime/calls?agent=tone", {
    method: "POST", headers: {"content-type": "application/sdp"}, body: pc.localDescription.sdp});
  window.where = answer.headers.get("location");
  await pc.setRemoteDescription({type: "answer", sdp: await answer.text()});
  const stream = await heard;
  const sink = new Audio(); sink.srcObject = stream; sink.play();
  window.context = new AudioContext();
  window.ear = context.createAnalyser(); ear.fftSize = 8192; ear.smoothingTimeConstant = 0;
  context.createMediaStreamSource(stream).connect(ear);
  return answer.status;
}
function loudness() {
  const pcm = new Float32Array(512); ear.getFloatTimeDomainData(pcm);
  return Math.max(...pcm.map(Math.abs));
}
function frequency() {
  const spectrum = new Float32Array(ear.frequencyBinCount); ear.getFloatFrequencyData(spectrum);
  return spectrum.indexOf(Math.max(...spectrum)) * context.sampleRate / ear.fftSize;
}
async function until(true_) { while (!true_()) await sleep(5); }
</script>"""


class ToneCall:
    """Speaks 1000 Hz until it is told to be quiet, and keeps what it hears."""

    def __init__(self, line: WebRtcLine, bus: Bus) -> None:
        self.line = line
        self.bus = bus
        self.heard: list[bytes] = []
        self.speaking = True
        self.reason = ""
        self.over = threading.Event()
        self._at = 0

    def pull(self, count: int) -> bytes | None:
        if not self.speaking:
            return None
        self._at += count
        return tone(1000, 24_000, self._at - count, count).tobytes()

    async def run(self) -> str:
        self.bus.publish(CallStarted("tone", "", self.line.name, 0))
        await self.line.up()
        self.bus.publish(LineUp())
        self.line.attach(self.pull)
        self.bus.publish(SpeechStarted(0))
        async for frame in self.line.frames():
            self.heard.append(frame.pcm)
        self.reason = self.line.departed()
        await self.line.close(self.reason)
        self.bus.publish(CallEnded(self.reason))
        self.over.set()
        return self.reason

    def hang_up(self, reason: str) -> None:
        self.line.inlet.end(reason)


class House:
    """The front door with real calls behind it, in a thread of its own."""

    def __init__(self) -> None:
        self.calls: list[ToneCall] = []
        self.port = 0
        self._started = threading.Event()
        self._server: uvicorn.Server | None = None

    async def call(self, id: str, transport: Any, agent_name: str | None, desk: Any = None) -> tuple[Any, Bus]:
        bus = Bus(id, CallClock.start(), (desk,))
        self.calls.append(ToneCall(transport, bus))
        desk.listen(ScriptedEar)
        desk.open(self.calls[-1], bus.publish)
        return self.calls[-1], bus

    async def serve(self) -> None:
        app = FastAPI()
        app.include_router(router)
        app.add_api_route("/", lambda: HTMLResponse(PAGE), response_model=None)
        tell_faults(app)
        async with Calls(self, capacity=2) as calls:
            app.state.calls = calls
            app.state.store = FakeStore()
            self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
            serving = asyncio.create_task(self._server.serve())
            while not self._server.started:
                await asyncio.sleep(0.01)
            self.port = self._server.servers[0].sockets[0].getsockname()[1]
            self._started.set()
            await serving

    def __enter__(self) -> "House":
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve()))
        self._thread.start()
        assert self._started.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture
def house() -> Iterator[House]:
    with House() as built:
        yield built


@pytest.fixture
def page(chromium: str, tmp_path: Path) -> Iterator[Page]:
    """A page of a headless Chromium whose microphone plays 440 Hz."""
    recording = tmp_path / "tone.wav"
    with wave.open(str(recording), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(tone(440, 48_000, 0, 48_000 * 30).tobytes())
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--allow-loopback-in-peer-connection",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}%noloop",
        "--autoplay-policy=no-user-gesture-required",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=flags)
        try:
            yield browser.new_page()
        finally:
            browser.close()


def test_a_browser_holds_a_call(house: House, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{house.port}/")
    assert page.evaluate("call()") == 201
    call = house.calls[0]

    page.evaluate("until(() => loudness() > 0.1)")
    page.evaluate("until(() => Math.abs(frequency() - 1000) < 12)")

    page.evaluate("until(() => events.length >= 2)")
    assert page.evaluate("events.map((event) => event.type)") == [
        "session.created",
        "input_audio_buffer.speech_started",
    ]
    page.evaluate("channel.send(JSON.stringify({type: 'session.update', session: {type: 'realtime'}}))")
    page.evaluate("until(() => events.at(-1).type === 'session.updated')")

    while len(call.heard) < 150:
        page.wait_for_timeout(50)
    heard = np.frombuffer(b"".join(call.heard[-50:]), np.int16)
    assert abs(strongest(heard, EAR_RATE) - 440) < 5

    call.speaking = False
    page.evaluate("until(() => loudness() < 0.01)")

    page.evaluate("pc.close()")
    assert call.over.wait(20)
    assert call.reason == "caller_left"


def test_the_agent_can_be_hung_up_on_from_outside(house: House, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{house.port}/")
    assert page.evaluate("call()") == 201
    page.evaluate("until(() => pc.connectionState === 'connected')")
    assert page.evaluate("fetch(where + '/hangup', {method: 'POST'}).then((answer) => answer.status)") == 200
    page.evaluate("until(() => pc.connectionState !== 'connected' || channel.readyState === 'closed')")
    assert house.calls[0].over.wait(20)
