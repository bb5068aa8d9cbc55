"""What the stages need from a provider: one method each."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Protocol

from pipeline.flow import Transcript, Utterance


@dataclass(frozen=True, slots=True)
class Hints:
    """What helps the recogniser: the language (ISO 639-1) and words to expect."""

    language: str | None = None
    words: tuple[str, ...] = ()


class Transcriber(Protocol):
    """Speech to text. A pure function of the audio, so it may be repeated freely."""

    async def transcribe(self, utterance: Utterance, hints: Hints) -> Transcript:
        """The final transcript; empty text where nothing was said. Raises ProviderFault."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the history. `role`: user, assistant or system (developer)."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asked for a tool; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The answer to the tool call `id`."""

    id: str
    output: str


Message = Said | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function the model may call; `parameters` is a JSON Schema object, in OpenAI's strict subset where `strict`."""

    name: str
    description: str
    parameters: dict[str, Any]
    strict: bool = True
    """The model's arguments are held to the schema. A stranger's schema is seldom in the subset that allows it."""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request to the model. `instructions` and `tools` are byte-stable over a call, for the provider's cache."""

    instructions: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    """auto, none, required, or the name of one tool."""
    max_tokens: int = 300
    temperature: float | None = None
    schema: dict[str, Any] | None = None
    """A JSON Schema that the whole answer must fit (structured output)."""


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Words as the model writes them. Empty: a sign of life before the first of them."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The last piece of an answer. `stopped`: stop, tool_calls, length, content_filter."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    stopped: str = "stop"


ChatPiece = TextPiece | ToolCall | Usage


class ChatModel(Protocol):
    """Text to text, streamed. A tool call arrives whole; the last piece is always a Usage."""

    model: str

    def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        """Raises ProviderFault. Closing the generator closes the connection."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How to say it. `instructions` and `speed` where the provider takes them."""

    name: str = "marin"
    instructions: str = ""
    speed: float = 1.0
    language: str = "en"
    """The language of what it says (ISO 639-1): numbers and addresses are worded in it."""


class Synthesizer(Protocol):
    """Text to speech, streamed."""

    model: str

    def speak(self, text: str, voice: Voice) -> AsyncGenerator[bytes, None]:
        """Whole samples of 24 kHz s16le mono, as they arrive; none is a sign of life. Raises ProviderFault.

        Closing it hangs up.
        """
