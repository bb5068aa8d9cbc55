"""No framework: the OpenAI SDK, webrtcvad with an energy gate, and a split at the first sentence mark.

What a careful afternoon gives. It hears the end of speech exactly, starts nothing ahead, and cuts no clauses.
"""

import asyncio
import io
import re
import wave
from typing import Any

import phone
from ear import Ear
from openai import AsyncOpenAI

SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


async def build(job: dict[str, Any]) -> phone.Drive:
    client = AsyncOpenAI(base_url=job["url"], api_key="bench", max_retries=0)
    await client.models.list()

    async def drive(call: phone.Phone) -> None:
        ear = Ear(job["hold_ms"])
        async with asyncio.TaskGroup() as scope:

            def deliver(frame: bytes) -> None:
                utterance = ear.feed(frame)
                if utterance is not None:
                    scope.create_task(answer(client, call, utterance, history))

            history: list[Any] = [{"role": "system", "content": "You tell callers where their order is."}]
            await call.run(deliver)

    return drive


async def answer(client: AsyncOpenAI, call: phone.Phone, pcm: bytes, history: list[Any]) -> None:
    heard = await client.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", wav(pcm)))
    history.append({"role": "user", "content": heard.text})
    stream = await client.chat.completions.create(model="gpt-4.1", messages=list(history), stream=True)
    text = ""
    done = ""
    async for chunk in stream:
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        while found := SENTENCE.match(text):
            await say(client, call, found.group(1))
            done += found.group(1) + " "
            text = text[found.end() :]
    if text.strip():
        await say(client, call, text.strip())
    history.append({"role": "assistant", "content": done + text})


async def say(client: AsyncOpenAI, call: phone.Phone, text: str) -> None:
    speech = client.audio.speech.with_streaming_response
    async with speech.create(model="gpt-4o-mini-tts", voice="marin", input=text, response_format="pcm") as response:
        async for chunk in response.iter_bytes(4800):
            call.said(chunk, 24_000)


def wav(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(phone.RATE)
        file.writeframes(pcm)
    return out.getvalue()


if __name__ == "__main__":
    phone.main(build)
