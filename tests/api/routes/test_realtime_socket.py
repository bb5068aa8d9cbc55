"""The Realtime door with OpenAI's own client: only the address is another."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
import soxr
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pipeline.events import CallEnded, ToolFinished, ToolStarted, TurnCut, TurnSettled
from stages.ports import Said, ToolCall, ToolResult
from tests.api.house import KEY
from tests.api.wire.test_realtime import check
from tests.support.providers import FakeChat, FakeSynthesizer, Wait, tone
from tests.support.realtime import Door, Scripts, door, until
from tests.support.speech import sentences

ANY: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
Told = list[dict[str, Any]]
BEARER = {"Authorization": f"Bearer {KEY}"}


def run(story: Callable[[Door], Awaitable[None]], scripts: Scripts | None = None, **settings: Any) -> None:
    async def main() -> None:
        async with door(scripts, **settings) as opened:
            await story(opened)

    asyncio.run(main())


def types(told: Told) -> list[str]:
    return [event["type"] for event in told]


def user(text: str) -> Any:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def spoken() -> bytes:
    """A person says a sentence; 24 kHz, then a second of a quiet room."""
    pcm = soxr.resample(sentences()[0], 16_000, 24_000).astype(np.int16)
    quiet = np.random.default_rng(1).normal(0, 4, 24_000).astype(np.int16)
    return np.concatenate([quiet[:7_200], pcm, quiet]).astype("<i2").tobytes()


async def say(connection: Any, pcm: bytes, piece: int = 9_600) -> None:
    for at in range(0, len(pcm), piece):
        await connection.input_audio_buffer.append(audio=base64.b64encode(pcm[at : at + piece]).decode())


ANSWER = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
END = ["response.content_part.done", "conversation.item.done", "response.output_item.done", "response.done"]


def test_a_typed_turn_is_answered_in_writing() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.session.update(
                session={"type": "realtime", "output_modalities": ["text"], "instructions": "Be kind."}
            )
            (updated,) = await until(it, "session.updated")
            assert updated["session"]["instructions"] == "Be kind."
            await it.conversation.item.create(item=user("Where is my order?"))
            await it.response.create(response={"metadata": {"client_event_id": "r1"}})
            told = await until(it, "response.done")
        for event in (updated, *told):
            check(event)
        assert types(told) == [
            "conversation.item.added", "conversation.item.done", *ANSWER,
            "response.output_text.delta", "response.output_text.done", *END,
        ]  # fmt: skip
        done = told[-1]["response"]
        assert done["metadata"] == {"client_event_id": "r1"} == told[2]["response"]["metadata"]
        assert done["output"][0]["content"] == [{"type": "output_text", "text": "It left today."}]
        assert done["usage"]["total_tokens"] == 2
        (asked,) = opened.scripts.llm.calls
        assert (asked.instructions, asked.messages) == ("Be kind.", (Said("user", "Where is my order?"),))

    run(story)


def test_a_spoken_turn_of_a_real_person_is_heard_and_answered_aloud() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            hearing: Any = {"transcription": {"model": "whisper-1"}}
            await it.session.update(session={"type": "realtime", "audio": {"input": hearing}})
            await until(it, "session.updated")
            await say(it, spoken())
            told = await until(it, "response.done")
        for event in told:
            check(event)
        kinds = [kind for kind in types(told) if kind != "response.output_audio.delta"]
        assert kinds == [
            "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
            "conversation.item.added", "conversation.item.done",
            "conversation.item.input_audio_transcription.delta",
            "conversation.item.input_audio_transcription.completed", *ANSWER,
            "response.output_audio_transcript.delta", "response.output_audio.done",
            "response.output_audio_transcript.done", *END,
        ]  # fmt: skip
        sound = b"".join(base64.b64decode(e["delta"]) for e in told if e["type"] == "response.output_audio.delta")
        assert len(sound) >= 2 * 24_000 * 0.75
        item = told[0]["item_id"]
        assert {e["item_id"] for e in told if e["type"].startswith("input_audio_buffer")} == {item}
        assert told[3]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        assert 0 <= told[0]["audio_start_ms"] < told[1]["audio_end_ms"]
        assert opened.scripts.llm.calls[-1].messages == (Said("user", "Where is my order?"),)

    run(story)


def test_a_function_goes_to_the_client_and_its_output_comes_back() -> None:
    scripts = Scripts(llm=FakeChat(("Let me look. ", ToolCall("call_9", "lookup", '{"id": "A-1"}')), "It left today."))
    tool: Any = {"type": "function", "name": "lookup", "parameters": {"type": "object", "properties": {}}}

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.session.update(session={"type": "realtime", "output_modalities": ["text"], "tools": [tool]})
            await it.conversation.item.create(item=user("Where is A-1?"))
            await it.response.create()
            told = await until(it, "response.done")
            for event in told:
                check(event)
            call = next(e for e in told if e["type"] == "response.function_call_arguments.done")
            assert (call["name"], call["call_id"], call["arguments"]) == ("lookup", "call_9", '{"id": "A-1"}')
            assert call["output_index"] == 1
            assert [item["type"] for item in told[-1]["response"]["output"]] == ["message", "function_call"]
            output: Any = {"type": "function_call_output", "call_id": "call_9", "output": '{"status": "shipped"}'}
            await it.conversation.item.create(item=output)
            await it.response.create()
            again = await until(it, "response.done")
            assert again[-1]["response"]["output"][0]["content"][0]["text"] == "It left today."
        assert opened.scripts.llm.calls[1].messages == (
            Said("user", "Where is A-1?"), Said("assistant", "Let me look."),
            ToolCall("call_9", "lookup", '{"id": "A-1"}'), ToolResult("call_9", '{"status": "shipped"}'),
        )  # fmt: skip
        facts = [envelope.event for envelope in opened.facts()]
        assert any(isinstance(fact, ToolStarted) and fact.tool_call == "call_9" for fact in facts)
        assert any(isinstance(fact, ToolFinished) and fact.outcome == "ok" for fact in facts)

    run(story, scripts)


def test_a_response_that_is_asked_for_too_early_is_refused_unless_it_awaits_a_function() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.response.create()
            await it.send({"type": "response.create", "event_id": "evt_2"})
            told = await until(it, "error")
            assert told[-1]["error"]["code"] == "conversation_already_has_active_response"
            assert told[-1]["error"]["event_id"] == "evt_2"
            check(told[-1])
            await until(it, "response.done")

    run(story)


LONG = Scripts(
    llm=FakeChat(always="I will tell you all about it, from the beginning to the very end of it."),
    tts=FakeSynthesizer(always=(tone(3_000), tone(3_000))),
)


def test_a_response_is_cancelled_and_a_second_time_there_is_none() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.conversation.item.create(item=user("Tell me."))
            await it.response.create()
            await until(it, "response.output_audio.delta")
            await it.response.cancel()
            told = await until(it, "response.done")
            done = told[-1]["response"]
            assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
            assert done["output"][0]["status"] == "incomplete"
            await it.response.cancel()
            refused = await until(it, "error")
            assert types(refused) == ["error"] and refused[0]["error"]["code"] == "response_cancel_not_active"
        (cut,) = [envelope.event for envelope in opened.facts() if isinstance(envelope.event, TurnCut)]
        assert cut.units[0].heard_us < cut.units[0].sent_us <= 400_000

    run(story, LONG)


def test_what_the_client_did_not_play_is_taken_out_of_the_conversation() -> None:
    scripts = Scripts(
        llm=FakeChat("One two three four five six seven eight.", "Yes."), tts=FakeSynthesizer(always=tone(1_000))
    )

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.conversation.item.create(item=user("Count."))
            await it.response.create()
            item = (await until(it, "response.done"))[-1]["response"]["output"][0]["id"]
            await it.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=5_000)
            (beyond,) = await until(it, "error")
            assert beyond["error"]["message"].startswith("Audio content of 1000ms is already shorter than 5000ms")
            await it.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=500)
            (truncated,) = await until(it, "conversation.item.truncated")
            check(truncated)
            await it.conversation.item.retrieve(item_id=item)
            (retrieved,) = await until(it, "conversation.item.retrieved")
            assert retrieved["item"]["content"][0]["transcript"] == "One two three four"
            await it.conversation.item.create(item=user("Go on."))
            await it.response.create()
            await until(it, "response.done")
        assert Said("assistant", "One two three four") in opened.scripts.llm.calls[1].messages

    run(story, scripts)


def test_a_response_out_of_band_is_no_part_of_the_conversation() -> None:
    scripts = Scripts(llm=FakeChat("A title.", "Hello."))

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.conversation.item.create(item=user("Remember this."))
            await until(it, "conversation.item.done")
            apart: Any = {
                "conversation": "none", "instructions": "Give it a title.", "output_modalities": ["text"],
                "metadata": {"topic": "title"}, "input": [user("Only this.")],
            }  # fmt: skip
            await it.response.create(response=apart)
            told = await until(it, "response.done")
            for event in told:
                check(event)
            assert not [kind for kind in types(told) if kind.startswith("conversation.")]
            done = told[-1]["response"]
            assert (done["conversation_id"], done["metadata"]) == (None, {"topic": "title"})
            await it.response.create(response={"output_modalities": ["text"]})
            await until(it, "response.done")
        first, second = opened.scripts.llm.calls
        assert (first.instructions, first.messages) == ("Give it a title.", (Said("user", "Only this."),))
        assert second.messages == (Said("user", "Remember this."),)

    run(story, scripts)


def test_an_interruption_stops_the_agent_and_only_what_was_heard_is_remembered() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.conversation.item.create(item=user("Tell me."))
            await it.response.create()
            await until(it, "response.output_audio.delta")
            await say(it, spoken())
            told = await until(it, "response.done")
            kinds = [kind for kind in types(told) if "audio.delta" not in kind and "transcript.delta" not in kind]
            assert kinds[0] == "input_audio_buffer.speech_started"
            assert told[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
            await until(it, "response.created")
        heard = opened.scripts.llm.calls[-1].messages
        assert any(isinstance(line, Said) and "interrupted" in line.text for line in heard)

    run(story, LONG)


def test_with_turn_detection_off_the_client_commits_and_asks() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            manual: Any = {"input": {"turn_detection": None, "transcription": {"model": "whisper-1"}}}
            await it.session.update(session={"type": "realtime", "audio": manual})
            await it.input_audio_buffer.commit()
            assert (await until(it, "error"))[-1]["error"]["code"] == "input_audio_buffer_commit_empty"
            await say(it, tone(500))
            await it.input_audio_buffer.clear()
            await until(it, "input_audio_buffer.cleared")
            await say(it, tone(500))
            await it.input_audio_buffer.commit()
            told = await until(it, "conversation.item.input_audio_transcription.completed")
            assert types(told)[:3] == [
                "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
            ]  # fmt: skip
            await it.response.create()
            await until(it, "response.done")
        ((utterance, _),) = opened.scripts.stt.calls
        assert abs(len(utterance.pcm) - 16_000) < 200

    run(story)


def test_a_session_that_only_transcribes_gives_words_and_no_response() -> None:
    async def story(opened: Door) -> None:
        query = {"intent": "transcription"}
        async with opened.client().realtime.connect(extra_query=query) as it:
            (created,) = await until(it, "session.created")
            check(created)
            assert created["session"]["type"] == "transcription"
            await say(it, spoken())
            told = await until(it, "conversation.item.input_audio_transcription.completed")
            assert told[-1]["transcript"] == "Where is my order?"
            await it.response.create()
            refused = await until(it, "error")
            assert not [kind for kind in types(told + refused) if kind.startswith("response.")]
        assert opened.scripts.llm.calls == []

    run(story)


def test_an_agents_file_answers_where_the_model_names_one() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="parley:reception") as it:
            told = await until(it, "response.done")
            assert told[0]["session"]["model"] == "parley:reception"
            assert "AI" in told[-1]["response"]["output"][0]["content"][0]["transcript"]
            await it.session.update(session={"type": "realtime", "instructions": "Obey me.", "tools": []})
            (updated,) = await until(it, "session.updated")
            assert updated["session"]["instructions"] == ""
            await it.conversation.item.create(item=user("Where are you?"))
            await it.response.create()
            again = await until(it, "response.done")
            assert again[-1]["response"]["status"] == "completed"
        assert "Obey" not in opened.scripts.llm.calls[0].instructions

    run(story, Scripts(tts=FakeSynthesizer(ms_per_character=17)))


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ("?model=gpt-realtime", {}, 401, "unauthorised"),
        ("?model=gpt-realtime", {"Authorization": "Bearer sk-wrong"}, 401, "unauthorised"),
        ("?model=parley:nobody", BEARER, 404, "unknown_agent"),
        ("", BEARER, 400, "missing_required_parameter"),
    ],
)
def test_a_refusal_comes_before_the_upgrade_and_says_why(query: str, headers: Any, status: int, code: str) -> None:
    async def story(opened: Door) -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(opened.address + query, additional_headers=headers):
                pass
        response = refused.value.response
        assert (response.status_code, json.loads(response.body or b"")["error"]["code"]) == (status, code)

    run(story)


def test_a_full_house_is_told_before_the_upgrade() -> None:
    async def story(opened: Door) -> None:
        async with connect(opened.address + "?model=x", additional_headers=BEARER) as first:
            await first.recv()
            with pytest.raises(InvalidStatus) as refused:
                async with connect(opened.address + "?model=x", additional_headers=BEARER):
                    pass
            assert refused.value.response.status_code == 503

    run(story, max_calls=1)


@pytest.mark.parametrize(
    ("offered", "answered"), [(["realtime", f"openai-insecure-api-key.{KEY}"], "realtime"), ([], None)]
)
def test_a_browsers_key_comes_as_a_subprotocol_and_is_never_echoed(offered: Any, answered: str | None) -> None:
    async def story(opened: Door) -> None:
        headers = {} if offered else BEARER
        async with connect(opened.address + "?model=x", subprotocols=offered or None, additional_headers=headers) as it:
            assert it.subprotocol == answered

    run(story)


def test_a_client_of_the_beta_is_spoken_to_in_its_dialect() -> None:
    scripts = Scripts(llm=FakeChat(ToolCall("call_1", "check_availability", '{"provider_id": "7"}'), "At nine."))

    async def story(opened: Door) -> None:
        headers = {**BEARER, "OpenAI-Beta": "realtime=v1"}
        address = opened.address + "?model=gpt-4o-realtime-preview-2025-06-03"
        async with connect(address, additional_headers=headers) as it:
            await it.send(json.dumps({"type": "session.update", "session": {
                "voice": "alloy", "instructions": "You are a friendly receptionist for Acme Clinic.",
                "input_audio_format": "pcm16", "output_audio_format": "pcm16",
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 400, "threshold": 0.5},
                "tools": [{"type": "function", "name": "check_availability", "description": "Check it",
                           "parameters": {"type": "object", "properties": {"provider_id": {"type": "string"}}}}],
            }}))  # fmt: skip
            pcm = spoken()
            for at in range(0, len(pcm), 4_096):
                audio = base64.b64encode(pcm[at : at + 4_096]).decode()
                await it.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            told = await messages(it, "response.function_call_arguments.done")
            assert told[-1]["name"] == "check_availability"
            output = {"type": "function_call_output", "call_id": told[-1]["call_id"], "output": "[]"}
            await it.send(json.dumps({"type": "conversation.item.create", "item": output}))
            await it.send(json.dumps({"type": "response.create"}))
            again = await messages(it, "response.audio_transcript.done")
            assert again[-1]["transcript"] == "At nine."
            assert "conversation.item.input_audio_transcription.completed" in types(told + again)
            assert "response.audio.delta" in types(again)
            assert not [kind for kind in types(told + again) if "output_audio" in kind or kind == "error"]

    run(story, scripts)


async def messages(it: ClientConnection, kind: str) -> Told:
    told: Told = []
    async with asyncio.timeout(20):
        while not told or told[-1]["type"] != kind:
            told.append(json.loads(await it.recv()))
    return told


def test_what_is_no_event_is_an_error_and_the_socket_stays_open() -> None:
    async def story(opened: Door) -> None:
        async with connect(opened.address + "?model=x", additional_headers=BEARER) as it:
            await messages(it, "session.created")
            for message in ("{", "[]", '{"type": "sing"}', b"\xff\x00", "[" * 50_000):
                await it.send(message)
                (error,) = await messages(it, "error")
                check(error)
            await it.send('{"type": "input_audio_buffer.clear"}')
            await messages(it, "input_audio_buffer.cleared")

    run(story)


def test_a_client_that_does_not_read_is_cut_off_and_nobody_else_is() -> None:
    async def story(opened: Door) -> None:
        async with (
            opened.client().realtime.connect(model="gpt-realtime") as other,
            connect(opened.address + "?model=x", additional_headers=BEARER, max_queue=1) as it,
        ):
            await messages(it, "session.created")
            text = "x" * 200_000
            item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
            with pytest.raises(ConnectionClosed):
                for _ in range(200):
                    await it.send(json.dumps({"type": "conversation.item.create", "item": item}))
                    await asyncio.sleep(0)
                async with asyncio.timeout(20):
                    while True:
                        await it.recv()
            assert it.close_code == 1013
            await until(other, "session.created")
            await other.response.create(response={"output_modalities": ["text"]})
            assert (await until(other, "response.done"))[-1]["response"]["status"] == "completed"

    run(story)


def test_a_session_that_has_lasted_too_long_is_told_and_closed() -> None:
    async def story(opened: Door) -> None:
        async with connect(opened.address + "?model=x", additional_headers=BEARER) as it:
            await messages(it, "session.created")
            (live,) = opened.app.state.calls.live()
            live.call.hang_up("too_long")
            (expired,) = await messages(it, "error")
            assert expired["error"]["code"] == "session_expired"
            with pytest.raises(ConnectionClosed):
                await it.recv()
            assert it.close_code == 1001

    run(story)


def test_a_call_ends_with_its_socket_and_leaves_nothing_behind() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.response.create()
            await until(it, "response.created")
        async with asyncio.timeout(10):
            await opened.app.state.calls.empty()
        assert isinstance(opened.facts()[-1].event, CallEnded)
        assert opened.scripts.llm.script.open == opened.scripts.tts.script.open == 0

    run(story, Scripts(llm=FakeChat(always=(Wait(30), "never"))))


def test_a_provider_that_fails_is_a_failed_response_and_the_session_goes_on() -> None:
    from pipeline.errors import ProviderUnavailable

    scripts = Scripts(llm=FakeChat(ProviderUnavailable("llm", "it is down"), "Here I am."))

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            await it.conversation.item.create(item=user("Hello?"))
            await it.response.create(response={"output_modalities": ["text"]})
            failed = (await until(it, "response.done"))[-1]["response"]
            assert (failed["status"], failed["status_details"]["error"]["code"]) == ("failed", "provider_unavailable")
            await it.response.create(response={"output_modalities": ["text"]})
            assert (await until(it, "response.done"))[-1]["response"]["status"] == "completed"
        settled = [envelope.event for envelope in opened.facts() if isinstance(envelope.event, TurnSettled)]
        assert [fact.outcome for fact in settled][-1] == "heard"

    run(story, scripts)


def test_an_agent_that_was_not_answered_speaks_again() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            detection: Any = {"type": "server_vad", "idle_timeout_ms": 1_000}
            await it.session.update(session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
            await it.response.create()
            await until(it, "response.done")
            told = await until(it, "response.done")
            for event in told:
                check(event)
            assert types(told)[:7] == [
                "input_audio_buffer.timeout_triggered", "conversation.item.added", "conversation.item.done",
                "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done", "response.created",
            ]  # fmt: skip
            assert told[1]["item"]["role"] == "system"
            assert told[0]["item_id"] == told[3]["item_id"] == told[4]["item"]["id"]

    run(story)


def test_telephone_audio_goes_in_and_comes_out() -> None:
    from api.transports import audio

    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            law: Any = {"type": "audio/pcmu"}
            await it.session.update(
                session={"type": "realtime", "audio": {"input": {"format": law}, "output": {"format": law}}}
            )
            (updated,) = await until(it, "session.updated")
            assert updated["session"]["audio"]["output"]["format"] == {"type": "audio/pcmu"}
            pcm = audio.resampled(spoken(), 24_000, 16_000)
            await say(it, audio.outside("audio/pcmu", pcm), 1_600)
            told = await until(it, "response.done")
            sound = b"".join(base64.b64decode(e["delta"]) for e in told if e["type"] == "response.output_audio.delta")
            assert abs(len(sound) - 6_400) < 400

    run(story)


def test_a_second_connection_sees_the_same_order_of_events_and_steers_the_same_session() -> None:
    async def story(opened: Door) -> None:
        async with opened.client().realtime.connect(model="gpt-realtime") as it:
            await until(it, "session.created")
            (call,) = opened.app.state.calls.live()
            async with opened.client().realtime.connect(call_id=call.id) as side:
                written: Any = {"type": "realtime", "output_modalities": ["text"], "instructions": "Be kind."}
                await side.session.update(session=written)
                seen, told = await until(side, "session.updated"), await until(it, "session.updated")
                await it.conversation.item.create(item=user("Where is my order?"))
                await side.response.create()
                seen += await until(side, "response.done")
                told += await until(it, "response.done")
                assert seen == told
                await side.session.update(session={"type": "realtime", "audio": {"output": {"voice": "nobody"}}})
                assert (await until(side, "error"))[-1]["error"]["param"] == "session.audio.output.voice"
            assert opened.app.state.calls.find(call.id) is not None, "whoever watches may leave"
            await it.response.create()
            assert (await until(it, "response.done"))[-1]["response"]["status"] == "completed"

    run(story)


def test_nobody_joins_a_call_that_there_is_not() -> None:
    async def story(opened: Door) -> None:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{opened.address}?call_id=call_0", additional_headers=BEARER)
        assert refused.value.response.status_code == 404
        error = json.loads(refused.value.response.body or b"")["error"]
        assert (error["code"], error["type"]) == ("call_id_not_found", "invalid_request_error")
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{opened.address}s?model=x", additional_headers=BEARER)
        assert refused.value.response.status_code == 404
        assert json.loads(refused.value.response.body or b"")["error"]["code"] == "not_found"

    run(story)
