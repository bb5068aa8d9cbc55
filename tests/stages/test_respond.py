import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.events import Event, ModelAnswered, ModelAsked, ModelFinished, StateEntered, ToolFinished, ToolStarted
from pipeline.flow import ReplyDelta, Source, Transcript, Utterance
from pipeline.outcome import TurnOutcome
from pipeline.signals import Cause
from pipeline.strategy import Speculate, Strategy
from pipeline.turn import Turn
from stages.dialogue.patience import FINISHED_US, MISSING_US
from stages.ports import Said, TextPiece, ToolCall, ToolResult, Usage
from stages.respond import MOST_CALLS, ROUNDS
from tests.stages.conversation import Conversation, respond
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat, Wait


def note(field: str, value: str, id: str = "n1") -> ToolCall:
    return ToolCall(id, "note", json.dumps({"field": field, "value": value}))


def move(step: str, id: str = "m1") -> ToolCall:
    return ToolCall(id, "move_to", json.dumps({"next_step": step}))


BOOK = ToolCall("s1", "schedule", json.dumps({"name": "A", "reason": "b", "day": "Monday", "time": None}))


def test_the_greeting_is_the_agents_own_and_its_notice_is_guarded() -> None:
    async def main() -> None:
        reply = await Conversation(booking(), FakeChat()).greet()
        assert reply.deltas == (
            ReplyDelta("Hello, this is Test Services. I'm an AI assistant.", Source.CLIP, flush=True, guarded=True),
            ReplyDelta("What is wrong?", Source.CLIP, flush=True),
        )
        assert reply.events == (StateEntered(1, "ask", ""),)

    run_virtual(main())


def test_each_reprompt_has_its_own_words_until_the_caller_speaks() -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat("Which day?"))
        said = [(await call.play(Cause.REPROMPT)).text for _ in range(3)]
        assert said == ["Are you there?", "Still there?", "Are you there?"]
        await call.say("Hello there")
        assert (await call.play(Cause.REPROMPT)).text == "Are you there?"

    run_virtual(main())


def test_apology_and_goodbye_are_fixed_lines_and_the_goodbye_ends_the_call() -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat())
        apology = await call.play(Cause.APOLOGY)
        assert apology.deltas == (ReplyDelta("Sorry, that was my fault.", Source.APOLOGY, flush=True),)
        assert apology.finishes is None
        goodbye = await call.play(Cause.GOODBYE)
        assert (goodbye.text, goodbye.finishes) == ("Thanks for calling. Goodbye.", "agent_goodbye")

    run_virtual(main())


def test_a_warning_of_the_end_is_a_fixed_line_and_does_not_end_the_call() -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat())
        warning = await call.play(Cause.WARNING)
        assert warning.deltas == (ReplyDelta(call.agent.spec.lines.warning, Source.CLIP, flush=True),)
        assert warning.finishes is None

    run_virtual(main())


def test_words_are_handed_on_as_they_come() -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat(("Got it. ", Wait(5.0), "Which day?")))
        turn = call.turn(Cause.UTTERANCE, [])
        inbox: Channel[Transcript] = Channel(1)
        outbox: Channel[ReplyDelta] = Channel(8)
        inbox.offer(Transcript("My tap leaks"))
        inbox.close()
        task = asyncio.create_task(call.agent.respond(turn, inbox, outbox))
        assert await outbox.get() == ReplyDelta("Got it.", whole=True)
        assert not task.done()
        await task
        assert [delta async for delta in outbox] == [
            ReplyDelta(" Which day?", whole=True),
            ReplyDelta("", flush=True),
        ]

    run_virtual(main())


def test_the_model_reads_what_was_said_and_where_the_call_stands() -> None:
    async def main() -> None:
        model = FakeChat("Which day?")
        call = Conversation(booking(), model)
        await call.greet()
        await call.say("My tap leaks")
        asked = model.calls[0]
        assert asked.messages[:2] == (
            Said("assistant", "Hello, this is Test Services. I'm an AI assistant. What is wrong?"),
            Said("user", "My tap leaks"),
        )
        assert "Current state: ask" in getattr(asked.messages[-1], "text", "")

    run_virtual(main())


def test_words_with_bookkeeping_and_a_question_need_one_request() -> None:
    async def main() -> None:
        model = FakeChat(("Got it. Which number?", note("issue", "a tap"), move("book")))
        call = Conversation(booking(), model)
        reply = await call.say("My tap leaks.")
        assert reply.text == "Got it. Which number?"
        assert reply.tools == [("note", "ok"), ("move_to", "ok")]
        assert reply.states == ["book"]
        assert (call.state, call.fields) == ("book", {"issue": "a tap"})
        model.assert_complete()

    run_virtual(main())


