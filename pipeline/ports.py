"""What the outside fulfils for a call: the line, the ear, the brain and the readers."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol, runtime_checkable

from pipeline.channel import Channel
from pipeline.events import Envelope
from pipeline.flow import AudioFrame, ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.limits import Limits
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause, Heard
from pipeline.turn import Turn

Pull = Callable[[int], bytes | None]
"""Give the next `n` samples of the agent's speech at 24 kHz (exactly n, padded with silence), or None for silence."""


class Transport(Protocol):
    """One line to one caller. It owns the line's clock: audio out is pulled from the playout when the line needs it."""

    name: str
    """webrtc, file, twilio, ...: recorded with the call."""

    async def up(self) -> None:
        """Return when media can flow; raise CallerFault (code `line_failed`) if it never will."""

    def frames(self) -> AsyncGenerator[AudioFrame, None]:
        """The caller's audio, gap-free in media time; ends when the caller leaves or the line is lost."""

    def attach(self, pull: Pull) -> None:
        """From now on send what `pull` gives, in small frames (20 ms), never reading ahead more than 40 ms."""

    def flush(self) -> int:
        """Drop, now and synchronously, what was pulled but not yet sent; the samples (24 kHz) thus unheard."""

    def departed(self) -> str:
        """Why `frames` ended: caller_left or line_lost."""

    async def close(self, reason: str) -> None:
        """Close the line. Idempotent; bounded in time."""


@runtime_checkable
class Wakeful(Protocol):
    """A transport that sleeps while there is nothing to send."""

    def wake(self) -> None:
        """There is speech to pull again."""


class Segmenter(Protocol):
    """Finds speech in the caller's audio. Pure arithmetic on samples: no clock, nothing awaited."""

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        """What became certain with this frame, in order."""

    def wait(self, patience_us: int | None) -> None:
        """How long a silence ends the caller's turn, from now on; None puts the default back."""

    def played(self, pcm: bytes) -> None:
        """The line was given this (24 kHz): it may come back as an echo, which is not the caller's voice."""


@runtime_checkable
class Foresighted(Protocol):
    """A segmenter that need not hear a frame of silence to its end to know when the silence will mean something."""

    def left_us(self) -> int | None:
        """Microseconds of silence after which it has something to say, if they end before another frame could."""

    def lapse(self) -> Sequence[Heard]:
        """They have passed."""


class Agent(Protocol):
    """The brain of one call: three stages on a draft of the dialogue, and the memory of what was heard.

    Each stage reads its inbox to the end, writes to its outbox and closes the outbox when it is done. Stages raise
    ProviderFault when they fail for good. None of them knows whether the turn is committed.
    """

    async def transcribe(self, turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None: ...

    async def respond(self, turn: Turn, inbox: Channel[Transcript], outbox: Channel[ReplyDelta]) -> None: ...

    async def speak(self, turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None: ...

    async def claims(self, turn: Turn, utterance: Utterance, so_far: bool = False) -> str | None:
        """Did these words over the agent mean to take the floor? None if so, else why not (`backchannel`, ...).

        `so_far`: the voice may go on, so that it must be plain from what was said until now.
        """

    def patience(self) -> int | None:
        """Microseconds of silence that end the caller's turn while nothing of it was understood; None: no opinion."""

    def settle(self, outcome: TurnOutcome) -> None:
        """A committed turn is over: remember what was heard, and nothing else."""

    def filler(self) -> SpeechChunk | None:
        """A cached phrase that bridges a wait, whole, as one chunk; None if there is none."""

    def acknowledgement(self, turn: Turn) -> SpeechChunk | None:
        """A cached phrase that shows that the caller's words arrived; None if a rule answers them, or there is none."""

    def limits(self) -> Limits | None:
        """What the call may take from now on; None: what it began with. Asked after each turn."""

    def close(self) -> None:
        """The call is over: stop what nobody waits for. Idempotent."""

    def opening(self) -> Cause | None:
        """How the agent opens the call; None if the caller speaks first."""


class Observer(Protocol):
    """A reader of the bus that is called in line: it must not block, wait or raise."""

    def observe(self, envelope: Envelope) -> None: ...
