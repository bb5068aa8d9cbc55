"""Conversations about tools: withheld claims, late tools, reads side by side and ahead, people and other agents."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import NotFound, ProviderUnavailable
from pipeline.events import (
    Escalated,
    Event,
    FieldChanged,
    HandedOff,
    SentenceWithheld,
    StateEntered,
    ToolFinished,
    ToolStarted,
)
from pipeline.flow import ReplyDelta, Source
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from stages.agent import CallAgent
from stages.answer import Answer, Outside, Tool
from stages.dialogue.claims import claims
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec
from stages.ports import ChatModel, Said, ToolCall, ToolResult
from stages.respond import UNDONE, UNSAID
from tests.stages.conversation import Conversation, no_speaking, no_transcribing, respond
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat

SHOP = """
name: shop
objective: Sell things.
greeting: Hello, this is the shop.
disclosure: I'm an AI assistant.
fallback: Could you say that again?
fillers: [One moment.]
fields:
  - {name: order, description: the order, type: id, risk: high}
tools:
  - {name: find_order, description: Finds it., access: read, http: https://x.example/, parameters: {}}
  - {name: find_stock, description: Counts., access: read, line: Counting now., http: "https://x.example",
     parameters: {}}
  - {name: free_slots, description: Slots., access: read, prefetch: true, http: https://x.example/, parameters: {}}
  - {name: cancel_order, description: Cancels it., access: write, http: https://x.example/, parameters: {
      type: object, properties: {order: {type: string}}, required: [order]}}
  - escalate
  - end_call
handoffs: [{agent: returns, condition: A return., line: Over to our returns desk.}]
disallowed: {commitments: [A discount.]}
escalation: {triggers: [{phrases: [my lawyer], reason: legal}], failed_turns: 2, line: A colleague takes over.}
states:
  - {id: open, transitions: [{next_step: slots, condition: They want a slot.}]}
  - {id: slots, on_enter: {say: Let me look.}, tools: [free_slots, cancel_order], transitions: []}
"""


def shop() -> AgentSpec:
    return read_agent(SHOP, "shop")


@dataclass
class Slow:
    """A tool that takes its time."""

    seconds: float = 0.0
    begun: int = 0

    async def __call__(self, dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        self.begun += 1
        await asyncio.sleep(self.seconds)
        return Answer({"found": True})


class Shop(Conversation):
    """A call to the shop with tools of its own."""

    def __init__(self, model: ChatModel, outside: Outside | None = None, **tools: Tool) -> None:
        super().__init__(shop(), model)
        names = ("find_order", "find_stock", "free_slots", "cancel_order")
        own = {name: tools.get(name, Slow()) for name in names}
        reach = replace(outside or Outside(), tools=lambda spec: own)
        self.agent = CallAgent(shop(), model, no_transcribing, no_speaking, outside=reach)


def call(name: str, id: str = "", **arguments: object) -> ToolCall:
    return ToolCall(id or name, name, json.dumps(arguments))


BOOK = ToolCall("s1", "schedule", json.dumps({"name": "A", "reason": "b", "day": "Monday", "time": None}))


def withheld(events: tuple[Event, ...]) -> list[tuple[str, str]]:
    return [(event.why, event.claim) for event in events if isinstance(event, SentenceWithheld)]


def test_a_claim_that_no_tool_backs_is_not_spoken_and_the_model_is_told() -> None:
    async def main() -> None:
        model = FakeChat("Sure. I've cancelled it. Anything else?", "I can't do that yet. Which order is it?")
        reply = await Shop(model).say("Cancel my order.")
        assert reply.units == ("Sure.", "One moment.", "I can't do that yet. Which order is it?")
        assert withheld(reply.events) == [("unbacked", "cancelled")]
        told = [
            message for message in model.calls[1].messages if isinstance(message, Said) and message.role == "system"
        ]
        assert any("No tool result in this call shows" in message.text for message in told)

    run_virtual(main())


def test_a_model_that_insists_is_covered_by_a_plain_line() -> None:
    async def main() -> None:
        model = FakeChat("I've cancelled it.", "It's cancelled.")
        reply = await Shop(model).say("Cancel my order.")
        assert reply.units == ("One moment.", UNDONE)
        model.assert_complete()

    run_virtual(main())


def test_a_claim_beside_its_call_waits_for_the_result() -> None:
    async def main() -> None:
        asking = ("Which number?", call("move_to", next_step="book"))
        talk = Conversation(booking(), FakeChat(asking, ("I've booked it.", BOOK), "I've booked it."))
        await talk.say("My tap leaks.")
        reply = await talk.say("Seven.")
        assert reply.units == ("One moment.", "I've booked it.")
        assert ("schedule", "ok") in reply.tools

    run_virtual(main())


def test_a_promise_that_is_disallowed_is_not_spoken() -> None:
    async def main() -> None:
        model = FakeChat("I can offer you a discount of ten percent!", "Which order is it?")
        reply = await Shop(model).say("I want a discount.")
        assert reply.units == (UNSAID, "Which order is it?")
        assert withheld(reply.events) == [("disallowed", "A discount.")]

    run_virtual(main())


def test_a_late_tool_is_bridged_once_with_its_own_line() -> None:
    async def main() -> None:
        model = FakeChat((call("find_stock"), call("find_order")), "There are two. Which one?")
        reply = await Shop(model, find_stock=Slow(2.0), find_order=Slow(3.0)).say("How many?")
        assert reply.deltas[0] == ReplyDelta("Counting now.", Source.FILLER, flush=True)
        assert reply.units == ("Counting now.", "There are two. Which one?")

    run_virtual(main())


def test_a_quick_tool_needs_no_bridge() -> None:
    async def main() -> None:
        model = FakeChat(call("find_stock"), "There are two. Which one?")
        assert (await Shop(model, find_stock=Slow(0.3)).say("How many?")).units == ("There are two. Which one?",)

    run_virtual(main())


def test_reads_run_side_by_side_and_answer_in_order() -> None:
    async def main() -> None:
        model = FakeChat((call("find_stock"), call("find_order")), "Which one?")
        begun = asyncio.get_running_loop().time()
        reply = await Shop(model, find_stock=Slow(3.0), find_order=Slow(2.0)).say("How many?")
        assert asyncio.get_running_loop().time() - begun == 3.0
        assert [tool for tool, _ in reply.tools] == ["find_order", "find_stock"]
        results = [message.id for message in model.calls[1].messages if isinstance(message, ToolResult)]
        assert results == ["find_stock", "find_order"]

    run_virtual(main())


def test_a_prefetched_read_is_there_when_it_is_asked_for() -> None:
    async def main() -> None:
        slots = Slow(3.0)
        talk = Shop(
            FakeChat((call("move_to", next_step="slots")), "When?", call("free_slots"), "At nine?"), free_slots=slots
        )
        reply = await talk.say("I need a slot.")
        assert "Let me look." in reply.text
        await asyncio.sleep(5)
        assert slots.begun == 1
        begun = asyncio.get_running_loop().time()
        reply = await talk.say("In the morning.")
        assert (reply.tools, slots.begun) == ([("free_slots", "ok")], 1)
        assert asyncio.get_running_loop().time() == begun

    run_virtual(main())


def test_a_write_whose_intent_cannot_be_kept_does_not_run() -> None:
    async def main() -> None:
        async def never() -> bool:
            return False

        cancel = Slow()
        model = FakeChat(call("move_to", next_step="slots"), call("cancel_order", order="A1"), "Not yet. When?")
        talk = Shop(model, Outside(durable=never), cancel_order=cancel)
        talk.agent._memory.dialogue = talk.agent.dialogue.heard("A1", 1).noted("order", "A1").confirmed("order")
        reply = await talk.say("Cancel it.")
        assert (cancel.begun, reply.tools[-1]) == (0, ("cancel_order", "refused"))

    run_virtual(main())


def test_the_callers_trigger_is_escalated_at_once_with_a_summary() -> None:
    async def main() -> None:
        talk = Shop(FakeChat("Yes?"))
        reply = await talk.say("You will hear from my lawyer!")
        assert reply.deltas == (ReplyDelta("A colleague takes over.", Source.REFLEX, flush=True),)
        facts = [event for event in reply.events if isinstance(event, Escalated)]
        assert [(fact.state, fact.reason) for fact in facts] == [("open", "legal")]
        assert "my lawyer" in facts[0].summary
        assert (await talk.say("I mean my lawyer.")).text == "Yes?"

    run_virtual(main())


def test_a_turn_that_is_not_committed_escalates_nothing() -> None:
    async def main() -> None:
        talk, events = Shop(FakeChat()), list[Event]()
        turn = talk.turn(Cause.UTTERANCE, events)
        task = asyncio.create_task(respond(talk.agent, turn, "A human, please."))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        talk.agent.settle(TurnOutcome(turn.generation, False, (), "resumed"))
        assert not [event for event in events if isinstance(event, Escalated)]

    run_virtual(main())


def test_two_failed_turns_bring_a_person_in() -> None:
    async def main() -> None:
        talk = Shop(FakeChat("", ""))
        assert (await talk.say("Hello?")).text == "Could you say that again?"
        reply = await talk.say("Hello?")
        assert reply.text == "A colleague takes over."
        assert [event.reason for event in reply.events if isinstance(event, Escalated)] == ["2 failed turns in a row"]

    run_virtual(main())


def test_after_failures_of_a_provider_the_apology_is_a_person() -> None:
    async def main() -> None:
        talk = Shop(FakeChat(*[ProviderUnavailable("llm", "down")] * 2))
        for _ in range(2):
            turn = talk.turn(Cause.UTTERANCE, [])
            turn.commit()
            with pytest.raises(ProviderUnavailable):
                await respond(talk.agent, turn, "Hello?")
            talk.agent.settle(TurnOutcome(turn.generation, True, (), "failed"))
        reply = await talk.play(Cause.APOLOGY)
        assert reply.text == "A colleague takes over."
        assert len([event for event in reply.events if isinstance(event, Escalated)]) == 1

    run_virtual(main())


def test_the_model_escalates_and_the_line_is_the_agents() -> None:
    async def main() -> None:
        talk = Shop(FakeChat(("I see.", call("escalate", reason="angry", summary="They shout."))))
        reply = await talk.say("This is outrageous!")
        assert reply.units == ("I see.", "A colleague takes over.")
        assert [event.reason for event in reply.events if isinstance(event, Escalated)] == ["angry"]

    run_virtual(main())


HAND_OFF = call(
    "hand_off", rationale_for_transfer="a return", conversation_context="Boots.", destination_agent="returns"
)


def test_another_agent_takes_over_with_the_ledger_and_the_caller_is_told() -> None:
    async def main() -> None:
        async def colleague(name: str) -> AgentSpec:
            return read_agent(SHOP.replace("name: shop", f"name: {name}").replace("id: open", "id: desk"), name)

        model = FakeChat((HAND_OFF), "I'm the returns desk. What was wrong?")
        talk = Shop(model, Outside(agent=colleague))
        talk.agent._memory.dialogue = talk.agent.dialogue.heard("A1", 1).noted("order", "A1").confirmed("order")
        reply = await talk.say("I want to return it.")
        assert reply.units == ("Over to our returns desk.", "I'm the returns desk. What was wrong?")
        handed = [event for event in reply.events if isinstance(event, HandedOff)]
        assert [(fact.agent, fact.previous, fact.rationale) for fact in handed] == [("returns", "shop", "a return")]
        assert "Boots." in handed[0].summary and "order: A1 (confirmed)" in handed[0].summary
        assert [event.state for event in reply.events if isinstance(event, StateEntered)] == ["desk"]
        assert talk.agent.dialogue.spec.name == "returns"
        assert dict(talk.fields) == {"order": "A1"}
        await asyncio.sleep(1)

    run_virtual(main())


def test_a_read_that_was_started_ahead_ends_with_the_call() -> None:
    async def main() -> list[str]:
        seen = list[str]()

        async def slots(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
            try:
                await asyncio.sleep(5)
            finally:
                seen.append("stopped")
            return Answer({})

        talk = Shop(FakeChat(("Sure.", call("move_to", next_step="slots")), "When?"), free_slots=slots)
        await talk.say("A slot, please.")
        await asyncio.sleep(1)
        talk.agent.close()
        await asyncio.sleep(0.01)
        return seen

    assert run_virtual(main()) == ["stopped"]


def test_a_hand_off_to_nobody_is_told_to_the_model() -> None:
    async def main() -> None:
        async def nobody(name: str) -> AgentSpec:
            raise NotFound("no such agent")

        talk = Shop(FakeChat(HAND_OFF, "I can take that myself. Which order?"), Outside(agent=nobody))
        reply = await talk.say("A return.")
        assert (reply.tools, reply.text) == ([("hand_off", "failed")], "I can take that myself. Which order?")

    run_virtual(main())


pieces = st.one_of(
    st.sampled_from(
        ["Got it. ", "I've cancelled ", "your order. ", "It is ", "done. ", "I'll check. ", "Booked!", "I can give you "
         "a discount. ", "Which order?", "I have sent it, ", "as soon as ", "it's booked, ", "okay? "]
    ),
    st.builds(
        ToolCall,
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from(["find_order", "free_slots", "cancel_order", "move_to", "note", "escalate", "hand_off", "x"]),
        st.sampled_from(
            ["{}", '{"order": "A1"}', '{"next_step": "slots"}', '{"field": "order", "value": "A1"}', "nonsense",
             '{"reason": "x", "summary": "y"}']
        ),
    ),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.lists(pieces, max_size=6).map(tuple), min_size=1, max_size=8), st.lists(st.booleans(), max_size=3))
def test_whatever_a_model_says_no_tool_runs_out_of_place_and_no_claim_is_made_up(
    answers: list[tuple[object, ...]], cuts: list[bool]
) -> None:
    async def main() -> None:
        cancel = Slow()
        talk = Shop(FakeChat(*answers, always="Which order?"), cancel_order=cancel)
        state, done, intents, status = "open", False, list[str](), ""
        for cut in [*cuts, False]:
            reply = await talk.say("My order is A1.", heard=3 if cut else None)
            assert reply.text
            for event in reply.events:
                match event:
                    case StateEntered():
                        state = event.state
                    case ToolStarted():
                        tools = shop().state(state).tools
                        assert tools is None or event.name in {*tools, "note", "move_to"}
                        # Who says the number again when it is read back has confirmed it; nothing else has.
                        assert not event.writes or status == "confirmed"
                        intents += [event.arguments] if event.writes else []
                    case FieldChanged():
                        status = event.status
                    case ToolFinished(name="cancel_order", outcome="ok"):
                        done = True
            if not done:
                own = "".join(delta.text for delta in reply.deltas if delta.source is Source.MODEL)
                assert not [claim for claim in claims(own) if claim.kind in ("cancelled", "booked", "sent")]
            assert "discount" not in reply.text
        assert cancel.begun == len(intents) <= 1
        await asyncio.sleep(1)

    run_virtual(main())
