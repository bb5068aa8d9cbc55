"""Speech to text over POST /v1/audio/transcriptions: one utterance up, one transcript down."""

import json
import struct
from contextlib import closing

from pipeline.flow import Token, Transcript, Utterance
from pipeline.pcm import BYTES, EAR_RATE
from stages.ports import Hints
from stages.providers.capabilities import capabilities
from stages.providers.config import ProviderConfig
from stages.providers.endpoint import form
from stages.providers.faults import faults, malformed
from stages.providers.openai_client import Connections

SHORTEST = EAR_RATE // 10 * BYTES
"""Bytes of the shortest audio the models take, 0.1 s; less is padded with silence."""


class OpenAITranscriber:
    """Implements stages.ports.Transcriber."""

    def __init__(self, connections: Connections, config: ProviderConfig) -> None:
        self._endpoint = connections.endpoint(config, "/audio/transcriptions")
        self._model = config.model

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        fields = {"model": self._model, "response_format": "json"} | asked(self._model, hints)
        with faults("stt"):
            response = await self._endpoint.post(*form(fields, "speech.wav", wav(utterance.pcm), "audio/wav"))
            with closing(response):
                answer = json.loads(await response.read())
        text = answer.get("text") if isinstance(answer, dict) else None
        if not isinstance(text, str):
            raise malformed("stt", "the answer holds no transcript")
        return Transcript(text.strip(), _tokens(answer.get("logprobs")))


def asked(model: str, hints: Hints) -> dict[str, str | list[str]]:
    """The parameters that tell `model` about `hints`, and ask for its confidence where it has one."""
    able = capabilities(model)
    extra: dict[str, str | list[str]] = {}
    if able.logprobs:
        extra["include"] = ["logprobs"]
    if hints.language:
        extra |= {"languages": [hints.language]} if able.languages else {"language": hints.language}
    if hints.words and able.hints == "keywords":
        extra["keywords"] = list(hints.words)
    if hints.words and able.hints == "prompt":
        extra["prompt"] = prompt(hints.words)
    return extra


def prompt(words: tuple[str, ...]) -> str:
    """The words to expect, as the prompt that biases the spelling."""
    return ", ".join(words)


def wav(pcm: bytes) -> bytes:
    """`pcm` at 16 kHz behind the 44 bytes that make it a WAV file."""
    pcm += bytes(max(0, SHORTEST - len(pcm)))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, EAR_RATE, EAR_RATE * BYTES, BYTES, 8 * BYTES)
    return struct.pack("<4sI4s", b"RIFF", 36 + len(pcm), b"WAVE") + form + struct.pack("<4sI", b"data", len(pcm)) + pcm


def _tokens(logprobs: object) -> tuple[Token, ...]:
    """Servers differ in what they give here; what is no token with a number is left out."""
    tokens = []
    for entry in logprobs if isinstance(logprobs, list) else ():
        text, logprob = (entry.get("token"), entry.get("logprob")) if isinstance(entry, dict) else (None, None)
        if isinstance(text, str) and isinstance(logprob, int | float):
            tokens.append(Token(text, float(logprob)))
    return tuple(tokens)
