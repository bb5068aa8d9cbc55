"""Text to speech over POST /v1/audio/speech: one sentence up, 24 kHz PCM down as it is made."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import closing
from typing import Any

from pipeline.errors import ProviderRefused, ProviderUnavailable
from pipeline.pcm import BYTES, LINE_RATE
from stages.ports import Voice
from stages.providers.capabilities import capabilities
from stages.providers.config import ProviderConfig
from stages.providers.endpoint import packed
from stages.providers.faults import faults, malformed
from stages.providers.openai_client import Connections
from stages.trim import is_audible

_NO_AUDIO = re.compile(r"^(text/|application/(?!octet-stream|pcm))")
_OTHER_FORMAT = re.compile(r"^audio/(mpeg|mp3|wav|x-wav|wave|ogg|opus|webm|aac|flac)")
_RATE = re.compile(r"rate=(\d+)")

AHEAD_S = 0.4
"""Speech that came before its time: from here on there is no hurry with the rest,"""
REST_S = 0.1
"""and it is taken in lots of so many seconds: whoever hears it knows no difference, and it costs a third."""


class OpenAISynthesizer:
    """Implements stages.ports.Synthesizer."""

    def __init__(self, connections: Connections, config: ProviderConfig) -> None:
        self._endpoint = connections.endpoint(config, "/audio/speech", "application/octet-stream")
        self.model = config.model

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        got, odd, ahead = 0, b"", _Ahead()
        with faults("tts"):
            fields = {"model": self.model, "input": text, "response_format": "pcm", **asked(self.model, voice)}
            response = await self._endpoint.post(packed(fields))
            with closing(response):
                _check_format(response.headers.get("content-type", ""))
                yield b""  # the provider took the request
                # No block size: every piece is handed on as it arrives, never waited to be filled.
                while piece := await response.content.readany():
                    pcm = odd + piece
                    whole = len(pcm) // BYTES * BYTES
                    odd = pcm[whole:]
                    got += whole
                    if whole:
                        is_ahead = ahead.by(pcm[:whole]) >= AHEAD_S
                        yield pcm[:whole]
                        if is_ahead and not response.content.at_eof():
                            await asyncio.sleep(REST_S)
        if not got:
            raise ProviderUnavailable("tts", "tts: the provider sent no audio", code="empty")


class _Ahead:
    """How much faster than it is heard speech comes, counted from the first sound."""

    def __init__(self) -> None:
        self._now = asyncio.get_running_loop().time
        self._begun_at: float | None = None
        self._got = 0

    def by(self, pcm: bytes) -> float:
        """Seconds of it that will be left if it is said as soon as it comes; this has come now."""
        if self._begun_at is None:
            if not is_audible(pcm):
                return 0.0
            self._begun_at = self._now()
        self._got += len(pcm)
        return self._got / (BYTES * LINE_RATE) - (self._now() - self._begun_at)


def asked(model: str, voice: Voice) -> dict[str, Any]:
    """The parameters that describe `voice`; what is left at its default is not sent."""
    extra: dict[str, Any] = {"voice": {"id": voice.name} if voice.name.startswith("voice_") else voice.name}
    if voice.instructions and capabilities(model).instructions:
        extra["instructions"] = voice.instructions
    if voice.speed != 1.0:
        extra["speed"] = voice.speed
    return extra


def _check_format(content_type: str) -> None:
    """A server that ignores `response_format` would be heard as noise."""
    if _NO_AUDIO.match(content_type):
        raise malformed("tts", f"the answer is no audio but {content_type[:80]}")
    rate = _RATE.search(content_type)
    if _OTHER_FORMAT.match(content_type) or (rate and int(rate.group(1)) != LINE_RATE):
        raise ProviderRefused("tts", f"tts: asked for 24 kHz PCM, was sent {content_type[:80]}", code="wrong_format")
