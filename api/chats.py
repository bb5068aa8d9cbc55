"""The conversations that go on turn by turn: how many there may be, who is here, and how long one may rest."""

import asyncio
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from api.allowances import Allowances
from api.chat import Brain, Chat
from api.principal import Principal
from pipeline.bus import Bus
from pipeline.errors import CallerFault, NotFound, TooBusy
from pipeline.events import CallStarted
from pipeline.terms import Terms

AGENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
BUSY = "The agent is still answering; wait for `done`."


class StillAnswering(CallerFault):
    """One turn at a time."""

    code = "conversation_busy"


class ChatParts(Protocol):
    """Builds one conversation; api.compose does it in earnest."""

    async def chat(
        self, id: str, agent_name: str | None, door: str = "chat"
    ) -> tuple[Brain, Bus, CallStarted, Terms]: ...


@dataclass(slots=True)
class _Place:
    chat: Chat
    give_back: Callable[[], None]
    """The place that it takes of its key's."""
    busy: bool = False
    timer: asyncio.TimerHandle | None = None


class Chats:
    def __init__(
        self,
        parts: ChatParts,
        capacity: int,
        idle_s: float,
        obstacle: Callable[[], str | None] = lambda: None,
        allowances: Allowances | None = None,
    ) -> None:
        self.capacity = capacity
        self._allowances = allowances or Allowances()
        self._parts = parts
        self._idle_s = idle_s
        self._obstacle = obstacle
        self._places: dict[str, _Place] = {}
        self._beginning = 0

    def __len__(self) -> int:
        return len(self._places)

    async def begin(self, agent_name: str | None, principal: Principal | None = None, door: str = "chat") -> Chat:
        """A new conversation; raises TooBusy, or NotFound for an agent that there is not."""
        why = self._obstacle()
        if why is not None:
            raise TooBusy("No conversation can be begun now; try again soon.", code=why)
        if len(self._places) + self._beginning >= self.capacity:
            raise TooBusy("There are too many conversations; try again soon.", code="too_many_conversations")
        # A caller names an agent, never a path.
        if agent_name is not None and not AGENT.fullmatch(agent_name):
            raise NotFound("An agent's name is made of letters, digits, - and _.", code="unknown_agent")
        give_back = self._allowances.take(principal)
        self._beginning += 1
        try:
            chat = Chat(*await self._parts.chat(f"call_{secrets.token_hex(12)}", agent_name, door))
        except BaseException:
            give_back()
            raise
        finally:
            self._beginning -= 1
        self._places[chat.id] = place = _Place(chat, give_back)
        self._rest(place)
        return chat

    def find(self, id: str) -> Chat:
        place = self._places.get(id)
        if place is None:
            raise NotFound("There is no such conversation, or it is over.", code="conversation_not_found")
        return place.chat

    def idle(self, id: str) -> Chat:
        """The same, if it is not answering; raises StillAnswering."""
        chat = self.find(id)
        if self._places[id].busy:
            raise StillAnswering(BUSY)
        return chat

    @contextmanager
    def turn(self, chat: Chat) -> Iterator[None]:
        """One turn at a time; the conversation does not expire meanwhile, and is let go if the turn has ended it."""
        self.find(chat.id)
        place = self._places[chat.id]
        if place.busy:
            raise StillAnswering(BUSY)
        place.busy = True
        if place.timer is not None:
            place.timer.cancel()
        try:
            yield
        finally:
            place.busy = False
            if chat.ended is not None:
                self._leave(place)
            elif chat.id in self._places:
                self._rest(place)

    def close(self) -> None:
        """The service goes down."""
        for place in list(self._places.values()):
            self._let_go(place, "drained")

    def _rest(self, place: _Place) -> None:
        loop = asyncio.get_running_loop()
        place.timer = loop.call_later(self._idle_s, self._let_go, place, "silence")

    def _let_go(self, place: _Place, reason: str) -> None:
        if place.timer is not None:
            place.timer.cancel()
        self._leave(place)
        place.chat.end(reason)

    def _leave(self, place: _Place) -> None:
        if self._places.pop(place.chat.id, None) is not None:
            place.give_back()
