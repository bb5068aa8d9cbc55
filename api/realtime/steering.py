"""What the wishes of clients do to the floor of a call."""

from api.realtime.ear import Ear
from api.wire.realtime_story import Story
from pipeline.call import Call
from pipeline.floor import Floor, Holder
from pipeline.signals import Cause, Claimed, Dismissed, Overruled, Prompted, Signal


class Steering:
    """Begins, cancels and takes up turns. What is wanted before the call is `up` waits."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._call: Call | None = None
        self._ear: Ear | None = None
        self._is_up = False

    def open(self, call: Call, ear: Ear) -> None:
        self._call, self._ear = call, ear

    def up(self) -> None:
        """The call can be told something."""
        self._is_up = True
        self.take_up()

    @property
    def floor(self) -> Floor:
        return self._call.floor if self._call is not None else Floor()

    def prompt(self) -> None:
        """Somebody waits for a response, or words wait to be understood."""
        self._signal(Prompted(Cause.UTTERANCE))

    def take_up(self) -> None:
        """A turn, or a voice, has come to nothing: what was asked for meanwhile begins now."""
        if self.floor.holder is Holder.NOBODY:
            if self._story.request is not None or self._story.conversation.waiting():
                self.prompt()

    def cancel(self) -> None:
        """Stop the agent; a voice that is over it keeps the floor, and words that are being judged are answered."""
        floor, now_us = self.floor, self._ear.heard_us if self._ear is not None else 0
        match floor.holder:
            case Holder.OVERLAP:
                self._signal(Claimed(now_us))
            case Holder.HELD:
                self._signal(Claimed(now_us, None if floor.insists else floor.asked))
            case _:
                self._signal(Overruled())

    def drop_voice(self) -> None:
        """What the ear was hearing is over, and answered by nobody."""
        if self._story.spoken is not None and not self._story.spoken.committed:
            self._story.spoken = None
        if self.awaits_silence():
            self._signal(Dismissed("taken"))
            self.take_up()

    def awaits_silence(self) -> bool:
        """Is there a voice whose end something waits for?"""
        return self.floor.holder in (Holder.CALLER, Holder.WEIGHING, Holder.OVERLAP, Holder.HELD)

    def is_protected(self) -> bool:
        """Is there a reply that may not be interrupted?"""
        if self._story.session.interrupts:
            return False
        return self.floor.holder in (Holder.AGENT, Holder.OVERLAP, Holder.HELD)

    def _signal(self, signal: Signal) -> None:
        if self._call is not None and self._is_up:
            self._call.signal(signal)
