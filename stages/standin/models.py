"""Which models exist behind each endpoint, and what each of them accepts."""

from dataclasses import dataclass
from typing import Any

from stages.standin.errors import no_model

RESPONSES = "responses"
CHAT = "chat"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
OPENED = 1_744_675_200
"""A plausible `created` stamp for every entry; nothing reads it."""


@dataclass(frozen=True, slots=True)
class HearingModel:
    """A transcription model."""

    id: str
    shutdown: str | None = None
    formats: tuple[str, ...] = ("json",)
    logprobs: bool = True
    streams: bool = True
    keywords: bool = False
    timestamps: bool = False
    bills_seconds: bool = False


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A chat model. With no `efforts` it does not reason; `effort` is what it does when it is not told."""

    id: str
    snapshot: str
    shutdown: str | None = None
    efforts: tuple[str, ...] = ()
    effort: str = "none"

    @property
    def reasons(self) -> bool:
        return bool(self.efforts)


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A speech model."""

    id: str
    shutdown: str | None = None
    instructions: bool = True
    sse: bool = True


_TEXTS = ("json", "text", "srt", "verbose_json", "vtt")
_STT_OFF = "2027-02-26"
_TTS_OFF = "2027-01-06"
_GPT4_OFF = "2027-01-14"
_GPT5_OFF = "2026-12-11"
_GPT5_EFFORTS = ("minimal", "low", "medium", "high")
_GPT51_EFFORTS = ("none", "low", "medium", "high")
_GPT56_EFFORTS = ("none", "low", "medium", "high", "xhigh")

HEARING = {
    model.id: model
    for model in (
        HearingModel("gpt-4o-transcribe", _STT_OFF),
        HearingModel("gpt-4o-mini-transcribe", _STT_OFF),
        HearingModel("gpt-4o-mini-transcribe-2025-12-15", _STT_OFF),
        HearingModel("gpt-transcribe", logprobs=False, keywords=True),
        HearingModel("whisper-1", _STT_OFF, _TEXTS, logprobs=False, streams=False, timestamps=True, bills_seconds=True),
    )
}
THINKING = {
    model.id: model
    for model in (
        ChatModel("gpt-4.1", "gpt-4.1-2025-04-14", _GPT4_OFF),
        ChatModel("gpt-4.1-2025-04-14", "gpt-4.1-2025-04-14", _GPT4_OFF),
        ChatModel("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", _GPT4_OFF),
        ChatModel("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini-2025-04-14", _GPT4_OFF),
        ChatModel("gpt-4o", "gpt-4o-2024-08-06", _GPT4_OFF),
        ChatModel("gpt-4o-mini", "gpt-4o-mini-2024-07-18", _GPT4_OFF),
        ChatModel("gpt-5", "gpt-5-2025-08-07", _GPT5_OFF, _GPT5_EFFORTS, "medium"),
        ChatModel("gpt-5-mini", "gpt-5-mini-2025-08-07", _GPT5_OFF, _GPT5_EFFORTS, "medium"),
        ChatModel("gpt-5-nano", "gpt-5-nano-2025-08-07", _GPT5_OFF, _GPT5_EFFORTS, "medium"),
        ChatModel("gpt-5.1", "gpt-5.1-2025-11-13", "2027-04-01", _GPT51_EFFORTS, "none"),
        ChatModel("gpt-5.6-luna", "gpt-5.6-luna", None, _GPT56_EFFORTS, "medium"),
        ChatModel("gpt-5.6-terra", "gpt-5.6-terra", None, _GPT56_EFFORTS, "medium"),
        ChatModel("gpt-5.6-sol", "gpt-5.6-sol", None, _GPT56_EFFORTS, "medium"),
        ChatModel("gpt-6-luna", "gpt-6-luna", None, EFFORTS, "medium"),
    )
}
SPEAKING = {
    model.id: model
    for model in (
        SpeechModel("gpt-4o-mini-tts", _TTS_OFF),
        SpeechModel("gpt-4o-mini-tts-2025-03-20", _TTS_OFF),
        SpeechModel("gpt-4o-mini-tts-2025-12-15", _TTS_OFF),
        SpeechModel("tts-1", _TTS_OFF, instructions=False, sse=False),
        SpeechModel("tts-1-hd", _TTS_OFF, instructions=False, sse=False),
    )
}
VOICES = (
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
)


def hearing_model(name: str) -> HearingModel:
    if name not in HEARING:
        raise no_model(name)
    return HEARING[name]


def chat_model(name: str) -> ChatModel:
    if name not in THINKING:
        raise no_model(name)
    return THINKING[name]


def speech_model(name: str) -> SpeechModel:
    if name not in SPEAKING:
        raise no_model(name)
    return SPEAKING[name]


def entry(name: str) -> dict[str, Any]:
    """The entry of `GET /v1/models` for one model."""
    model = HEARING.get(name) or THINKING.get(name) or SPEAKING.get(name)
    if model is None:
        raise no_model(name)
    return {"id": name, "object": "model", "created": OPENED, "owned_by": "system", "shutdown_date": model.shutdown}


def entries() -> list[dict[str, Any]]:
    return [entry(name) for name in (*HEARING, *THINKING, *SPEAKING)]
