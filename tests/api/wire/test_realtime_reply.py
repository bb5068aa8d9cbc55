from typing import Any

from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_reply import ReplyTeller, cut_at
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Reply, Request, Story
from pipeline.events import ToolStarted, TurnCut, UnitLedger
from tests.api.wire.test_realtime import check


def story() -> Story:
    return Story("call_1", open_session("sess_1", "gpt-realtime"), paced=False)


def told(one: Story) -> list[dict[str, Any]]:
    events = one.taken()
    for event in events:
        check(event)
    return events


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def unit(text: str, made_us: int, heard_us: int) -> UnitLedger:
    return UnitLedger(0, text, "model", made_us, made_us, heard_us, text, True)


def test_a_message_and_a_call_stand_in_the_order_in_which_they_began() -> None:
    one, reply = story(), Reply(None, True)
    teller = ReplyTeller(one)
    teller.begin(reply)
    teller.call(reply, ToolStarted(1, "call_1", "lookup", "{}", False))
    teller.say(reply, "One moment.")
    teller.settle(reply, ())
    events = told(one)
    done = events[-1]["response"]
    assert [item["type"] for item in done["output"]] == ["message", "function_call"]
    assert done["output"][0]["content"] == [{"type": "output_audio", "transcript": "One moment."}]
    added = [event for event in events if event["type"] == "conversation.item.added"]
    assert added[1]["previous_item_id"] == added[0]["item"]["id"]
    assert reply.has_called


def test_a_client_that_plays_the_sound_itself_truncates_itself() -> None:
    one, reply = story(), Reply(None, True)
    teller = ReplyTeller(one)
    teller.say(reply, "Hello there.")
    teller.play(reply)
    teller.sound(reply, "AAAA", 400_000)
    teller.cut(reply, TurnCut(1, "barge_in", True, (unit("Hello there.", 1_000_000, 300_000),)))
    events = told(one)
    assert not [kind for kind in types(events) if "output_audio_buffer" in kind or "truncated" in kind]
    assert events[-1]["response"]["status_details"]["reason"] == "turn_detected"
    entry = one.conversation.find(reply.outputs[0].item)
    assert entry is not None and entry.cut and entry.wire["status"] == "incomplete"


def test_what_a_client_said_it_heard_of_a_running_reply_holds_at_its_end() -> None:
    one, reply = story(), Reply(None, True)
    teller = ReplyTeller(one)
    teller.say(reply, "One two three four.")
    assert reply.message is not None
    reply.message.truncated_us = 500_000
    teller.settle(reply, (unit("One two three four.", 1_000_000, 1_000_000),))
    assert told(one)[-1]["response"]["output"][0]["content"][0]["transcript"] == "One two"


def test_a_response_out_of_band_touches_no_conversation() -> None:
    one, reply = story(), Reply(None, True)
    teller = ReplyTeller(one, apart=True)
    teller.attach(reply, Request("resp_9", ResponseOptions(output_modalities=["text"], metadata={"a": "b"})))
    teller.write(reply, "Hi.")
    teller.settle(reply, ())
    events = told(one)
    assert not [kind for kind in types(events) if kind.startswith("conversation")]
    assert events[-1]["response"]["conversation_id"] is None
    assert len(one.conversation) == 0


def test_an_answer_that_was_broken_off_is_incomplete() -> None:
    one, reply = story(), Reply(None, True, modality="text")
    teller = ReplyTeller(one)
    teller.write(reply, "It goes on and")
    reply.broken_off = "max_output_tokens"
    teller.settle(reply, ())
    done = told(one)[-1]["response"]
    assert (done["status"], done["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
    assert done["output"][0]["status"] == "incomplete"


def test_a_request_that_is_withdrawn_is_a_cancelled_response() -> None:
    one, request = story(), Request("resp_1", ResponseOptions())
    teller = ReplyTeller(one)
    teller.create(request)
    teller.withdraw(request)
    assert types(told(one)) == ["response.created", "response.done"]


def test_units_are_cut_at_the_moment_that_was_heard() -> None:
    units = (unit("One two.", 1_000_000, 1_000_000), unit("Three four.", 1_000_000, 1_000_000))
    kept, heard = cut_at(units, 1_600_000)
    assert heard == "One two. Three"
    assert [unit.heard_us for unit in kept] == [1_000_000, 600_000]
    assert cut_at(units, 0)[1] == ""
