"""Prints how much memory (MB, resident) a process needs that holds no more than a call needs, with one call in it.

The pipeline, the three stages with their dialogue, hearing, and the official client of the provider: no HTTP server, no
database, no WebRTC, and nothing of the benchmarks.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import MICROS, CallClock
from pipeline.events import CallStarted, TurnSettled
from pipeline.flow import AudioFrame
from pipeline.pcm import EAR_RATE, LINE_RATE, silence
from pipeline.ports import Pull
from stages.agent import CallAgent
from stages.dialogue.load import load_agent
from stages.ports import Hints
from stages.providers.config import ProviderConfig
from stages.providers.openai_chat import OpenAIChat
from stages.providers.openai_client import Connections
from stages.providers.openai_synthesizer import OpenAISynthesizer
from stages.providers.openai_transcriber import OpenAITranscriber
from stages.speak import Speak
from stages.transcribe import Transcribe
from vad import Ear

SECONDS = 12


class Quiet:
    """A line on which nothing is said for twelve seconds; the agent greets."""

    name = "quiet"

    def __init__(self) -> None:
        self._pull: Pull = lambda _: None

    async def up(self) -> None:
        return None

    async def frames(self) -> AsyncGenerator[AudioFrame, None]:
        for index in range(SECONDS * 50):
            await asyncio.sleep(0.02)
            self._pull(LINE_RATE // 50)
            yield AudioFrame(silence(EAR_RATE // 50), EAR_RATE, index * MICROS // 50)

    def attach(self, pull: Pull) -> None:
        self._pull = pull

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        return None


async def main(url: str) -> float:
    stt = ProviderConfig("stt", "gpt-4o-transcribe", url)
    llm = ProviderConfig("llm", "gpt-4.1", url)
    tts = ProviderConfig("tts", "gpt-4o-mini-tts", url)
    async with Connections() as connections:
        spec = load_agent("reception")
        hearing = Transcribe(OpenAITranscriber(connections, stt), Hints("en", spec.words))
        speaking = Speak(OpenAISynthesizer(connections, tts), spec.voice)
        agent = CallAgent(spec, OpenAIChat(connections, llm), hearing, speaking)
        bus = Bus("call", CallClock.start())
        started = CallStarted(spec.name, spec.hash, "quiet", 0)
        call = Call(Quiet(), Ear.load().segmenter(), agent, bus, started)
        most = 0.0
        async with asyncio.TaskGroup() as scope:
            holding = scope.create_task(call.run())
            while not holding.done():
                await asyncio.sleep(0.25)
                most = max(most, int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
        assert any(isinstance(envelope.event, TurnSettled) for envelope in bus.since(0)), "nothing was said"
        return most / 2**20


if __name__ == "__main__":
    print(f"{asyncio.run(main(sys.argv[1])):.1f}")
