"""Functions of a client beside an agent's own tools: called once the turn is certain, and answered outside it."""

import asyncio
import json
from dataclasses import dataclass, field, replace

import pytest

from pipeline.events import Event, ToolFinished, ToolStarted
from pipeline.flow import Source
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.agent import CallAgent
from stages.answer import Nobody, Outside
from stages.dialogue.history import Used
from stages.dialogue.spec import AgentSpec
from stages.lending import LENT, MOST_OPEN, PENDING, UNANSWERED
from stages.ports import Said, ToolCall, ToolResult, ToolSpec
from tests.stages.conversation import Conversation, no_speaking, no_transcribing, respond
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat

SHOW = ToolSpec("show_map", "Shows a map.", {"type": "object"}, strict=False)
CALL = ToolCall("c1", "show_map", '{"place": "Berlin"}')


@dataclass
class Client:
    offered: tuple[ToolSpec, ...] = (SHOW,)
    hears: bool = True
    spoken: int = 0
    called: list[ToolCall] = field(default_factory=list)

    def functions(self, turn: Turn) -> tuple[ToolSpec, ...]:
        return self.offered

    def speaks(self, turn: Turn) -> None:
        self.spoken += 1

    def lend(self, turn: Turn, call: ToolCall) -> bool:
        if self.hears:
            self.called.append(call)
        return self.hears


class Call(Conversation):
    def __init__(self, *answers: object, client: Client | None = None, spec: AgentSpec | None = None) -> None:
        self.client = client or Client()
        self.model = FakeChat(*answers)
        self.events: list[Event] = []
        self.durable = True

        async def durable() -> bool:
            return self.durable

        outside = Outside(durable=durable, client=self.client)
        self.agent = CallAgent(spec or booking(), self.model, no_transcribing, no_speaking, outside=outside)
        self.generation = 0

    def begun(self, *, committed: bool = True) -> Turn:
        turn = self.turn(Cause.UTTERANCE, self.events)
        if committed:
            turn.commit()
        return turn

    async def answer(self, text: str = "Show me.") -> list[str]:
        """One turn, heard to its end; the texts of it."""
        turn = self.begun()
        deltas = await respond(self.agent, turn, text)
        self.agent.settle(TurnOutcome(turn.generation, True, (), "completed"))
        return [delta.text for delta in deltas if delta.text and delta.source is not Source.FILLER]

    @property
    def facts(self) -> list[Event]:
        return [event for event in self.events if isinstance(event, ToolStarted | ToolFinished)]


STARTED = ToolStarted(1, "c1", "show_map", CALL.arguments, True)


def test_a_function_ends_the_turn_and_its_output_is_read_in_the_next() -> None:
    async def main() -> None:
        call = Call(("Here it comes.", CALL), "It shows Berlin.")
        assert await call.answer() == ["Here it comes."]
        assert call.client.called == [CALL] and call.facts == [STARTED]
        assert call.client.spoken == 1
        assert call.agent.dialogue.history[-1] == Used(CALL, PENDING)
        call.agent.returned("c1", '{"shown": true}')
        assert call.facts[1:] == [ToolFinished(1, "c1", "show_map", "ok", '{"shown": true}')]
        assert await call.answer("") == ["It shows Berlin."]
        asked = call.model.calls[1].messages
        assert asked[-3:-1] == (CALL, ToolResult("c1", '{"shown": true}'))
        assert not [line for line in asked if isinstance(line, Said) and line.role == "user" and not line.text]
        assert SHOW in call.model.calls[0].tools

    run_virtual(main())


def test_whoever_waits_without_a_word_is_told_so() -> None:
    async def main() -> None:
        call = Call(CALL)
        deltas = await respond(call.agent, call.begun(), "Show me.")
        assert [(delta.text, delta.source) for delta in deltas] == [("One moment.", Source.FILLER)]
        assert call.client.spoken == 0

    run_virtual(main())


