"""What clients want, judged by hand: every event, every refusal, and what is asked of the call."""

import base64
from typing import Any

import pytest

from api.wire.realtime import RealtimeWriter
from api.wire.realtime_client import read
from api.wire.realtime_effects import Answered, Apart, Cancel, CancelApart, Prompt, Retuned, Shortened, Taken, Typed
from api.wire.realtime_reader import RealtimeReader
from api.wire.realtime_refused import Refused
from api.wire.realtime_session import agent_session, open_session, transcription_session
from api.wire.realtime_story import Story
from pipeline.events import (
    AudioBegan,
    CallEnded,
    Envelope,
    Event,
    ModelAsked,
    SentenceReady,
    ToolStarted,
    TurnBegan,
    TurnCut,
    TurnSettled,
    UnitLedger,
)
from tests.api.wire.test_realtime import check


class Buffer:
    def __init__(self) -> None:
        self.pcm = b""

    def length_us(self) -> int:
        return len(self.pcm) * 1_000_000 // 32_000

    def take(self) -> bytes:
        pcm, self.pcm = self.pcm, b""
        return pcm

    def inside(self, audio: bytes) -> bytes:
        return audio

    def outside(self, pcm: bytes) -> bytes:
        return pcm


class Talk:
    """A story, its writer, its reader, and what was told."""

    def __init__(self, session: Any = None, *, has_agent: bool = False, paced: bool = False) -> None:
        self.story = Story("call_1", session or open_session("sess_1", "gpt-realtime"), paced=paced)
        self.writer = RealtimeWriter(self.story)
        self.buffer = Buffer()
        self.story.has_agent = has_agent
        self.reader = RealtimeReader(self.writer, self.buffer)
        self.told: list[dict[str, Any]] = []
        self._seq = 0

    def want(self, kind: str, **more: Any) -> list[Any]:
        effects = self.reader.take(read({"type": kind, **more}))
        self._keep(self.story.taken())
        return effects

    def refused(self, kind: str, **more: Any) -> str:
        before = len(self.told)
        with pytest.raises(Refused) as why:
            self.want(kind, **more)
        assert self.story.taken() == [] and len(self.told) == before
        check(self.story.error(why.value.code, str(why.value), "evt_1", why.value.param))
        return why.value.code

    def fact(self, *events: Event) -> None:
        for event in events:
            self._seq += 1
            self._keep(self.writer.feed(Envelope("call_1", self._seq, self._seq * 100_000, event)))

    def _keep(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            check(event)
        self.told += events

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.told]


def message(text: str = "hi", role: str = "user", **more: Any) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **more}


def unit(text: str = "One two three four.", made_us: int = 1_000_000) -> UnitLedger:
    return UnitLedger(0, text, "model", made_us, made_us, made_us, text, True)


def speaking(generation: int = 1) -> tuple[Event, ...]:
    return (
        TurnBegan(generation, "utterance", True, None),
        ModelAsked(generation, "m"),
        SentenceReady(generation, 0, "One two three four.", "", "model"),
        AudioBegan(generation, 0, "model"),
    )


def test_items_are_created_retrieved_and_deleted() -> None:
    talk = Talk()
    assert talk.want("conversation.item.create", item=message(id="mine")) == [Typed("hi")]
    assert talk.want("conversation.item.create", item=message("note", "system"), previous_item_id="root") == []
    added = [event for event in talk.told if event["type"] == "conversation.item.added"]
    assert [event["previous_item_id"] for event in added] == [None, None]
    talk.want("conversation.item.retrieve", item_id="mine")
    assert talk.told[-1]["item"]["content"] == [{"type": "input_text", "text": "hi"}]
    talk.want("conversation.item.delete", item_id="mine")
    assert talk.told[-1] == {**talk.told[-1], "type": "conversation.item.deleted", "item_id": "mine"}
    assert talk.refused("conversation.item.retrieve", item_id="mine") == "item_retrieve_invalid_item_id"
    assert talk.refused("conversation.item.delete", item_id="mine") == "item_delete_invalid_item_id"
    truncate = {"item_id": "mine", "content_index": 0, "audio_end_ms": 0}
    assert talk.refused("conversation.item.truncate", **truncate) == "item_truncate_invalid_item_id"


def test_an_id_may_be_taken_only_once_and_a_place_has_to_exist() -> None:
    talk = Talk()
    talk.want("conversation.item.create", item=message(id="mine"))
    assert talk.refused("conversation.item.create", item=message(id="mine")) == "item_create_duplicate_item_id"
    nowhere = {"item": message(), "previous_item_id": "nowhere"}
    assert talk.refused("conversation.item.create", **nowhere) == "item_create_invalid_item_id"


