"""How long the real providers take: pure laws, drawn from a seed.

A law is `shift + LogNormal(median, sigma)` milliseconds and, now and then, an outlier. Each request of a stage draws
from its own generator, made of (seed, stage, number of the request), so that concurrency does not disturb the draws.
`openai-2026` reproduces published quantiles in its first hour; later hours drift, and each later day has its own spread
of the chat model.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

DRIFT: Final = 0.12
_HOUR_S: Final = 3600.0
_DAY_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Law:
    """`shift + LogNormal(median, sigma)` ms, with probability `p_out` plus uniform(`out`)."""

    shift: float = 0.0
    median: float = 0.0
    sigma: float = 0.0
    p_out: float = 0.0
    out: tuple[float, float] = (0.0, 0.0)

    def draw(self, rng: random.Random, drift: float = 1.0) -> float:
        body = drift * self.median * math.exp(rng.gauss(0.0, self.sigma)) if self.median else 0.0
        outlier = rng.uniform(*self.out) if self.p_out and rng.random() < self.p_out else 0.0
        return self.shift + body + outlier


@dataclass(slots=True)
class ChatPace:
    """The times of one streamed answer, in seconds."""

    first: float
    """From the request to the first token."""
    opening: float
    """From the request to the headers and the opening events."""
    _gap: Law
    _rng: random.Random
    _coalesce: float = 0.0

    def gap(self) -> float:
        """To the next token; 0 when it rides with the one before."""
        if self._coalesce and self._rng.random() < self._coalesce:
            return 0.0
        return self._gap.draw(self._rng) / 1000


@dataclass(slots=True)
class SpeechPace:
    """The times of one synthesised text, in seconds."""

    first: float
    silence: float
    """Silence at the head of the audio itself."""
    _rtf: float
    _stall: Law
    _rng: random.Random
    _bursts: tuple[int, int]

    @property
    def paced(self) -> bool:
        return self._rtf > 0

    def burst(self) -> int:
        """Bytes of the next burst."""
        return self._rng.randint(*self._bursts) & ~1

    def after(self, seconds: float) -> float:
        """How long the making of `seconds` of audio takes."""
        return seconds * self._rtf + self._stall.draw(self._rng) / 1000


class Profile(Protocol):
    """One latency profile."""

    def hearing(self, model: str, audio_s: float, rng: random.Random, hour: int) -> float:
        """Seconds from the whole upload to the transcript."""

    def chat(
        self, model: str, prompt_tokens: int, effort: str, rng: random.Random, hour: int, tier: str = "default"
    ) -> ChatPace: ...

    def speech(self, model: str, rng: random.Random, hour: int) -> SpeechPace: ...


THINKING_S: Final[Mapping[str, float]] = {
    "none": 0.0,
    "minimal": 0.5,
    "low": 1.5,
    "medium": 4.0,
    "high": 10.0,
    "xhigh": 20.0,
    "max": 40.0,
}
"""What hidden reasoning adds before the first token; rough on purpose, so that nobody overlooks that it is on."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The same times for every request; all zero for the profile `zero`."""

    stt_ms: float = 300.0
    llm_ms: float = 400.0
    tts_ms: float = 250.0
    tokens_per_s: float = 50.0
    rtf: float = 0.25

    def hearing(self, model: str, audio_s: float, rng: random.Random, hour: int) -> float:
        return self.stt_ms / 1000

    def chat(
        self, model: str, prompt_tokens: int, effort: str, rng: random.Random, hour: int, tier: str = "default"
    ) -> ChatPace:
        thinking = THINKING_S[effort] if self.llm_ms else 0.0
        first = self.llm_ms / 1000 + thinking
        gap = Law(shift=1000 / self.tokens_per_s if self.tokens_per_s else 0.0)
        return ChatPace(first, first / 2, gap, rng)

    def speech(self, model: str, rng: random.Random, hour: int) -> SpeechPace:
        return SpeechPace(self.tts_ms / 1000, 0.0, self.rtf, Law(), rng, (8192, 8192))


ZERO: Final = Fixed(0.0, 0.0, 0.0, 0.0, 0.0)

_STT: Final[Mapping[str, Law]] = {
    "gpt-4o-transcribe": Law(235, 185, 0.75, 0.004, (2000, 10_000)),
    "gpt-4o-mini-transcribe": Law(350, 130, 0.90, 0.004, (2000, 30_000)),
}
_LLM: Final[Mapping[str, Law]] = {
    "gpt-4.1": Law(250, 250, 0.78, 0.003, (2000, 10_000)),
    "gpt-4.1-mini": Law(300, 500, 0.75, 0.005, (2000, 10_000)),
}
_PRIORITY: Final[Mapping[str, Law]] = {"gpt-4.1": Law(230, 190, 0.61, 0.001, (2000, 10_000))}
"""With `service_tier` priority; what is published of it is of this model."""
_LLM_LONG: Final = Law(250, 310, 0.80, 0.005, (2000, 5000))
_TOKEN: Final = Law(0, 12, 0.6, 0.01, (80, 250))
_TTS: Final[Mapping[str, Law]] = {
    "gpt-4o-mini-tts": Law(280, 270, 0.60, 0.003, (2000, 10_000)),
    "gpt-4o-mini-tts-2025-03-20": Law(200, 140, 0.60, 0.003, (2000, 10_000)),
}
_RTF: Final = (0.17, 0.25)
_STALL: Final = Law(p_out=0.005, out=(200, 600))
_LONG_PROMPT: Final = 8000