def test_its_own_tools_run_beside_it_and_states_are_kept() -> None:
    async def main() -> None:
        note = ToolCall("n1", "note", json.dumps({"field": "issue", "value": "a tap"}))
        forbidden = ToolCall("s1", "schedule", json.dumps({"name": "A", "reason": "b", "day": "Monday", "time": None}))
        call = Call((note, forbidden, CALL))
        await call.answer("My tap leaks.")
        assert call.fields["issue"] == "a tap"
        finished = [(fact.name, fact.outcome) for fact in call.facts if isinstance(fact, ToolFinished)]
        assert finished == [("note", "ok"), ("schedule", "refused")]
        assert call.client.called == [CALL]

    run_virtual(main())


def test_a_function_is_not_called_where_its_state_does_not_offer_it() -> None:
    async def main() -> None:
        spec = booking()
        states = (replace(spec.states[0], client_tools=()), *spec.states[1:])
        call = Call(CALL, "I cannot show it.", spec=replace(spec, states=states))
        assert await call.answer() == ["I cannot show it."]
        assert call.client.called == []
        (finished,) = [fact for fact in call.facts if isinstance(fact, ToolFinished)]
        assert finished.outcome == "refused" and "may not be used in ask" in finished.result

    run_virtual(main())


def test_nothing_is_called_before_the_turn_is_certain_nor_if_it_never_is() -> None:
    async def main() -> None:
        call = Call(CALL)
        turn = call.begun(committed=False)
        task = asyncio.ensure_future(respond(call.agent, turn, "Show me."))
        await asyncio.sleep(1)
        assert call.client.called == [] and call.facts == []
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert call.client.called == [] and call.facts == []

    run_virtual(main())


@pytest.mark.parametrize("why", ["unrecorded", "gone", "arguments"])
def test_what_the_client_never_heard_of_is_refused_to_the_model(why: str) -> None:
    async def main() -> None:
        asked = replace(CALL, arguments="[1]") if why == "arguments" else CALL
        call = Call(asked, "I could not show it.")
        call.durable, call.client.hears = why != "unrecorded", why != "gone"
        assert await call.answer() == ["I could not show it."]
        assert call.client.called == []
        assert [fact.outcome for fact in call.facts if isinstance(fact, ToolFinished)] == ["refused"]
        used = [entry for entry in call.agent.dialogue.history if isinstance(entry, Used)]
        assert len(used) == 1

    run_virtual(main())


def test_an_output_that_comes_too_late_is_remembered_all_the_same() -> None:
    async def main() -> None:
        call = Call(("Here it comes.", CALL))
        await call.answer()
        call.agent.returned("c1", None)
        assert call.agent.dialogue.history[-1] == Used(CALL, UNANSWERED)
        call.agent.returned("c1", None)
        call.agent.returned("c1", "done")
        call.agent.returned("c1", "again")
        call.agent.returned("c9", "whatever")
        assert call.agent.dialogue.history[-1] == Used(CALL, "done")
        assert [fact.outcome for fact in call.facts if isinstance(fact, ToolFinished)] == ["unknown", "ok"]

    run_virtual(main())


def test_what_the_client_has_done_may_be_said() -> None:
    async def main() -> None:
        book = ToolSpec("book_table", "Books a table.", {"type": "object"}, strict=False)
        call = Call(ToolCall("b1", "book_table", "{}"), "I've booked your table.", client=Client(offered=(book,)))
        await call.answer("A table, please.")
        call.agent.returned("b1", '{"ok": true}')
        assert await call.answer("") == ["I've booked your table."]

    run_virtual(main())


def test_calls_that_are_open_are_bounded_and_end_with_the_call() -> None:
    async def main() -> None:
        rounds = [tuple(replace(CALL, id=f"c{round}_{n}") for n in range(8)) for round in range(3)]
        call = Call(*rounds, "Enough.")
        for _ in range(3):
            await call.answer()
        assert len(call.client.called) == MOST_OPEN
        call.agent.close()
        outcomes = [fact.outcome for fact in call.facts if isinstance(fact, ToolFinished)]
        assert outcomes.count("unknown") == MOST_OPEN

    run_virtual(main())


def test_a_conversation_without_a_client_has_no_functions() -> None:
    turn = Turn(1, Cause.UTTERANCE, None, lambda _: None)
    assert Nobody().functions(turn) == () and not Nobody().lend(turn, CALL)
    assert LENT == "lent"
