"""pipecat: its pipeline with OpenAI services over a transport in memory.

`m300`: silero with a stop time of 0.3 s, and a turn that ends with it. `default`: silero as shipped and its turn model.
The output paces 40 ms writes as pipecat's own WebSocket transport does.
"""

import asyncio
import sys
import time
from typing import Any

import phone
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

logger.remove()
logger.add(sys.stderr, level="ERROR")


class Input(BaseInputTransport):
    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)


class Output(BaseOutputTransport):
    def __init__(self, call: phone.Phone, params: TransportParams) -> None:
        super().__init__(params)
        self._call = call
        self._next = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._call.flush()
            self._next = 0.0

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        self._call.said(frame.audio, frame.sample_rate)
        interval = len(frame.audio) / 2 / frame.sample_rate / 2  # their WebSocket writes at twice real time
        now = time.monotonic()
        if self._next > now:
            await asyncio.sleep(self._next - now)
            self._next += interval
        else:
            self._next = time.monotonic() + interval
        return True


def aggregators(job: dict[str, Any]) -> LLMContextAggregatorPair:
    context = LLMContext([{"role": "system", "content": "You tell callers where their order is."}])
    if job["mode"] == "default":
        params = LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer())
    else:
        params = LLMUserAggregatorParams(
            vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=job["hold_ms"] / 1000)),
            user_turn_strategies=UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)]),
        )
    return LLMContextAggregatorPair(context, user_params=params)


async def build(job: dict[str, Any]) -> phone.Drive:
    reach = {"api_key": "bench", "base_url": job["url"]}

    async def drive(call: phone.Phone) -> None:
        params = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
        ear, mouth, pair = Input(params), Output(call, params), aggregators(job)
        stt = OpenAISTTService(**reach, settings=OpenAISTTService.Settings(model="gpt-4o-transcribe"))
        llm = OpenAILLMService(**reach, settings=OpenAILLMService.Settings(model="gpt-4.1"))
        tts = OpenAITTSService(**reach, settings=OpenAITTSService.Settings(model="gpt-4o-mini-tts", voice="marin"))
        pipeline = Pipeline([ear, stt, pair.user(), llm, tts, mouth, pair.assistant()])
        params_of = PipelineParams(audio_in_sample_rate=phone.RATE, audio_out_sample_rate=24_000)
        worker = PipelineWorker(pipeline, params=params_of, idle_timeout_secs=None)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        running = asyncio.create_task(runner.run())

        async def deliver(frame: bytes) -> None:
            await ear.push_audio_frame(InputAudioRawFrame(audio=frame, sample_rate=phone.RATE, num_channels=1))

        await asyncio.sleep(0.5)
        await call.run(deliver)
        await runner.cancel()
        await asyncio.wait([running], timeout=5)

    return drive


if __name__ == "__main__":
    phone.main(build)
