"""A Realtime call without an agent's file: the brain that works by the client's session, and the call's limits."""

from typing import Protocol

from api.realtime.brain import RealtimeBrain
from api.realtime.desk import Desk
from api.wire.realtime_session import SESSION_SECONDS
from pipeline.clock import MICROS
from pipeline.limits import Limits
from pipeline.turn import Turn
from stages.open_agent import OpenAgent
from stages.overheard import Speaking
from stages.ports import ChatModel, Hints, Synthesizer, Transcriber, Voice
from stages.speak import Speak
from stages.transcribe import Transcribe

OPEN = "session"
"""The name of the agent in the record of such a call."""
OPEN_LIMITS = Limits(
    longest_us=SESSION_SECONDS * MICROS,
    warning_us=0,
    reprompts_us=(),
    silence_us=SESSION_SECONDS * MICROS,
    silent_us=60 * MICROS,
    failures=1_000_000,
)
"""Nobody asks again, says goodbye or gives up: that is the client's business, and it sees every failure."""


class Providers(Protocol):
    def ear(self) -> Transcriber: ...

    def brain(self) -> ChatModel: ...

    def voice(self) -> Synthesizer: ...


class Settings(Protocol):
    @property
    def stt_language(self) -> str: ...

    @property
    def tts_voice(self) -> str: ...


class _Ears:
    """The recogniser with the language that the session says now."""

    def __init__(self, desk: Desk, transcriber: Transcriber, usual: str) -> None:
        self._desk = desk
        self._transcriber = transcriber
        self._usual = usual
        self._language: str | None = None
        self._stage: Transcribe | None = None

    def __call__(self) -> Transcribe:
        wanted = self._desk.story.session.input.transcription
        language = (wanted.language if wanted is not None else None) or self._usual
        language = language.split("-")[0].lower()
        if self._stage is None or language != self._language:
            self._language = language
            self._stage = Transcribe(self._transcriber, Hints(language or None))
        return self._stage


def open_brain(desk: Desk, providers: Providers, settings: Settings) -> RealtimeBrain:
    ears = _Ears(desk, providers.ear(), settings.stt_language or "")
    synthesizer = providers.voice()
    voices: dict[tuple[str, float], Speak] = {}

    def speak(turn: Turn) -> Speaking:
        session, reply = desk.story.session.realtime, desk.wanted.reply(turn)
        assert session is not None
        voice = (reply.options.audio.output.voice if reply is not None else None) or session.audio.output.voice
        name = settings.tts_voice or (voice if isinstance(voice, str) else voice.id)
        key = (name, session.audio.output.speed)
        if key not in voices:
            voices[key] = Speak(synthesizer, Voice(name, speed=key[1]))
        return voices[key]

    agent = OpenAgent(providers.brain(), desk.wanted.plan, lambda *given: ears()(*given), desk.wanted)
    brain = RealtimeBrain(desk.wanted, agent, ears, speak)
    desk.aparts.voice = brain
    return brain
