"""A Realtime call that is over is freed on the spot: its ear and its sound do not wait for the collector."""

import asyncio
import gc
import weakref
from typing import Any

import pytest

from api import calls
from tests.api.routes.test_realtime_socket import run, say, spoken
from tests.support.providers import FakeSynthesizer, tone
from tests.support.realtime import Door, Scripts, until


def test_nothing_of_an_ended_call_is_left_for_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LINGER_SECONDS", 0.05)
    long = FakeSynthesizer(always=(tone(3_000), tone(3_000)))

    async def call(opened: Door, heard: list[Any]) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            await until(it, "response.output_audio.delta")
            call: Any = opened.app.state.calls.live()[0].call
            heard += [weakref.ref(call._segmenter), weakref.ref(call._playout)]
            await say(it, spoken())
            await until(it, "conversation.item.input_audio_transcription.completed")
            await until(it, "response.output_audio.delta")

    async def story(opened: Door) -> None:
        heard: list[Any] = []
        gc.disable()
        try:
            await call(opened, heard)
            for _ in range(200):
                await asyncio.sleep(0.02)
                if not any(part() for part in heard):
                    break
            assert [part() for part in heard] == [None, None]
        finally:
            gc.enable()

    run(story, Scripts(tts=long))
