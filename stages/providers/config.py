"""Which model serves a stage, where it is reached and how long it may take."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from stages.deadlines import LLM, STT, TTS, Deadlines

Stage = Literal["stt", "llm", "tts"]

DEADLINES: dict[Stage, Deadlines] = {"stt": STT, "llm": LLM, "tts": TTS}


def host_of(base_url: str) -> str:
    """Who serves it, as logs and metrics name it."""
    return urlsplit(base_url).netloc.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One stage's provider. `api` says how a chat model is spoken to: /v1/responses or /v1/chat/completions."""

    stage: Stage
    model: str
    base_url: str
    api_key: str = field(default="", repr=False)
    api: Literal["responses", "chat"] = "responses"
    deadlines: Deadlines | None = None
    """None: the stage's own."""
    service_tier: str = ""
    """What of the chat model's is asked for (`priority`); empty: what the account has set."""

    @property
    def limits(self) -> Deadlines:
        return self.deadlines or DEADLINES[self.stage]

    @property
    def masked_key(self) -> str:
        """The key as it may be shown."""
        if not self.api_key:
            return "(none)"
        return "****" if len(self.api_key) < 16 else f"{self.api_key[:3]}…{self.api_key[-4:]}"
