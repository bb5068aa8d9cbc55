"""LiveKit Agents: an AgentSession with the OpenAI plugins, its audio input and output in memory instead of a room.

`m300`: the silero plugin with 0.3 s of silence, turns by VAD, no delay after it, no wait for echo cancellation.
`default`: what a session does when nothing but the three models is named.
The output plays in real time from a queue of 200 ms in frames of 50 ms, as its room output does.
"""

import asyncio
import time
from typing import Any

import phone
from livekit import rtc
from livekit.agents import Agent, AgentSession, TurnHandlingOptions
from livekit.agents.voice import io
from livekit.plugins import openai, silero

AHEAD_S = 0.2
PIECE_S = 0.05


class Input(io.AudioInput):
    def __init__(self) -> None:
        super().__init__(label="phone")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    def deliver(self, frame: bytes) -> None:
        self._frames.put_nowait(rtc.AudioFrame(frame, phone.RATE, 1, len(frame) // 2))

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()


class Output(io.AudioOutput):
    """Takes what is captured, hands it on in time, and reports when a segment was played."""

    def __init__(self, call: phone.Phone) -> None:
        super().__init__(label="phone", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=24_000)
        self._call = call
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._pushed = self._played = 0.0
        self._until = 0.0
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._task = asyncio.create_task(self._forward())

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        pcm = bytes(frame.data)
        step = int(PIECE_S * frame.sample_rate) * 2
        for at in range(0, len(pcm), step):
            self._queue.put_nowait(pcm[at : at + step])
        self._pushed += frame.duration

    def flush(self) -> None:
        super().flush()
        self._queue.put_nowait(None)

    def clear_buffer(self) -> None:
        super().flush()
        self._call.flush()
        open_segment = self._pushed > 0
        while not self._queue.empty():
            self._queue.get_nowait()
        if open_segment:
            self._finish(interrupted=True)

    def pause(self) -> None:
        self._resumed.clear()
        self._call.flush()

    def resume(self) -> None:
        self._resumed.set()

    def _finish(self, *, interrupted: bool) -> None:
        ahead = max(0.0, self._until - time.monotonic()) if interrupted else 0.0
        played = max(0.0, self._played - ahead)
        self._pushed = self._played = 0.0
        self._until = 0.0
        self.on_playback_finished(playback_position=played, interrupted=interrupted)

    async def _forward(self) -> None:
        while True:
            pcm = await self._queue.get()
            await self._resumed.wait()
            if pcm is None:
                await asyncio.sleep(max(0.0, self._until - time.monotonic()))
                if self._pushed:
                    self._finish(interrupted=False)
                continue
            await asyncio.sleep(max(0.0, self._until - AHEAD_S - time.monotonic()))
            if not self._played:
                self.on_playback_started(created_at=time.time())
            self._call.said(pcm, 24_000)
            seconds = len(pcm) / 48_000
            self._played += seconds
            self._until = max(self._until, time.monotonic()) + seconds


def session_of(job: dict[str, Any]) -> AgentSession[None]:
    reach = {"base_url": job["url"], "api_key": "bench"}
    stt = openai.STT(model="gpt-4o-transcribe", use_realtime=False, **reach)
    llm = openai.LLM(model="gpt-4.1", **reach)
    tts = openai.TTS(model="gpt-4o-mini-tts", voice="marin", response_format="pcm", **reach)
    if job["mode"] == "default":
        return AgentSession(stt=stt, llm=llm, tts=tts)
    vad = silero.VAD.load(min_silence_duration=job["hold_ms"] / 1000)
    turns = TurnHandlingOptions(
        turn_detection="vad",
        endpointing={"mode": "fixed", "min_delay": 0.0, "max_delay": 3.0},
        interruption={"mode": "vad", "min_duration": 0.2},
    )
    return AgentSession(stt=stt, llm=llm, tts=tts, vad=vad, turn_handling=turns, aec_warmup_duration=None)


async def build(job: dict[str, Any]) -> phone.Drive:
    async def drive(call: phone.Phone) -> None:
        session = session_of(job)
        ear, mouth = Input(), Output(call)
        session.input.audio = ear
        session.output.audio = mouth
        await session.start(Agent(instructions="You tell callers where their order is."), record=False)
        await call.run(ear.deliver)
        try:
            await asyncio.wait_for(session.aclose(), phone.CLOSE_S)
        except TimeoutError:
            call.note.append("the session did not close")

    return drive


if __name__ == "__main__":
    phone.main(build)
