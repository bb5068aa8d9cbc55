"""A value that has to be confirmed: the model notes it, code reads it back, the caller decides."""

import json
from dataclasses import replace

from pipeline.events import FieldChanged
from pipeline.flow import Source, Token
from pipeline.signals import Cause
from stages.dialogue.bounds import CallLimits
from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec
from stages.ports import ToolCall, Usage
from tests.stages.conversation import Conversation
from tests.stages.dialogue.agents import BOOKING
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat


def careful() -> AgentSpec:
    return read_agent(BOOKING.replace("name: issue,", "name: issue, confirm: unsure,").replace(
        "type: phone}", "type: phone, required: true, risk: high}"), "careful")  # fmt: skip


def note(field: str, value: str) -> ToolCall:
    return ToolCall("n1", "note", json.dumps({"field": field, "value": value}))


def fields(events: tuple[object, ...]) -> list[tuple[str, str, str]]:
    return [(event.name, event.status, event.value) for event in events if isinstance(event, FieldChanged)]


def test_two_fields_in_one_sentence_are_noted_and_the_risky_one_is_read_back() -> None:
    async def main() -> None:
        both = (note("issue", "tap leaks"), note("phone", "0192 555 0147"))
        call = Conversation(careful(), FakeChat((*both, Usage()), "Which day suits you?"))
        reply = await call.say("My tap leaks, call me on 0192 555 0147.")
        assert fields(reply.events) == [
            ("issue", "heard", "tap leaks"),
            ("phone", "heard", "01925550147"),
            ("phone", "read_back", "01925550147"),
        ]
        assert reply.text.endswith(
            "the phone number is zero one nine, two five five, five zero one, four seven. Is that right?"
        )
        assert reply.deltas[-1].source is Source.REFLEX
        confirmed = await call.say("Yes, that's right.")
        assert fields(confirmed.events) == [("phone", "confirmed", "01925550147")]
        assert confirmed.text == "Thank you. Which day suits you?"

    run_virtual(main())


def test_a_value_of_which_the_recogniser_was_unsure_is_read_back() -> None:
    async def main() -> None:
        call = Conversation(careful(), FakeChat((note("issue", "tap"), Usage())))
        sure = call.agent.dialogue.heard("My tap.", 1, (Token("My", -0.01), Token(" tap.", -0.02))).noted(
            "issue", "tap"
        )
        unsure = call.agent.dialogue.heard("My tap.", 1, (Token("My", -0.01), Token(" tap.", -0.9))).noted(
            "issue", "tap"
        )
        assert sure.checking() is None
        assert unsure.checking() is not None

    run_virtual(main())


def test_a_read_back_that_was_cut_short_is_made_again() -> None:
    async def main() -> None:
        call = Conversation(careful(), FakeChat((note("phone", "0192 555 0147"), Usage()), "Pardon?"))
        await call.say("Well, you can call me on 0192 555 0147 if need be.", heard=10)
        await call.say("Yes.")
        entry = call.agent.dialogue.ledger.entry("phone")
        assert entry is not None and entry.status == "heard"
        assert "phone" not in call.agent.dialogue.ledger.known

    run_virtual(main())


def test_a_call_ends_with_its_last_turn_or_token() -> None:
    async def main() -> None:
        short = replace(careful(), limits=CallLimits(turns=1))
        call = Conversation(short, FakeChat("What is wrong?"))
        assert (await call.say("Hello there.")).finishes is None
        last = await call.say("Hello again.")
        assert (last.finishes, last.text) == ("too_long", "Thanks for calling. Goodbye.")
        poor = replace(careful(), limits=CallLimits(tokens=1000))
        spent = Conversation(poor, FakeChat(("What is wrong?", Usage(900, 100))))
        assert (await spent.say("Hello there.")).finishes is None
        assert (await spent.say("Hello again.")).finishes == "too_long"

    run_virtual(main())


def test_another_matter_is_answered_and_the_read_back_made_again() -> None:
    async def main() -> None:
        script = FakeChat(
            (note("phone", "0192 555 0147"), Usage()), "We come on Mondays too.", "Is it urgent?", "I see."
        )
        call = Conversation(careful(), script)
        first = await call.say("Well, you can call me on 0192 555 0147 if need be.")
        again = await call.say("Do you come on Mondays?")
        assert again.text == f"We come on Mondays too. {first.text}"
        assert (await call.say("And on Tuesdays, perhaps?")).text == "Is it urgent?"
        assert fields((await call.say("Yes.")).events)[0][:2] == ("phone", "read_back")

    run_virtual(main())


def test_who_says_nothing_hears_the_value_again() -> None:
    async def main() -> None:
        call = Conversation(careful(), FakeChat((note("phone", "0192 555 0147"), Usage()), "Fine."))
        first = await call.say("Well, you can call me on 0192 555 0147 if need be.")
        assert (await call.play(Cause.REPROMPT)).text == f"Are you there? {first.text}"
        assert fields((await call.say("Yes.")).events)[0][:2] == ("phone", "confirmed")

    run_virtual(main())
