"""Words that were spoken over the agent: what they are, or why they are none."""

from collections.abc import Awaitable, Callable

from pipeline.channel import Channel
from pipeline.events import Event, UtteranceDropped
from pipeline.flow import ReplyDelta, SpeechChunk, Transcript, Utterance
from pipeline.signals import Cause
from pipeline.turn import Turn

Transcribing = Callable[[Turn, Channel[Utterance], Channel[Transcript]], Awaitable[None]]
Speaking = Callable[[Turn, Channel[ReplyDelta], Channel[SpeechChunk]], Awaitable[None]]


async def overheard(transcribe: Transcribing, turn: Turn, utterance: Utterance) -> tuple[str, str | None]:
    """The words, and None; or no words, and why.

    A probe is no turn: what it publishes stays here, but for what it cost. If the words take the floor, the turn that
    follows asks `transcribe` about the same utterance, which then knows the answer.
    """
    probed: list[Event] = []
    probe = Turn(turn.generation, Cause.UTTERANCE, utterance, probed.append)
    inbox: Channel[Utterance] = Channel(1)
    outbox: Channel[Transcript] = Channel(1)
    inbox.offer(utterance)
    inbox.close()
    await transcribe(probe, inbox, outbox)
    turn.spent.heard_us += probe.spent.heard_us
    outbox.close()
    heard = await outbox.get()
    if heard is not None and heard.text.strip():
        return heard.text, None
    dropped = [event.why for event in probed if isinstance(event, UtteranceDropped)]
    return "", dropped[-1] if dropped else "empty"