@dataclass(frozen=True, slots=True)
class OpenAI2026:
    """Laws fitted to published measurements of OpenAI's endpoints in 2026, seen from a US region."""

    seed: int = 0

    def hearing(self, model: str, audio_s: float, rng: random.Random, hour: int) -> float:
        law = _nearest(_STT, model, "gpt-4o-transcribe")
        return (law.draw(rng, self._drift("stt", hour)) + 20 * audio_s) / 1000

    def chat(
        self, model: str, prompt_tokens: int, effort: str, rng: random.Random, hour: int, tier: str = "default"
    ) -> ChatPace:
        law = _nearest(_LLM, model, "gpt-4.1")
        if law is _LLM["gpt-4.1"]:
            law = _PRIORITY["gpt-4.1"] if tier == "priority" else _LLM_LONG if prompt_tokens > _LONG_PROMPT else law
        day = hour // _DAY_HOURS
        if day:
            law = replace(law, sigma=random.Random(f"{self.seed}/sigma/{day}").uniform(0.3, 0.8))
        first = law.draw(rng, self._drift("llm", hour)) / 1000 + THINKING_S[effort]
        # The headers and response.created come while the model still reads; the share is an estimate.
        return ChatPace(first, 0.4 * first, _TOKEN, rng, 0.1)

    def speech(self, model: str, rng: random.Random, hour: int) -> SpeechPace:
        law = _nearest(_TTS, model, "gpt-4o-mini-tts")
        first = law.draw(rng, self._drift("tts", hour)) / 1000
        silence = max(0.0, rng.gauss(150, 50)) / 1000
        return SpeechPace(first, silence, _RTF[0] * math.exp(rng.gauss(0, _RTF[1])), _STALL, rng, (4096, 16_384))

    def _drift(self, stage: str, hour: int) -> float:
        if hour == 0:
            return 1.0
        return math.exp(random.Random(f"{self.seed}/drift/{stage}/{hour}").gauss(0, DRIFT))


@dataclass(slots=True)
class Laws:
    """The profile of one server, with the count of requests that seeds each draw."""

    profile: Profile
    seed: int = 0
    _drawn: dict[str, int] = field(default_factory=dict)

    def hearing(self, model: str, audio_s: float, up_s: float) -> float:
        return self.profile.hearing(model, audio_s, self._rng("stt"), _hour(up_s))

    def chat(self, model: str, prompt_tokens: int, effort: str, up_s: float, tier: str = "default") -> ChatPace:
        return self.profile.chat(model, prompt_tokens, effort, self._rng("llm"), _hour(up_s), tier)

    def speech(self, model: str, up_s: float) -> SpeechPace:
        return self.profile.speech(model, self._rng("tts"), _hour(up_s))

    def _rng(self, stage: str) -> random.Random:
        number = self._drawn[stage] = self._drawn.get(stage, -1) + 1
        return random.Random(f"{self.seed}/{stage}/{number}")


def profile(text: str, seed: int = 0) -> Profile:
    """Reads `zero`, `fixed[:stt=300,llm=400,tts=250,tokens=50,rtf=0.25]` or `openai-2026`; ValueError otherwise."""
    name, _, rest = text.partition(":")
    if name == "zero" and not rest:
        return ZERO
    if name == "openai-2026" and not rest:
        return OpenAI2026(seed)
    if name != "fixed":
        raise ValueError(f"latency '{text}' is not known: choose zero, fixed[:stt=ms,llm=ms,tts=ms,...] or openai-2026")
    names = {"stt": "stt_ms", "llm": "llm_ms", "tts": "tts_ms", "tokens": "tokens_per_s", "rtf": "rtf"}
    chosen: dict[str, float] = {}
    for pair in filter(None, rest.split(",")):
        key, _, value = pair.partition("=")
        if key not in names:
            raise ValueError(f"latency '{text}': '{key}' is not one of {', '.join(names)}")
        try:
            chosen[names[key]] = float(value)
        except ValueError:
            raise ValueError(f"latency '{text}': '{key}' needs a number, not '{value}'") from None
        if not 0 <= chosen[names[key]] < math.inf:
            raise ValueError(f"latency '{text}': '{key}' must be finite and not negative")
    return Fixed(**chosen)


def _nearest(laws: Mapping[str, Law], model: str, default: str) -> Law:
    """The law of the model, or of the longest name that the model's name begins with."""
    fitting = [name for name in laws if model.startswith(name)]
    return laws[max(fitting, key=len)] if fitting else laws[default]


def _hour(up_s: float) -> int:
    return int(up_s // _HOUR_S)