def test_sound_in_an_item_waits_for_its_words_and_is_given_back() -> None:
    talk = Talk()
    audio = base64.b64encode(bytes(6_400)).decode()
    item = {"id": "a", "type": "message", "role": "user", "content": [{"type": "input_audio", "audio": audio}]}
    assert talk.want("conversation.item.create", item=item) == [Prompt()]
    (entry,) = talk.story.conversation.waiting()
    talk.writer.hearing.transcribed(entry.id, "Hello.", 200_000)
    talk.story.taken()
    assert talk.story.conversation.waiting() == []
    talk.want("conversation.item.retrieve", item_id="a")
    assert talk.told[-1]["item"]["content"] == [{"type": "input_audio", "transcript": "Hello.", "audio": audio}]


def test_audio_is_committed_by_hand_if_there_is_enough_of_it() -> None:
    talk = Talk()
    assert talk.refused("input_audio_buffer.commit") == "input_audio_buffer_commit_empty"
    talk.buffer.pcm = bytes(3_200)
    assert talk.want("input_audio_buffer.commit") == [Taken(), Prompt()]
    assert talk.types == ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    talk.buffer.pcm = bytes(3_200)
    talk.want("input_audio_buffer.clear")
    assert talk.refused("input_audio_buffer.commit") == "input_audio_buffer_commit_empty"


def test_a_response_is_created_at_once_and_given_by_the_next_turn() -> None:
    talk = Talk()
    assert talk.want("response.create", response={"metadata": {"a": "b"}}) == [Prompt()]
    assert talk.types == ["response.created"]
    assert talk.refused("response.create") == "conversation_already_has_active_response"
    talk.fact(*speaking(), TurnSettled(1, "heard", (unit(),)))
    assert talk.types.count("response.created") == 1
    assert talk.told[-1]["response"]["metadata"] == {"a": "b"}
    assert talk.told[-1]["response"]["id"] == talk.told[0]["response"]["id"]


def test_a_turn_that_is_already_listening_takes_the_request() -> None:
    talk = Talk()
    talk.fact(TurnBegan(1, "utterance", True, None))
    assert talk.want("response.create") == []
    assert talk.story.replies[1].wants


def test_a_turn_that_apologises_takes_no_request() -> None:
    talk = Talk()
    talk.fact(TurnBegan(1, "apology", True, None))
    assert talk.want("response.create") == [Prompt()]
    talk.fact(TurnSettled(1, "nothing", ()))
    assert talk.types == ["response.created"]
    talk.fact(*speaking(2), TurnSettled(2, "heard", (unit(),)))
    assert talk.told[-1]["response"]["output"] != []


def test_a_cancel_ends_the_active_response_a_waiting_request_or_nothing() -> None:
    talk = Talk()
    assert talk.refused("response.cancel") == "response_cancel_not_active"
    talk.want("response.create")
    assert talk.want("response.cancel") == []
    assert talk.told[-1]["response"]["status"] == "cancelled"
    talk.fact(*speaking())
    assert talk.refused("response.cancel", response_id="resp_other") == "response_cancel_not_active"
    assert talk.want("response.cancel") == [Cancel()]


def test_a_response_may_be_asked_for_early_once_every_function_has_answered() -> None:
    talk = Talk()
    tool = {"type": "function", "name": "lookup", "parameters": {}}
    talk.want("session.update", session={"type": "realtime", "tools": [tool]})
    talk.fact(*speaking(), ToolStarted(1, "call_9", "lookup", "{}", False), ToolStarted(1, "x", "ours", "{}", True))
    assert talk.types.count("response.function_call_arguments.done") == 1
    assert talk.refused("response.create") == "conversation_already_has_active_response"
    unknown = {"type": "function_call_output", "call_id": "call_8", "output": ""}
    assert talk.refused("conversation.item.create", item=unknown) == "invalid_tool_call_id"
    output = {"type": "function_call_output", "call_id": "call_9", "output": "1"}
    assert talk.want("conversation.item.create", item=output) == [Answered(1, "call_9", "lookup", "1")]
    assert talk.want("response.create") == [Prompt()]
    assert talk.refused("response.create") == "conversation_already_has_active_response"
    talk.fact(TurnSettled(1, "heard", (unit(),)), TurnBegan(2, "utterance", True, None))
    assert talk.types[-2:] == ["response.done", "response.created"]


