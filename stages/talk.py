"""One turn with the model: what it has read, and what the caller was told so far."""

from pipeline.channel import Channel
from pipeline.flow import ReplyDelta, Source
from pipeline.turn import Turn
from stages.dialogue.prompt import conversation
from stages.memory import Draft
from stages.ports import Message, Said, ToolResult
from stages.tools import Ran

FILLER = "One moment."


class Talk:
    """Grows with each request of the turn. `begun`: what a rule said already."""

    def __init__(self, turn: Turn, draft: Draft, outbox: Channel[ReplyDelta], begun: str = "") -> None:
        self.turn = turn
        self.draft = draft
        self.outbox = outbox
        self.conversation: list[Message] = conversation(draft.dialogue)
        self.said = self.last = begun
        self.silent = False
        self.withheld = 0
        self.lends = False
        """A function of the client's was called; its output comes in another turn."""
        self._bridged = False
        if begun:
            self.conversation.append(Said("assistant", begun))

    @property
    def filler(self) -> str:
        return next(iter(self.draft.dialogue.spec.lines.fillers), FILLER)

    async def tell(self, line: str, source: Source = Source.CLIP) -> None:
        self.said = f"{self.said} {line}".strip()
        await self.outbox.put(ReplyDelta(line, source, flush=True))

    def bridge(self, line: str = "") -> None:
        """The caller has to wait: say so, once in a turn."""
        if not self._bridged:
            self._bridged = True
            self.outbox.offer(ReplyDelta(line or self.filler, Source.FILLER, flush=True))

    def read(self, done: list[Ran]) -> None:
        for ran in done:
            self.conversation.extend((ran.call, ToolResult(ran.call.id, ran.output)))
