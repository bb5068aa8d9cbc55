"""What the clients of a Realtime call want of each turn: is it answered, how is it asked, is it read or heard?"""

from collections.abc import Callable

from api.realtime.apart import Aside
from api.realtime.ear import silence_us
from api.realtime.prompt import request
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_fields import SemanticVad
from api.wire.realtime_hearing import HearingTeller
from api.wire.realtime_items import Entry
from api.wire.realtime_mcp import McpTeller
from api.wire.realtime_story import AnswerBegun, BrokenOff, Lent, Reply, Story, TextWritten
from pipeline.errors import ProviderFault
from pipeline.flow import Transcript
from pipeline.pcm import EAR_RATE, duration_us
from pipeline.turn import Turn
from stages.ports import ChatRequest

BROKEN_OFF = {"length": "max_output_tokens"}
MOST_TYPED = 64

Hint = AnswerBegun | TextWritten | BrokenOff | Lent


class Wanted:
    """The `brain.Wishes` of a call, and the `Listener` and the `Plan` of a brain without a file.

    `tell` takes what no fact of the record tells; `flush` sends what the story has to say.
    """

    def __init__(
        self,
        story: Story,
        hearing: HearingTeller,
        tell: Callable[[Hint], None],
        flush: Callable[[], None],
        servers: McpTeller | None = None,
    ) -> None:
        self._story = story
        self._hearing = hearing
        self._tell = tell
        self._flush = flush
        self._servers = servers
        self._typed: list[str] = []
        self._said: dict[int, str] = {}

    def write_down(self, text: str) -> None:
        """A user wrote instead of speaking."""
        self._typed.append(text)
        del self._typed[:-MOST_TYPED]

    def forget(self, generation: int) -> None:
        """The turn is over."""
        self._said.pop(generation, None)

    def reply(self, turn: Turn) -> Reply | None:
        if isinstance(turn, Aside):
            return turn.reply
        return self._story.replies.get(turn.generation)

    def waiting(self) -> list[Entry]:
        return self._story.conversation.waiting()

    def words(self, entry: Entry, heard: Transcript | ProviderFault) -> None:
        if isinstance(heard, ProviderFault):
            self._hearing.not_transcribed(entry.id, heard.code, str(heard))
        else:
            us = duration_us(entry.pcm, EAR_RATE)
            self._hearing.transcribed(entry.id, heard.text.strip(), us, heard.tokens)
        self._flush()

    def typed(self) -> str:
        typed, self._typed = self._typed, []
        return " ".join(typed)

    def is_wanted(self, turn: Turn, heard: str, is_owed: bool) -> bool:
        self._said[turn.generation] = heard
        detection = self._story.session.input.turn_detection
        if heard and isinstance(detection, SemanticVad) and not self._story.has_agent:
            turn.suggest_patience(silence_us(detection.eagerness, heard))
        reply = self.reply(turn)
        if reply is None:
            return False
        unasked = is_owed and turn.utterance is not None and self._story.session.creates
        reply.declined = not (unasked or reply.wants or self._story.request is not None)
        return not reply.declined

    def plan(self, turn: Turn, said: Transcript) -> ChatRequest:
        """What a turn asks the model where the client brought the instructions.

        What was heard in the turn itself stands in no item until the turn is committed.
        """
        reply, session = self.reply(turn), self._story.session.realtime
        assert session is not None
        spoken = reply.spoken if reply is not None else None
        has_words = spoken is not None and spoken.transcribed
        heard = "" if has_words else self._said.get(turn.generation, "")
        options = reply.options if reply is not None else ResponseOptions()
        items = reply.items if reply is not None and reply.items is not None else self._story.conversation
        servers = None if isinstance(turn, Aside) else self._servers
        return request(session, options, items, heard, servers)

    def is_written(self, turn: Turn) -> bool:
        reply = self.reply(turn)
        return reply is not None and reply.modality == "text"

    def write(self, turn: Turn, text: str) -> None:
        self._tell(TextWritten(turn.generation, text))

    def begun(self, turn: Turn) -> None:
        if not isinstance(turn, Aside):
            self._tell(AnswerBegun(turn.generation))

    def stopped(self, turn: Turn, why: str) -> None:
        if isinstance(turn, Aside):
            turn.reply.broken_off = BROKEN_OFF.get(why, why)
        else:
            self._tell(BrokenOff(turn.generation, BROKEN_OFF.get(why, why)))