def test_a_model_that_gives_one_call_at_a_time_is_asked_on_without_being_heard() -> None:
    async def main() -> None:
        model = FakeChat(("Got it. Which number?", note("issue", "a tap")), ("Which number was it?", move("book")))
        call = Conversation(booking(), model)
        reply = await call.say("My tap leaks.")
        assert reply.text == "Got it. Which number?"
        assert reply.tools == [("note", "ok"), ("move_to", "ok")]
        assert call.state == "book"
        model.assert_complete()

    run_virtual(main())


def test_a_failure_after_the_question_was_asked_is_not_the_callers_concern() -> None:
    async def main() -> None:
        down = ProviderUnavailable("llm", "down")
        call = Conversation(booking(), FakeChat(("Got it. Which number?", note("issue", "a tap")), down))
        assert (await call.say("My tap leaks.")).text == "Got it. Which number?"
        assert call.fields == {"issue": "a tap"}

    run_virtual(main())


def test_after_tools_without_a_question_the_model_goes_on_with_their_results() -> None:
    async def main() -> None:
        model = FakeChat(("Got it.", move("book")), "Which number?")
        call = Conversation(booking(), model)
        reply = await call.say("My tap leaks.")
        assert reply.units == ("Got it.", "Which number?")
        assert model.calls[1].messages[1:3] == (Said("assistant", "Got it."), move("book"))
        assert isinstance(model.calls[1].messages[3], ToolResult)
        assert "Current state: book" in getattr(model.calls[1].messages[-1], "text", "")

    run_virtual(main())


def test_a_refused_move_is_told_to_the_model_even_if_it_asked_something() -> None:
    async def main() -> None:
        model = FakeChat(("Which number?", ToolCall("x", "schedule", "{}")), "What is wrong?")
        call = Conversation(booking(), model)
        reply = await call.say("Book it.")
        assert reply.tools == [("schedule", "refused")]
        assert call.state == "ask"
        model.assert_complete()

    run_virtual(main())


def test_only_the_first_answer_of_a_turn_may_be_asked_for_twice() -> None:
    async def main() -> None:
        model = FakeChat((move("book"),), "Which number?", "Tuesday then.")
        call = Conversation(booking(), model)
        await call.say("My tap leaks.")
        await call.say("Tomorrow.")
        # After a tool there is something done that a second answer could contradict.
        assert model.hedged == [True, False, True]

    run_virtual(main())


def test_the_facts_of_a_turn_are_stated_in_order() -> None:
    async def main() -> None:
        model = FakeChat((move("book"), Usage(100, 7, 64)), ("Which ", "number?"))
        reply = await Conversation(booking(), model).say("My tap leaks.")
        assert [type(event) for event in reply.events] == [
            ModelAsked, ModelAnswered, ModelFinished, ToolStarted, ToolFinished, StateEntered,
            ModelAsked, ModelAnswered, ModelFinished,
        ]  # fmt: skip
        assert reply.events[2] == ModelFinished(1, 100, 7, 64)

    run_virtual(main())


def test_blank_text_is_no_answer_yet() -> None:
    async def main() -> None:
        model = FakeChat((" \n", TextPiece(""), "Which day?"))
        reply = await Conversation(booking(), model).say("My tap leaks.")
        assert reply.deltas == (ReplyDelta("Which day?", whole=True), ReplyDelta("", flush=True))

    run_virtual(main())


@pytest.mark.parametrize("empty", ["", "  ", Usage(stopped="content_filter")])
def test_an_empty_answer_becomes_the_fallback_line(empty: object) -> None:
    async def main() -> None:
        reply = await Conversation(booking(), FakeChat((empty,))).say("My tap leaks.")
        assert reply.deltas == (ReplyDelta("Could you say that again?", Source.CLIP, flush=True),)

    run_virtual(main())


@pytest.mark.parametrize("unspeakable", ["\U0001f44d", "...", "**"])
def test_an_answer_with_nothing_to_pronounce_is_followed_by_the_fallback_line(unspeakable: str) -> None:
    async def main() -> None:
        reply = await Conversation(booking(), FakeChat((unspeakable,))).say("My tap leaks.")
        assert reply.deltas[-1] == ReplyDelta("Could you say that again?", Source.CLIP, flush=True)

    run_virtual(main())


class Mute:
    """A model whose stream ends without a piece."""

    model = "mute"

    async def answer(self, request: object):  # type: ignore[no-untyped-def]
        return
        yield


