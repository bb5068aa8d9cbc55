"""A caller with a telephone: a recorded person speaks to a running service over real WebRTC, and hears it answer."""

import asyncio
import fractions
import json
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
import soxr
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from api.recording import Pcm
from api.transports.ice import gather_soon
from tests.support.speech import RATE as SPOKEN_RATE

RATE = 48_000
STEP = RATE // 50
AUDIBLE = 500
PATIENCE = 90.0
"""Seconds that anything may take: a busy machine is slow."""

Told = dict[str, Any]


class Microphone(MediaStreamTrack):
    """A quiet room, in which something is said now and then."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._start = asyncio.get_running_loop().time()
        self._at = 0
        self._waiting: deque[Pcm] = deque()
        self._noise = np.random.default_rng(1)
        self.idle = asyncio.Event()
        self.idle.set()

    def say(self, pcm: Pcm) -> None:
        self._waiting.extend(np.split(pcm[: pcm.size // STEP * STEP], pcm.size // STEP))
        self.idle.clear()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(self._start + self._at / RATE - asyncio.get_running_loop().time())
        pcm = self._waiting.popleft() if self._waiting else self._noise.normal(0, 4, STEP).astype(np.int16)
        if not self._waiting:
            self.idle.set()
        frame = AudioFrame(format="s16", layout="mono", samples=STEP)
        frame.planes[0].update(pcm.astype("<i2").tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, fractions.Fraction(1, RATE)
        self._at += STEP
        return frame


class Phone:
    """`async with Phone(client) as phone`, then `dial`, `say`, `leave`. The client is one of the service."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.id = ""
        self.audible_frames = 0
        """20 ms frames with sound in them that were received."""
        self.messages: list[str] = []
        """What came over the data channel."""
        self.hung_up = asyncio.Event()
        """The line is no more, whoever ended it."""
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._microphone = Microphone()
        self._peer.addTrack(self._microphone)
        self._channel = self._peer.createDataChannel("oai-events")
        self._channel.on("message", self.messages.append)
        self._peer.on("track", self._on_track)
        self._peer.on("connectionstatechange", self._on_state)
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.leave()

    async def offer(self) -> str:
        transports = [sender.transport for sender in self._peer.getSenders()]
        if self._peer.sctp is not None:
            transports.append(self._peer.sctp.transport)
        for transport in transports:
            gather_soon(transport.transport.iceGatherer)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return self._peer.localDescription.sdp

    async def dial(self, session: Told | None = None) -> httpx.Response:
        """Offer; if the service takes the call, `id` is its name and the line comes up."""
        offer = await self.offer()
        if session is None:
            response = await self.client.post(
                "/v1/realtime/calls", content=offer, headers={"content-type": "application/sdp"}
            )
        else:
            form = {"sdp": (None, offer, "application/sdp"), "session": (None, json.dumps(session), "application/json")}
            response = await self.client.post("/v1/realtime/calls", files=form)
        if response.status_code == 201:
            self.id = response.headers["location"].rpartition("/")[2]
            await self._peer.setRemoteDescription(RTCSessionDescription(response.text, "answer"))
        return response

    def send(self, event: Told) -> None:
        """Over the data channel."""
        self._channel.send(json.dumps(event))

    @property
    def events(self) -> list[Told]:
        """What came over the data channel."""
        return [json.loads(message) for message in self.messages]

    async def event(self, kind: str, count: int = 1) -> Told:
        """The first event of that type, or a later one, once it came."""
        try:
            async with asyncio.timeout(PATIENCE):
                while len(found := [event for event in self.events if event["type"] == kind]) < count:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{kind} never came: {[event['type'] for event in self.events]}") from None
        return found[count - 1]

    async def say(self, sentence: Pcm) -> None:
        """Speak it to its end (16 kHz, as of tests.support.speech)."""
        self._microphone.say(soxr.resample(sentence, SPOKEN_RATE, RATE))
        async with asyncio.timeout(PATIENCE):
            await self._microphone.idle.wait()

    async def ask(self, sentence: Pcm) -> Told:
        """Wait until the agent has finished, speak, and wait until the answer was heard to its end."""
        before = await self.until(lambda call: answered(call, 0))
        asked = len(lines(before, "caller"))
        await self.say(sentence)
        return await self.until(lambda call: len(lines(call, "caller")) > asked and answered(call, asked))

    async def told(self) -> Told:
        """The call, as the API tells it."""
        response = await self.client.get(f"/v1/calls/{self.id}")
        response.raise_for_status()
        return dict(response.json())

    async def until(self, true: Callable[[Told], bool]) -> Told:
        """Wait until something holds of the call."""
        told: Told = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    told = await self.told()
                    if true(told):
                        return told
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"it never came to that: {told.get('lines')}, {told.get('reason')}") from None

    async def leave(self) -> None:
        """Hang up. Idempotent."""
        await self._peer.close()
        if self._listening is not None:
            await self._listening

    def _on_state(self) -> None:
        if self._peer.connectionState in ("closed", "failed"):
            self.hung_up.set()

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.create_task(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self.audible_frames += bool(np.abs(frame.to_ndarray()).max() > AUDIBLE)
        except MediaStreamError:
            pass


def lines(call: Told, who: str) -> list[Told]:
    return [line for line in call["lines"] if line["who"] == who]


def answered(call: Told, questions: int) -> bool:
    """More caller's lines than so many, each answered, and the agent has finished; with 0 also the greeting alone."""
    if not call["lines"] or any(line["open"] for line in call["lines"]):
        return False
    last = call["lines"][-1]
    is_over = last["who"] == "agent" and last["text"] and not any(turn["label"] == "open" for turn in call["turns"])
    return bool(is_over) and (questions == 0 or len(lines(call, "caller")) > questions)


def final(call: Told) -> list[Told]:
    """The lines that nothing will change any more."""
    return [line for line in call["lines"] if not line["open"]]
