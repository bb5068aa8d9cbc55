"""OpenAI Agents, VoicePipeline: each utterance is handed over whole, because the caller has to find where it ends.

`m300`: the end is 300 ms of silence, found as in the bare chain; the pipeline as shipped. `small`: the same with
`buffer_size=1`, so that it does not hold back 2.6 s of audio before the first event.
"""

import asyncio
from typing import Any

import numpy as np
import phone
from agents import Agent, set_tracing_disabled
from agents.voice import (
    AudioInput,
    SingleAgentVoiceWorkflow,
    TTSModelSettings,
    VoicePipeline,
    VoicePipelineConfig,
)
from agents.voice.models.openai_model_provider import OpenAIVoiceModelProvider
from ear import Ear

set_tracing_disabled(True)


async def build(job: dict[str, Any]) -> phone.Drive:
    async def drive(call: phone.Phone) -> None:
        speech = TTSModelSettings(voice="marin", **({"buffer_size": 1} if job["mode"] == "small" else {}))
        reach = OpenAIVoiceModelProvider(api_key="bench", base_url=job["url"])
        config = VoicePipelineConfig(model_provider=reach, tracing_disabled=True, tts_settings=speech)
        agent = Agent(name="orders", instructions="You tell callers where their order is.", model="gpt-4.1")
        pipeline = VoicePipeline(
            workflow=SingleAgentVoiceWorkflow(agent),
            stt_model="gpt-4o-transcribe",
            tts_model="gpt-4o-mini-tts",
            config=config,
        )
        ear = Ear(job["hold_ms"])
        async with asyncio.TaskGroup() as scope:

            def deliver(frame: bytes) -> None:
                utterance = ear.feed(frame)
                if utterance is not None:
                    scope.create_task(answer(pipeline, call, utterance))

            await call.run(deliver)

    return drive


async def answer(pipeline: VoicePipeline, call: phone.Phone, pcm: bytes) -> None:
    spoken = AudioInput(buffer=np.frombuffer(pcm, "<i2"), frame_rate=phone.RATE)
    result = await pipeline.run(spoken)
    async for event in result.stream():
        if event.type == "voice_stream_event_audio" and event.data is not None:
            call.said(event.data.astype("<i2").tobytes(), 24_000)


if __name__ == "__main__":
    phone.main(build)
