"""What the stand-in needs from an engine: plain blocking iterators, called from worker threads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from stages.ports import Message, ToolSpec


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a transcript with the engine's own log-probability."""

    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of one recording. `tokens` is empty where the engine has no confidence to tell."""

    text: str
    tokens: tuple[Token, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class EngineToolCall:
    """The engine asks for a tool. `arguments` is JSON text; an empty `id` leaves the choice to the server."""

    name: str
    arguments: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class ChatEngineRequest:
    """One request to a chat engine, the same whether it came through /responses or /chat/completions.

    `messages` are `stages.ports` values in order: Said(role user | assistant | system | developer, text), ToolCall,
    ToolResult. `tool_choice` is auto, none, required, or the name of one tool. With `schema` the whole answer must be
    JSON that fits it.
    """

    model: str
    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    schema: dict[str, Any] | None = None
    max_tokens: int | None = None


class HearingEngine(Protocol):
    """Speech to text. May be called from several threads at once."""

    def hear(self, pcm: bytes, language: str | None, prompt: str) -> Heard:
        """What `pcm` (16 kHz s16le mono) says; empty text where it says nothing."""


class ChatEngine(Protocol):
    """Text to text. May be called from several threads at once; keeps nothing between calls."""

    def answer(self, request: ChatEngineRequest) -> Iterator[str | EngineToolCall]:
        """Pieces of spoken text (any size) and tool calls, in the order in which they are to be sent."""


class SpeechEngine(Protocol):
    """Text to speech. May be called from several threads at once."""

    def speak(self, text: str, voice: str, speed: float) -> Iterator[bytes]:
        """24 kHz s16le mono in pieces of whole samples, the first as early as the engine can."""
