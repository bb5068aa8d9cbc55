"""Scripted providers: they record what they were asked, count their open streams and fail or stall on demand.

A script holds one entry per request: a single step or a tuple of steps. A step is something to hand out, an exception
to raise, or a `Wait`. Once the script is used up, `always` answers; without it one more request is the test's error.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from pipeline.flow import Transcript, Utterance
from pipeline.pcm import LINE_RATE
from stages.ports import ChatPiece, ChatRequest, Hints, TextPiece, ToolCall, Usage, Voice
from stages.telling import may_hedge


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens for so many seconds (of the loop's clock)."""

    seconds: float


STALL = Wait(1e7)
"""Nothing happens ever again."""


class Script:
    """The entries left to play, and how many plays are open right now."""

    def __init__(self, entries: tuple[object, ...], always: object | None) -> None:
        self._left = list(entries)
        self._always = always
        self.opened = 0
        self.open = 0

    async def play(self) -> AsyncGenerator[object, None]:
        if not self._left and self._always is None:
            raise AssertionError("the provider was asked more often than the script foresees")
        entry = self._left.pop(0) if self._left else self._always
        self.opened += 1
        self.open += 1
        try:
            for step in entry if isinstance(entry, tuple) else (entry,):
                match step:
                    case Wait(seconds):
                        await asyncio.sleep(seconds)
                    case BaseException():
                        raise step
                    case _:
                        yield step
        finally:
            self.open -= 1

    def assert_complete(self) -> None:
        assert not self._left, f"never asked for: {self._left}"
        assert self.open == 0, f"{self.open} of {self.opened} streams were left open"


class FakeTranscriber:
    """Entries are texts or Transcripts: `FakeTranscriber("hello", (Wait(0.3), "yes"), ProviderTimeout(...))`."""

    def __init__(self, *entries: object, always: object | None = None) -> None:
        self.script = Script(entries, always)
        self.calls: list[tuple[Utterance, Hints]] = []
        self.hedged: list[bool] = []
        """Of each request: may it be made twice?"""

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        self.calls.append((utterance, hints))
        self.hedged.append(may_hedge())
        heard = Transcript("")
        steps = self.script.play()
        try:
            async for step in steps:
                assert isinstance(step, str | Transcript)
                heard = step if isinstance(step, Transcript) else Transcript(step)
        finally:
            await steps.aclose()
        return heard

    def assert_complete(self) -> None:
        self.script.assert_complete()


class FakeChat:
    """Entries are pieces; a str is a TextPiece. A Usage is added at the end where the entry has none."""

    def __init__(self, *entries: object, always: object | None = None, model: str = "fake-chat") -> None:
        self.model = model
        self.script = Script(entries, always)
        self.calls: list[ChatRequest] = []
        self.hedged: list[bool] = []

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        self.calls.append(request)
        self.hedged.append(may_hedge())
        steps = self.script.play()
        closing = Usage(input_tokens=1, output_tokens=1)
        try:
            async for step in steps:
                match step:
                    case str():
                        yield TextPiece(step)
                    case ToolCall():
                        closing = Usage(input_tokens=1, output_tokens=1, stopped="tool_calls")
                        yield step
                    case Usage():
                        closing = step
                    case TextPiece():
                        yield step
                    case _:
                        raise AssertionError(f"not a chat piece: {step!r}")
            yield closing
        finally:
            await steps.aclose()

    def assert_complete(self) -> None:
        self.script.assert_complete()


def tone(ms: int, level: int = 8000) -> bytes:
    """A loud square wave of `ms` milliseconds at 24 kHz: never silent, cheap to make."""
    count = LINE_RATE * ms // 1000
    period = level.to_bytes(2, "little", signed=True) * 24 + (-level).to_bytes(2, "little", signed=True) * 24
    return (period * (count // 48 + 1))[: count * 2]


def hush(ms: int) -> bytes:
    """Digital silence of `ms` milliseconds at 24 kHz."""
    return bytes(LINE_RATE * ms // 1000 * 2)


class FakeSynthesizer:
    """Entries are PCM pieces. Unscripted, it says any text: `ms_per_character` of tone, in pieces of `piece_ms`."""

    def __init__(
        self,
        *entries: object,
        always: object | None = None,
        ms_per_character: int = 60,
        piece_ms: int = 100,
        before: Callable[[str], float] = lambda _: 0.0,
        model: str = "fake-voice",
    ) -> None:
        self.model = model
        self._scripted = bool(entries) or always is not None
        self._ms_per_character = ms_per_character
        self._piece_ms = piece_ms
        self._before = before
        self.script = Script(entries, always)
        self.calls: list[tuple[str, Voice]] = []
        self.hedged: list[bool] = []

    @property
    def texts(self) -> list[str]:
        return [text for text, _ in self.calls]

    async def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        self.calls.append((text, voice))
        self.hedged.append(may_hedge())
        steps = self.script.play() if self._scripted else self._improvised(text)
        try:
            async for step in steps:
                assert isinstance(step, bytes)
                yield step
        finally:
            await steps.aclose()

    async def _improvised(self, text: str) -> AsyncGenerator[object, None]:
        self.script.opened += 1
        self.script.open += 1
        try:
            seconds = self._before(text)
            if seconds:
                await asyncio.sleep(seconds)
            left = max(1, len(text)) * self._ms_per_character
            while left > 0:
                yield tone(min(left, self._piece_ms))
                left -= self._piece_ms
        finally:
            self.script.open -= 1

    def assert_complete(self) -> None:
        self.script.assert_complete()
