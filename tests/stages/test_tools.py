import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ToolFault, ToolRefused
from pipeline.events import Event, FieldChanged, StateEntered, ToolFinished, ToolStarted
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.answer import Answer, Outside, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import Used
from stages.memory import Memory
from stages.ports import ToolCall
from stages.tools import DEADLINE, Ran, Toolbox
from stages.tools_builtin import built_in
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual

BUILT_IN = built_in(Outside())
BOOK = {"name": "Ann", "reason": "tap", "day": "Monday", "time": None}


class Call:
    """One call with its memory, tools and record; a turn at a time."""

    def __init__(
        self, tools: Mapping[str, Tool] = BUILT_IN, *, state: str = "ask", outside: Outside | None = None
    ) -> None:
        start = Dialogue.begin(booking())
        self.memory = Memory(start if state == "ask" else start.moved("book"))
        self.toolbox = Toolbox(self.memory, outside, tools)
        self.events: list[Event] = []
        self.generation = 0
        self.begin(committed=True)

    def begin(self, *, committed: bool) -> Turn:
        self.generation += 1
        self.turn = Turn(self.generation, Cause.UTTERANCE, None, self.events.append)
        if committed:
            self.turn.commit()
        self.memory.draft(self.turn)
        return self.turn

    def settle(self, why: str = "completed") -> None:
        self.memory.settle(TurnOutcome(self.turn.generation, self.turn.is_committed, (), why))

    async def run(self, name: str, arguments: object = None, id: str = "c1") -> Ran:
        text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
        return await self.toolbox.run(self.turn, ToolCall(id, name, text))

    @property
    def now(self) -> Dialogue:
        return self.memory.standing(self.turn)

    def facts(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class Slow:
    """A write that takes its time and counts how often it was done."""

    def __init__(self, seconds: float = 1.0, fault: Exception | None = None) -> None:
        self.seconds = seconds
        self.fault = fault
        self.begun = 0
        self.done = 0

    async def __call__(self, dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        self.begun += 1
        await asyncio.sleep(self.seconds)
        if self.fault is not None:
            raise self.fault
        self.done += 1
        return Answer({"confirmation_number": "1234"})

    @property
    def tools(self) -> dict[str, Tool]:
        return {**BUILT_IN, "schedule": self}


def test_a_note_is_kept_and_told() -> None:
    async def main() -> None:
        call = Call()
        ran = await call.run("note", {"field": "issue", "value": "a tap"})
        assert ran.outcome == "ok"
        assert json.loads(ran.output)["noted"] == {"issue": "a tap"}
        assert call.now.fields == {"issue": "a tap"}
        assert [type(event) for event in call.events] == [ToolStarted, ToolFinished, FieldChanged]

    run_virtual(main())


def test_a_legal_move_is_made_and_told_with_the_new_states_instructions() -> None:
    async def main() -> None:
        call = Call()
        ran = await call.run("move_to", {"next_step": "book"})
        assert json.loads(ran.output) == {"state": "book", "description": "Book the visit.", "instructions": []}
        assert call.facts(StateEntered) == [StateEntered(1, "book", "ask")]

    run_virtual(main())


@pytest.mark.parametrize(
    ("state", "name", "arguments", "reason"),
    [
        ("book", "move_to", {"next_step": "book"}, "from book there is no transition to book; possible: close"),
        ("ask", "move_to", {"next_step": "nowhere"}, "the arguments do not fit"),
        ("ask", "note", {"field": "colour", "value": "red"}, "the arguments do not fit"),
        ("ask", "note", {"field": "issue"}, "the arguments do not fit"),
        ("ask", "note", {"field": "issue", "value": 7}, "the arguments do not fit"),
        ("ask", "note", {"field": "issue", "value": "x", "more": 1}, "the arguments do not fit"),
        ("ask", "note", {"field": "issue", "value": " "}, "it is empty"),
        ("ask", "note", "[]", "the arguments do not fit"),
        ("ask", "note", '{"field": ', "the arguments are not JSON"),
        ("ask", "note", "[" * 3000, "the arguments are not JSON"),
        ("ask", "note", json.dumps({"field": "issue", "value": "x" * 5000}), "longer than"),
        ("ask", "schedule", BOOK, "schedule may not be used in ask; possible: note, move_to, lookup"),
        ("ask", "end_call", {"reason": "x"}, "end_call may not be used in ask"),
        ("ask", "rm -rf", {}, "there is no tool 'rm -rf'"),
    ],
)
def test_what_is_not_offered_or_does_not_fit_is_refused_with_the_reason(
    state: str, name: str, arguments: object, reason: str
) -> None:
    async def main() -> None:
        call = Call(state=state)
        before = call.now
        ran = await call.run(name, arguments)
        assert ran.outcome == "refused"
        assert reason in json.loads(ran.output)["error"]
        assert (call.now.step, call.now.fields) == (before.step, before.fields)
        if "transition" not in reason and "empty" not in reason:
            assert not call.facts(ToolStarted)
        assert [fact.outcome for fact in call.facts(ToolFinished)] == ["refused"]

    run_virtual(main())


def test_a_malformed_call_is_shown_to_the_model_in_a_form_that_providers_accept() -> None:
    async def main() -> None:
        call = Call()
        ran = await call.run("do evil!", "not json")
        assert ran.call == ToolCall("c1", "unknown_tool", "{}")
        assert call.now.history[-1] == Used(ran.call, ran.output)

    run_virtual(main())


def test_a_lookup_answers_from_the_agents_facts() -> None:
    async def main() -> None:
        call = Call()
        assert json.loads((await call.run("lookup", {"topic": "hours"})).output) == {"answer": "Nine to five."}

    run_virtual(main())


def test_ending_the_call_is_told_to_the_turn() -> None:
    async def main() -> None:
        call = Call()
        await call.run("move_to", {"next_step": "close"})
        assert (await call.run("end_call", {"reason": "done"})).finishes == "agent_goodbye"

    run_virtual(main())


def test_a_booking_gives_a_confirmation_number_and_is_a_write_in_the_record() -> None:
    async def main() -> None:
        call = Call(state="book")
        result = json.loads((await call.run("schedule", BOOK)).output)
        assert result["booked"] == BOOK
        assert result["confirmation_number"].isdigit()
        assert call.facts(ToolStarted)[0].writes
        assert json.loads(call.facts(ToolStarted)[0].arguments) == BOOK

    run_virtual(main())


def test_a_write_waits_at_the_gate_and_a_turn_that_is_dropped_there_wrote_nothing() -> None:
    async def main() -> None:
        slow = Slow()
        call = Call(slow.tools, state="book")
        call.settle()
        call.begin(committed=False)
        task = asyncio.create_task(call.run("schedule", BOOK))
        await asyncio.sleep(60)
        assert slow.begun == 0
        assert not call.facts(ToolStarted)
        task.cancel()
        call.settle("resumed")
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(60)
        assert slow.begun == 0
        assert not call.events

    run_virtual(main())


def test_a_write_runs_once_its_turn_is_committed() -> None:
    async def main() -> None:
        slow = Slow()
        call = Call(slow.tools, state="book")
        call.settle()
        turn = call.begin(committed=False)
        task = asyncio.create_task(call.run("schedule", BOOK))
        await asyncio.sleep(1)
        turn.commit()
        assert (await task).outcome == "ok"
        assert slow.done == 1

    run_virtual(main())


def test_the_intent_of_a_write_is_stated_before_it_runs() -> None:
    async def main() -> None:
        slow = Slow()
        call = Call(slow.tools, state="book")
        task = asyncio.create_task(call.run("schedule", BOOK))
        await asyncio.sleep(0)
        assert len(call.facts(ToolStarted)) == 1
        assert not slow.begun
        await task

    run_virtual(main())


@pytest.mark.parametrize("cancels", [1, 2, 5])
def test_a_write_that_runs_survives_the_turn_and_its_result_is_remembered(cancels: int) -> None:
    async def main() -> None:
        slow = Slow(3.0)
        call = Call(slow.tools, state="book")
        task = asyncio.create_task(call.run("schedule", BOOK))
        await asyncio.sleep(0.5)
        call.settle("barge_in")
        for _ in range(cancels):
            task.cancel()
            await asyncio.sleep(0.1)
        later = call.begin(committed=True)
        with pytest.raises(asyncio.CancelledError):
            await task
        assert slow.done == 1
        for dialogue in (call.memory.dialogue, call.memory.standing(later)):
            assert isinstance(dialogue.history[-1], Used)
            assert "1234" in dialogue.history[-1].output
        assert [fact.outcome for fact in call.facts(ToolFinished)] == ["ok"]

    run_virtual(main())


def test_the_same_write_is_not_done_twice_and_the_model_gets_the_first_result() -> None:
    async def main() -> None:
        slow = Slow()
        call = Call(slow.tools, state="book")
        await call.run("schedule", BOOK, "c1")
        again = await call.run("schedule", dict(reversed(BOOK.items())), "c2")
        assert slow.begun == 1
        assert again.outcome == "refused"
        assert json.loads(again.output) == {"not_repeated": True, "earlier": {"confirmation_number": "1234"}}
        await call.run("schedule", {**BOOK, "day": "Tuesday"}, "c3")
        assert slow.begun == 2

    run_virtual(main())


def test_a_write_that_still_runs_is_not_begun_again_by_the_next_turn() -> None:
    async def main() -> None:
        slow = Slow(3.0)
        call = Call(slow.tools, state="book")
        first = asyncio.create_task(call.run("schedule", BOOK))
        await asyncio.sleep(0.5)
        call.settle("barge_in")
        first.cancel()
        call.begin(committed=True)
        assert (await call.run("schedule", BOOK, "c2")).outcome == "unknown"
        with pytest.raises(asyncio.CancelledError):
            await first
        assert slow.begun == 1

    run_virtual(main())


@pytest.mark.parametrize(("seconds", "fault"), [(100.0, None), (0.1, ValueError("a bug"))])
def test_a_write_whose_outcome_is_unknown_is_never_repeated(seconds: float, fault: Exception | None) -> None:
    async def main() -> None:
        slow = Slow(seconds, fault)
        call = Call(slow.tools, state="book")
        for id in ("c1", "c2", "c3"):
            assert (await call.run("schedule", BOOK, id)).outcome == "unknown"
        assert slow.begun == 1

    run_virtual(main())


@pytest.mark.parametrize(("fault", "outcome"), [(ToolFault("no room"), "failed"), (ToolRefused("no"), "refused")])
def test_a_write_that_says_it_was_not_done_may_be_tried_again(fault: Exception, outcome: str) -> None:
    async def main() -> None:
        slow = Slow(0.1, fault)
        call = Call(slow.tools, state="book")
        assert (await call.run("schedule", BOOK)).outcome == outcome
        slow.fault = None
        assert (await call.run("schedule", BOOK)).outcome == "ok"

    run_virtual(main())


def test_a_read_that_is_late_is_given_up_at_the_deadline() -> None:
    async def main() -> None:
        slow = Slow(100.0)
        call = Call({**BUILT_IN, "lookup": slow})
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert (await call.run("lookup", {"topic": "hours"})).outcome == "timed_out"
        assert loop.time() - begun == pytest.approx(DEADLINE)

    run_virtual(main())


def test_a_read_dies_with_its_turn() -> None:
    async def main() -> None:
        slow = Slow(5.0)
        call = Call({**BUILT_IN, "lookup": slow})
        task = asyncio.create_task(call.run("lookup", {"topic": "hours"}))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(60)
        assert slow.done == 0

    run_virtual(main())


names = st.sampled_from(["note", "move_to", "lookup", "schedule", "end_call", "other", ""])
values = st.one_of(
    st.builds(lambda step: {"next_step": step}, st.sampled_from(["ask", "book", "close", "x"])),
    st.builds(lambda field, text: {"field": field, "value": text}, st.sampled_from(["issue", "phone", "y"]), st.text()),
    st.builds(lambda day: {**BOOK, "day": day}, st.sampled_from(["Monday", "Tuesday"])),
    st.just({"topic": "hours"}),
    st.just({"reason": "x"}),
    st.text(max_size=30),
)
steps = st.lists(st.tuples(names, values, st.sampled_from(["keep", "cut", "uncommitted"])), max_size=25)


@settings(max_examples=120, deadline=None)
@given(steps)
def test_whatever_a_model_asks_for_nothing_illegal_happens(asked: list[tuple[str, object, str]]) -> None:
    """No illegal transition, no tool outside its state, no write before the commit and none twice."""

    async def main() -> None:
        slow = Slow(0.5)
        call = Call(slow.tools)
        spec = call.now.spec
        for number, (name, arguments, fate) in enumerate(asked):
            call.begin(committed=fate != "uncommitted")
            before, started = call.now, len(call.facts(ToolStarted))
            task = asyncio.create_task(call.run(name, arguments, f"c{number}"))
            await asyncio.sleep(0.25 if fate == "cut" else 1.0)
            if fate == "uncommitted":
                assert all(not fact.writes for fact in call.facts(ToolStarted)[started:])
            after = call.now
            assert after.step == before.step or before.state.ways(after.step)
            assert set(after.fields) <= {field.name for field in spec.fields}
            for fact in call.facts(ToolStarted)[started:]:
                assert before.state.tools is None or fact.name in {*before.state.tools, "note", "move_to"}
            call.settle("completed" if fate == "keep" else "barge_in")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(5)
        intents = [fact.arguments for fact in call.facts(ToolStarted) if fact.writes]
        assert len(intents) == len({json.dumps(json.loads(text), sort_keys=True) for text in intents}) == slow.done

    run_virtual(main())
