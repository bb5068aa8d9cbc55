"""Clients' functions in a call with an agent's file: how long they are waited for, and what happens then."""

import asyncio
from collections.abc import Callable
from typing import Any

from api.realtime.errands import DEADLINE, Errands
from api.wire.realtime_fields import Function
from api.wire.realtime_session import agent_session, transcription_session
from api.wire.realtime_story import AnswerBegun, Lent, Reply, Story
from pipeline.events import CallEnded, Event, TurnBegan, TurnCommitted
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.ports import ToolCall
from tests.support.clock import run_virtual

CALL = ToolCall("c1", "show_map", "{}")
SHOW = {"type": "function", "name": "show_map", "parameters": {}}


class House:
    def __init__(self) -> None:
        self.story = Story("call_1", agent_session("s"))
        self.told: list[AnswerBegun | Lent] = []
        self.went_on = 0
        self.returned: list[tuple[str, str | None]] = []
        self.errands = Errands(self.story, self.told.append, self._go_on)
        self.errands.returned = lambda call, output: self.returned.append((call, output))
        self.turn = Turn(1, Cause.UTTERANCE, None, lambda _: None)
        self.story.replies[1] = Reply(None, True)

    def _go_on(self) -> None:
        self.went_on += 1


def waits(seconds: float, *steps: Callable[[House], Any]) -> House:
    async def main() -> House:
        house = House()
        assert house.errands.lend(house.turn, CALL)
        for step in steps:
            step(house)
        await asyncio.sleep(seconds)
        return house

    return run_virtual(main())


def began(generation: int, *, committed: bool) -> Event:
    return TurnBegan(generation, "utterance", committed, None)


def answer(house: House) -> None:
    house.errands.answer("c1", "5")


def fact(event: Event) -> Callable[[House], None]:
    return lambda house: house.errands.observe(event)


def test_what_is_not_answered_in_time_is_given_up_and_the_agent_goes_on() -> None:
    assert waits(DEADLINE - 0.1).returned == []
    late = waits(DEADLINE + 0.1)
    assert late.told == [Lent(1, "c1", "show_map", "{}")]
    assert (late.returned, late.went_on) == ([("c1", None)], 1)


def test_an_answer_that_a_turn_takes_up_is_no_longer_waited_for() -> None:
    house = waits(DEADLINE + 1, answer, fact(began(2, committed=True)))
    assert (house.returned, house.went_on) == ([("c1", "5")], 0)
    drafted = waits(DEADLINE + 1, answer, fact(began(2, committed=False)), fact(TurnCommitted(2)))
    assert drafted.went_on == 0


def test_an_answer_that_nobody_takes_up_is_told_after_all() -> None:
    house = waits(DEADLINE + 1, answer)
    assert (house.returned, house.went_on) == ([("c1", "5")], 1)
    thrown_away = waits(DEADLINE + 1, answer, fact(began(2, committed=False)))
    assert thrown_away.went_on == 1


def test_a_turn_before_the_answer_takes_nothing_up_and_the_end_of_a_call_stops_it_all() -> None:
    assert waits(DEADLINE + 1, fact(began(2, committed=True))).went_on == 1
    ended = waits(DEADLINE + 1, fact(CallEnded("caller_left")))
    assert (ended.returned, ended.went_on) == ([], 0)
    assert waits(DEADLINE + 1, fact(began(2, committed=True)), answer).returned == [("c1", "5")]


def test_functions_are_the_sessions_or_those_of_the_response() -> None:
    house = House()
    house.errands.speaks(house.turn)
    assert house.told == [AnswerBegun(1)]
    house.story.session.update({"type": "realtime", "tools": [SHOW]})
    (offered,) = house.errands.functions(house.turn)
    assert (offered.name, offered.strict, offered.parameters["type"]) == ("show_map", False, "object")
    house.story.replies[1].options.tools = [Function(type="function", name="other")]
    assert [one.name for one in house.errands.functions(house.turn)] == ["other"]
    assert not house.errands.lend(Turn(9, Cause.UTTERANCE, None, lambda _: None), CALL)
    hearing = Story("call_2", transcription_session("s"))
    assert Errands(hearing, house.told.append, lambda: None).functions(house.turn) == ()
