"""What each model accepts, and when its shutdown was announced.

A model is looked up by its longest known prefix, so a dated snapshot has its family's row. A model nobody knows gets
the defaults, which ask for nothing that another vendor's server might refuse.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal


@dataclass(frozen=True, slots=True)
class Capabilities:
    effort: str | None = None
    """The reasoning effort to send, the least the model knows; None where it does not reason."""
    temperature: bool = True
    logprobs: bool = False
    """Transcription: gives the log-probability of each token."""
    hints: Literal["prompt", "keywords", "none"] = "prompt"
    """Transcription: where the words to expect are written."""
    languages: bool = False
    """Transcription: takes `languages[]` in place of `language`."""
    instructions: bool = True
    """Speech: takes a description of how to speak."""
    shutdown: date | None = None
    successor: str = ""


_LUNA = "gpt-6-luna"
_APRIL = date(2027, 4, 1)
_CHAT_END = date(2027, 1, 14)
_STT_END = date(2027, 2, 26)
_TTS_END = date(2027, 1, 6)
_GPT5_END = date(2026, 12, 11)
_TTS_NEXT = "no drop-in: another vendor's /v1/audio/speech, or a local voice"

_GONE = date(2026, 10, 23)

TABLE: dict[str, Capabilities] = {
    # Chat.
    "gpt-4.1": Capabilities(shutdown=_CHAT_END, successor=_LUNA),
    "gpt-4.1-nano": Capabilities(shutdown=_GONE, successor="gpt-5.6-luna"),
    "gpt-4o": Capabilities(shutdown=_CHAT_END, successor=_LUNA),
    "gpt-4-turbo": Capabilities(shutdown=_GONE, successor="gpt-5.6-luna"),
    "gpt-5": Capabilities(effort="minimal", temperature=False, shutdown=_GPT5_END, successor="gpt-5.6-sol"),
    "gpt-5.": Capabilities(effort="none"),
    "gpt-5.1": Capabilities(effort="none", shutdown=_APRIL, successor=_LUNA),
    "gpt-5.4-nano": Capabilities(effort="none", shutdown=_APRIL, successor=_LUNA),
    "gpt-6": Capabilities(effort="none"),
    "o1": Capabilities(effort="low", temperature=False, shutdown=_GONE, successor="gpt-5.6-sol"),
    "o3": Capabilities(effort="low", temperature=False, shutdown=_GPT5_END, successor="gpt-5.6-sol"),
    "o3-mini": Capabilities(effort="low", temperature=False, shutdown=_GONE, successor="gpt-5.6-luna"),
    "o4-mini": Capabilities(effort="low", temperature=False, shutdown=_GONE, successor="gpt-5.6-luna"),
    # Transcription.
    "gpt-4o-transcribe": Capabilities(logprobs=True, shutdown=_STT_END, successor="gpt-transcribe"),
    "gpt-4o-mini-transcribe": Capabilities(logprobs=True, shutdown=_STT_END, successor="gpt-transcribe"),
    "gpt-4o-transcribe-diarize": Capabilities(hints="none", shutdown=_STT_END, successor="gpt-transcribe"),
    "whisper-1": Capabilities(shutdown=_STT_END, successor="gpt-transcribe"),
    "gpt-transcribe": Capabilities(hints="keywords", languages=True),
    # Speech.
    "gpt-4o-mini-tts": Capabilities(shutdown=_TTS_END, successor=_TTS_NEXT),
    "tts-1": Capabilities(instructions=False, shutdown=_TTS_END, successor=_TTS_NEXT),
}
DEFAULT = Capabilities()


@cache
def capabilities(model: str) -> Capabilities:
    """The row of the longest prefix of `model` in the table."""
    known = [prefix for prefix in TABLE if model == prefix or model.startswith(_stem(prefix))]
    return TABLE[max(known, key=len)] if known else DEFAULT


def _stem(prefix: str) -> str:
    """`gpt-4.1` covers `gpt-4.1-mini` but not `gpt-4.12`; a prefix that ends in a dot covers all that follows."""
    return prefix if prefix.endswith(".") else f"{prefix}-"
