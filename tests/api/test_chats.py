"""How many conversations there may be, and how long one may rest."""

import asyncio
from collections.abc import Callable

import pytest

from api.chats import Chats, StillAnswering
from pipeline.errors import NotFound, TooBusy
from pipeline.events import CallEnded
from tests.api.house import FakeParts
from tests.support.clock import run_virtual


def chats(parts: FakeParts, capacity: int = 2, obstacle: Callable[[], str | None] = lambda: None) -> Chats:
    return Chats(parts, capacity, 60.0, obstacle)


def ends(parts: FakeParts) -> list[str]:
    return [e.event.reason for bus in parts.buses for e in bus.since(0) if isinstance(e.event, CallEnded)]


def test_there_is_room_for_so_many_and_a_place_is_given_back_at_the_end() -> None:
    async def story() -> None:
        parts = FakeParts()
        here = chats(parts)
        first = await here.begin(None)
        await here.begin("reception")
        with pytest.raises(TooBusy) as full:
            await here.begin(None)
        assert full.value.code == "too_many_conversations"
        with here.turn(first):
            first.end("agent_goodbye")
        assert len(here) == 1
        await here.begin(None)
        here.close()
        assert len(here) == 0 and sorted(ends(parts)) == ["agent_goodbye", "drained", "drained"]

    run_virtual(story())


def test_a_conversation_expires_after_its_last_turn_but_not_in_one() -> None:
    async def story() -> None:
        parts = FakeParts()
        here = chats(parts)
        chat = await here.begin(None)
        with here.turn(chat):
            await asyncio.sleep(300)
        await asyncio.sleep(59)
        assert here.find(chat.id) is chat
        await asyncio.sleep(2)
        with pytest.raises(NotFound) as gone:
            here.find(chat.id)
        assert gone.value.code == "conversation_not_found" and ends(parts) == ["silence"]

    run_virtual(story())


def test_there_is_one_turn_at_a_time() -> None:
    async def story() -> None:
        here = chats(FakeParts())
        chat = await here.begin(None)
        with here.turn(chat), pytest.raises(StillAnswering), here.turn(chat):
            pass
        with here.turn(chat):
            pass
        here.close()
        with pytest.raises(NotFound), here.turn(chat):
            pass

    run_virtual(story())


def test_a_closed_door_and_a_wrong_name_are_told() -> None:
    async def story() -> None:
        with pytest.raises(TooBusy) as closed:
            await chats(FakeParts(), obstacle=lambda: "draining").begin(None)
        assert closed.value.code == "draining"
        for name in ("../secret", "nobody"):
            with pytest.raises(NotFound) as unknown:
                await chats(FakeParts()).begin(name)
            assert unknown.value.code == "unknown_agent"

    run_virtual(story())