def test_only_what_the_agent_said_aloud_can_be_truncated_and_not_beyond_its_end() -> None:
    talk = Talk()
    talk.want("conversation.item.create", item=message(id="mine"))
    at = {"content_index": 0, "audio_end_ms": 500}
    assert talk.refused("conversation.item.truncate", item_id="mine", **at) == "unsupported_content_type"
    talk.fact(*speaking(), TurnSettled(1, "heard", (unit(),)))
    item = talk.told[-1]["response"]["output"][0]["id"]
    beyond = {"content_index": 0, "audio_end_ms": 1_200}
    assert talk.refused("conversation.item.truncate", item_id=item, **beyond) == "invalid_value"
    part = {"content_index": 1, "audio_end_ms": 5}
    assert talk.refused("conversation.item.truncate", item_id=item, **part) == "invalid_value"
    assert talk.want("conversation.item.truncate", item_id=item, **at) == []
    entry = talk.story.conversation.find(item)
    assert entry is not None and entry.wire["content"][0]["transcript"] == "One two"


def test_a_running_reply_may_be_truncated_as_far_as_it_was_sent() -> None:
    talk = Talk()
    talk.fact(*speaking())
    talk.writer.sound("AAAA", 400_000)
    reply = talk.story.replies[1]
    assert reply.message is not None
    item = reply.message.item
    assert (
        talk.refused("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=900) == "invalid_value"
    )
    talk.want("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=300)
    assert (reply.message.truncated_us, talk.types[-1]) == (300_000, "conversation.item.truncated")
    assert talk.refused("conversation.item.delete", item_id=item) == "item_in_progress"


def test_responses_out_of_band_are_bounded_and_cancelled_by_their_id() -> None:
    talk = Talk()
    apart = {"conversation": "none", "input": [{"type": "item_reference", "id": "nothing"}]}
    assert talk.refused("response.create", response=apart) == "invalid_value"
    ids = []
    for _ in range(4):
        (effect,) = talk.want("response.create", response={"conversation": "none", "input": []})
        assert isinstance(effect, Apart) and effect.items == ()
        ids.append(effect.response)
    assert talk.refused("response.create", response={"conversation": "none"}) == "rate_limit_exceeded"
    assert talk.want("response.cancel", response_id=ids[2]) == [CancelApart(ids[2])]


def test_an_agent_is_not_overruled_by_its_caller() -> None:
    talk = Talk(agent_session("sess_1"), has_agent=True)
    assert talk.want("conversation.item.create", item=message("Where are you?")) == [Typed("Where are you?")]
    assert talk.refused("conversation.item.create", item=message("Obey.", "system")) == "item_locked"
    assert talk.refused("response.create", response={"instructions": "Obey."}) == "response_locked"
    item = talk.told[0]["item"]["id"]
    assert talk.refused("conversation.item.delete", item_id=item) == "item_locked"
    assert talk.want("session.update", session={"type": "realtime"}) == [Retuned()]
    talk.fact(*speaking(), TurnSettled(1, "heard", (unit(),)))
    spoken = talk.told[-1]["response"]["output"][0]["id"]
    shortened = talk.want("conversation.item.truncate", item_id=spoken, content_index=0, audio_end_ms=500)
    assert shortened == [Shortened("One two")]


def test_a_session_that_only_transcribes_gives_no_response() -> None:
    talk = Talk(transcription_session("sess_1"))
    assert talk.refused("response.create") == "invalid_event"


def test_the_sound_is_cleared_only_where_we_play_it() -> None:
    assert Talk().refused("output_audio_buffer.clear") == "invalid_event"
    talk = Talk(paced=True)
    assert talk.want("output_audio_buffer.clear") == []
    talk.fact(*speaking())
    assert talk.want("output_audio_buffer.clear") == [Cancel()]


def test_a_response_that_nobody_gives_any_more_is_over_with_the_call() -> None:
    talk = Talk()
    talk.want("response.create")
    talk.fact(CallEnded("provider_failed"))
    done = talk.told[-1]["response"]
    assert (talk.told[-1]["type"], done["status"]) == ("response.done", "cancelled")
    assert done["id"] == talk.told[0]["response"]["id"]


def test_a_response_that_was_asked_for_early_is_withdrawn_whole() -> None:
    talk = Talk()
    tool = {"type": "function", "name": "lookup"}
    talk.want("session.update", session={"type": "realtime", "tools": [tool]})
    talk.fact(*speaking(), ToolStarted(1, "call_9", "lookup", "{}", False))
    output = {"type": "function_call_output", "call_id": "call_9", "output": "1"}
    talk.want("conversation.item.create", item=output)
    talk.want("response.create")
    talk.fact(TurnCut(1, "barge_in", True, ()))
    assert talk.want("response.cancel") == []
    assert talk.types[-2:] == ["response.created", "response.done"]
    assert talk.told[-1]["response"]["id"] == talk.told[-2]["response"]["id"]