def test_no_answer_at_all_is_a_providers_fault() -> None:
    async def main() -> None:
        with pytest.raises(ProviderUnavailable) as caught:
            await Conversation(booking(), Mute()).say("My tap leaks.")
        assert (caught.value.stage, caught.value.code) == ("llm", "empty")

    run_virtual(main())


def test_a_model_that_only_calls_tools_has_to_speak_in_the_end() -> None:
    async def main() -> None:
        model = FakeChat(always=(note("issue", "a tap"),))
        reply = await Conversation(booking(), model).say("My tap leaks.")
        assert [call.tool_choice for call in model.calls] == ["auto"] * ROUNDS + ["none"]
        assert reply.text == "Could you say that again?"
        assert len(reply.tools) == ROUNDS

    run_virtual(main())


def test_a_flood_of_tool_calls_is_bounded() -> None:
    async def main() -> None:
        flood = tuple(note("issue", f"tap {number}", f"n{number}") for number in range(50))
        reply = await Conversation(booking(), FakeChat((*flood, "Which day?"), "")).say("My tap leaks.")
        assert len(reply.tools) == MOST_CALLS

    run_virtual(main())


def test_a_call_without_an_id_gets_one_that_its_result_names() -> None:
    async def main() -> None:
        nameless = ToolCall("", "lookup", '{"topic": "hours"}')
        model = FakeChat((nameless, nameless), "Nine.")
        await Conversation(booking(), model).say("When are you open?")
        ids = [message.id for message in model.calls[1].messages if isinstance(message, ToolCall)]
        results = [message.id for message in model.calls[1].messages if isinstance(message, ToolResult)]
        assert ids == results
        assert len(set(ids)) == 2 and all(ids)

    run_virtual(main())


def closing() -> tuple[ToolCall, ToolCall]:
    return move("close"), ToolCall("e1", "end_call", '{"reason": "done"}')


def test_ending_the_call_says_the_agents_goodbye_and_asks_nothing_more() -> None:
    async def main() -> None:
        model = FakeChat(closing())
        reply = await Conversation(booking(), model).say("Nothing is wrong after all.")
        assert reply.deltas == (ReplyDelta("Thanks for calling. Goodbye.", Source.CLIP, flush=True),)
        assert reply.finishes == "agent_goodbye"

    run_virtual(main())


def test_a_model_that_says_goodbye_itself_is_not_doubled() -> None:
    async def main() -> None:
        reply = await Conversation(booking(), FakeChat(("All right, bye!", *closing()))).say("Nothing is wrong.")
        assert (reply.text, reply.finishes) == ("All right, bye!", "agent_goodbye")

    run_virtual(main())


def test_a_goodbye_of_the_caller_asks_no_model() -> None:
    async def main() -> None:
        reply = await Conversation(booking(), FakeChat()).say("Okay, goodbye.")
        assert reply.deltas == (ReplyDelta("Thanks for calling. Goodbye.", Source.REFLEX, flush=True),)
        assert reply.finishes == "agent_goodbye"

    run_virtual(main())


def test_without_reflexes_the_model_words_what_a_rule_would_have() -> None:
    async def main() -> None:
        chat = FakeChat("Bye now.")
        reply = await Conversation(booking(), chat, Strategy(reflex=False)).say("Okay, goodbye.")
        assert reply.text == "Bye now." and len(chat.calls) == 1

    run_virtual(main())


def test_the_model_is_asked_after_the_commit_where_only_the_transcript_is_speculated_on() -> None:
    async def main() -> None:
        call = Conversation(booking(), chat := FakeChat("Which day?"))
        patience: list[int] = []
        turn = Turn(1, Cause.UTTERANCE, None, lambda event: None, patience.append, Speculate.STT)
        answering = asyncio.ensure_future(respond(call.agent, turn, "My tap is leaking."))
        await asyncio.sleep(1)
        assert patience and not chat.calls
        turn.commit()
        assert (await answering)[0].text == "Which day?"

    run_virtual(main())


def test_the_early_transcript_suggests_how_long_to_wait() -> None:
    async def main() -> None:
        async def suggested(text: str, committed: bool = False) -> list[int]:
            found: list[int] = []
            turn = Turn(1, Cause.UTTERANCE, None, lambda event: None, found.append)
            if committed:
                turn.commit()
            await respond(Conversation(booking(), FakeChat(always="Which day?")).agent, turn, text)
            return found

        assert await suggested("My tap is leaking.") == [FINISHED_US]
        assert await suggested("My tap is leaking and") == [MISSING_US]
        assert await suggested("My tap is leaking and", committed=True) == []

    run_virtual(main())


def test_nothing_to_answer_is_answered_with_nothing() -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat())
        assert await respond(call.agent, call.turn(Cause.UTTERANCE, [])) == ()

    run_virtual(main())


