"""The canned engine: scripted transcripts, replies and tool calls, and audible speech-like noise, without any model."""

import itertools
import re
import threading
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from pipeline.pcm import BYTES, EAR_RATE, LINE_RATE
from stages.ports import Said, ToolCall, ToolResult
from stages.standin.engines.ports import ChatEngineRequest, EngineToolCall, Heard
from stages.standin.engines.script import ChatLine, HeardLine, Script

MS_PER_CHARACTER: Final = 45
PIECE_MS: Final = 200
_LOOP_S: Final = 8
_LEVEL: Final = 3300
"""RMS of the speech-like noise: -20 dBFS."""


class CannedHearing:
    """Says what the script says, in order of arrival among the lines that fit the recording's length."""

    def __init__(self, script: Script) -> None:
        self._lines = script.hearing
        self._count = itertools.count()
        self._lock = threading.Lock()

    def hear(self, pcm: bytes, language: str | None, prompt: str) -> Heard:
        seconds = len(pcm) / BYTES / EAR_RATE
        bound = [
            line for line in self._lines if line.seconds is not None and line.seconds[0] <= seconds < line.seconds[1]
        ]
        if bound:
            return _heard(bound[0])
        free = [line for line in self._lines if line.seconds is None]
        if not free:
            return Heard("")
        with self._lock:
            number = next(self._count)
        return _heard(free[number % len(free)])


def _heard(line: HeardLine) -> Heard:
    return Heard(line.text, line.tokens, line.language)


class CannedChat:
    """Answers by the script: the first line whose conditions fit; else the free lines, one for each step of the call.

    A step is one user message or tool result in the history, so that a repeated request gets the same answer.
    """

    def __init__(self, script: Script) -> None:
        self._lines = script.chat

    def answer(self, request: ChatEngineRequest) -> Iterator[str | EngineToolCall]:
        line = self._fitting(request)
        if line is not None:
            yield from line.say
            yield from line.calls

    def _fitting(self, request: ChatEngineRequest) -> ChatLine | None:
        last = _last(request)
        for line in self._lines:
            if line.bound and _fits(line, last, request):
                return line
        free = [line for line in self._lines if not line.bound]
        steps = sum(isinstance(m, ToolResult) or (isinstance(m, Said) and m.role == "user") for m in request.messages)
        return free[max(0, steps - 1) % len(free)] if free else None


def _last(request: ChatEngineRequest) -> str:
    if not request.messages:
        return ""
    match request.messages[-1]:
        case Said(_, text):
            return text
        case ToolResult(_, output):
            return output
        case ToolCall(_, name, _):
            return name


def _caller(request: ChatEngineRequest) -> str:
    """What the caller said last."""
    said = (m.text for m in reversed(request.messages) if isinstance(m, Said) and m.role == "user")
    return next(said, "")


def _fits(line: ChatLine, last: str, request: ChatEngineRequest) -> bool:
    if line.when and not re.search(line.when, last, re.IGNORECASE):
        return False
    if line.heard and not re.search(line.heard, _caller(request), re.IGNORECASE):
        return False
    if line.instructions and not re.search(line.instructions, request.instructions, re.IGNORECASE):
        return False
    if line.tool and line.tool not in {tool.name for tool in request.tools}:
        return False
    return line.schema is None or line.schema == (request.schema is not None)


class CannedSpeech:
    """A voice-like buzz of 45 ms per character; the same text and voice always give the same samples."""

    def __init__(self, ms_per_character: int = MS_PER_CHARACTER) -> None:
        self._ms = ms_per_character
        self._loop = _buzz()

    def speak(self, text: str, voice: str, speed: float) -> Iterator[bytes]:
        rest = round(len(text.strip()) * self._ms / speed) * LINE_RATE // 1000 * BYTES
        place = zlib.crc32(f"{voice}/{text}".encode()) % (len(self._loop) // BYTES) * BYTES
        while rest > 0:
            piece = self._loop[place : place + min(rest, PIECE_MS * LINE_RATE // 1000 * BYTES)]
            yield piece
            rest -= len(piece)
            place = (place + len(piece)) % len(self._loop)


def _buzz() -> bytes:
    """Harmonics of a gliding pitch with breath noise, in syllables of a quarter of a second."""
    rng = np.random.default_rng(7)
    time = np.arange(_LOOP_S * LINE_RATE) / LINE_RATE
    phase = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.4 * time)) / LINE_RATE
    tone = sum(np.sin(number * phase) / number for number in range(1, 13))
    breath = rng.normal(0, 0.15, len(time))
    syllables = 0.35 + 0.65 * np.abs(np.sin(np.pi * 4 * time))
    wave = (tone + breath) * syllables
    wave *= _LEVEL / np.sqrt(np.mean(wave**2))
    return np.clip(wave, -30_000, 30_000).astype("<i2").tobytes()


def canned(values: Mapping[str, Any] | None) -> tuple[CannedHearing, CannedChat, CannedSpeech]:
    """The three canned engines of one script."""
    script = Script.read(values or {})
    return CannedHearing(script), CannedChat(script), CannedSpeech(script.ms_per_character)