def test_words_that_nobody_could_make_out_are_asked_for_again_but_not_for_ever() -> None:
    def spoke(us: int, generation: int) -> Turn:
        turn = Turn(generation, Cause.UTTERANCE, Utterance(b"", 0, 0, us, us), lambda event: None)
        turn.commit()
        return turn

    async def main() -> None:
        call = Conversation(booking(), FakeChat(always="Which day?"))
        said = []
        for generation in range(1, 5):
            said.append(await respond(call.agent, spoke(2_000_000, generation)))
            call.agent.settle(TurnOutcome(generation, True, (), "completed"))
        fallback = (ReplyDelta(booking().lines.fallback, Source.CLIP, flush=True),)
        assert said == [fallback, fallback, (), ()]
        call.generation = 4
        await call.say("It leaks")
        assert await respond(call.agent, spoke(2_000_000, 6)) == fallback
        assert await respond(call.agent, spoke(400_000, 7)) == ()

    run_virtual(main())


def test_a_cut_closes_the_models_stream() -> None:
    async def main() -> None:
        model = FakeChat(("Well, ", STALL))
        call = Conversation(booking(), model)
        task = asyncio.create_task(call.say("My tap leaks."))
        await asyncio.sleep(1)
        assert model.script.open == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        model.assert_complete()

    run_virtual(main())


def test_a_speculation_that_is_dropped_changes_nothing_and_the_next_turn_hears_it_all() -> None:
    async def main() -> None:
        model = FakeChat(("Got it. Which number?", note("issue", "a tap"), move("book")), "Which number?")
        call = Conversation(booking(), model)
        turn = call.turn(Cause.UTTERANCE, [])
        await respond(call.agent, turn, "My tap leaks")
        call.agent.settle(TurnOutcome(turn.generation, False, (), "resumed"))
        assert call.state == "ask"
        await call.say("My tap leaks and drips.")
        assert [m.text for m in model.calls[1].messages if isinstance(m, Said) and m.role == "user"] == [
            "My tap leaks and drips."
        ]

    run_virtual(main())


def test_a_speculating_turn_does_not_book_before_it_is_committed() -> None:
    async def main() -> None:
        model = FakeChat(("Fine. Which number?", move("book")), ("Let me book.", BOOK), "Booked.")
        call = Conversation(booking(), model)
        await call.say("My tap leaks.")
        events: list[Event] = []
        turn = call.turn(Cause.UTTERANCE, events)
        task = asyncio.create_task(respond(call.agent, turn, "Seven five five."))
        await asyncio.sleep(30)
        assert not [event for event in events if isinstance(event, ToolStarted)]
        turn.commit()
        assert "Booked." in "".join(delta.text for delta in await task)

    run_virtual(main())


pieces = st.one_of(
    st.sampled_from(["", " ", "Got it. ", "Which day?", "Bye!", "\x00"]),
    st.builds(
        ToolCall,
        st.sampled_from(["", "c1", "c2"]),
        st.sampled_from(["note", "move_to", "lookup", "schedule", "end_call", "nonsense", "a b", ""]),
        st.one_of(
            st.sampled_from(["book", "close", "ask"]).map(lambda step: json.dumps({"next_step": step})),
            st.text(max_size=10).map(lambda value: json.dumps({"field": "issue", "value": value})),
            st.sampled_from(["Monday", "Friday"]).map(
                lambda day: json.dumps({"name": "A", "reason": "b", "day": day, "time": None})
            ),
            st.sampled_from(["", "{", "[]", "null", '{"topic": "hours"}', '{"reason": "x"}']),
        ),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(pieces, max_size=5).map(tuple), min_size=1, max_size=8), st.lists(st.booleans(), max_size=4))
def test_whatever_a_model_says_the_caller_is_answered_and_no_rule_is_broken(
    answers: list[tuple[object, ...]], cuts: list[bool]
) -> None:
    async def main() -> None:
        call = Conversation(booking(), FakeChat(*answers, always="Which day?"))
        entered, writes = "ask", list[str]()
        for cut in [*cuts, False]:
            reply = await call.say("My tap leaks.", heard=3 if cut else None)
            assert reply.text
            for event in reply.events:
                match event:
                    case StateEntered(_, state, previous):
                        assert previous == entered
                        assert call.agent.spec.state(entered).ways(state)
                        entered = state
                    case ToolStarted(writes=True):
                        writes.append(json.dumps(json.loads(event.arguments), sort_keys=True))
            assert call.state == entered
            if reply.finishes:
                break
        assert len(writes) == len(set(writes))

    run_virtual(main())
