"""Turns over plain HTTP: a recording of a person in, events with the agent's voice out."""

import asyncio
import base64
import io
import json
import wave
from typing import Any

import httpx

from pipeline.errors import ProviderUnavailable
from pipeline.events import AudioBegan, CallStarted, Envelope, Transcribed, TurnBilled, TurnCut, TurnSettled
from tests.api.house import KEY
from tests.api.routes.test_chat import Told, read, words
from tests.api.test_hearing import coded, wav
from tests.support.providers import FakeChat, FakeSynthesizer, FakeTranscriber
from tests.support.realtime import Door, Scripts, door
from tests.support.speech import sentences

SPEECH = wav(sentences()[0])
JSON = {"content-type": "application/json"}


def client(opened: Door) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {KEY}"}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{opened.port}", headers=headers, timeout=60)


async def say(http: httpx.AsyncClient, recording: bytes | None = None, **fields: str) -> Told:
    files = None if recording is None else {"audio": ("question", recording)}
    answer = await http.post("/v1/turns", files=files, **({"data": fields} if files else {"json": fields}))  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return read(answer.text)


def sound(events: Told) -> bytes:
    return b"".join(base64.b64decode(body["audio"]) for kind, body in events if kind == "audio")


def of(events: Told, kind: str) -> list[dict[str, Any]]:
    return [body for name, body in events if name == kind]


def facts(opened: Door, kind: type) -> list[Any]:
    recorded: tuple[Envelope, ...] = opened.parts.buses[-1].since(0)
    return [envelope.event for envelope in recorded if isinstance(envelope.event, kind)]


def test_a_recording_is_answered_aloud_and_the_conversation_goes_on() -> None:
    async def story() -> None:
        scripts = Scripts(stt=FakeTranscriber("My tap leaks", "Anna Miller"), llm=FakeChat(always="Which day?"))
        async with door(scripts) as opened, client(opened) as http:
            first = await say(http, SPEECH)
            assert [kind for kind, _ in first][:1] == ["conversation"] and first[-1][0] == "done"
            assert of(first, "transcript") == [{"text": "My tap leaks", "dropped": None}]
            assert "AI assistant" in words(first) and "Which day?" in words(first)
            kinds = [kind for kind, _ in first]
            assert kinds.index("audio") < kinds.index("transcript") < len(kinds) - kinds[::-1].index("audio")
            assert {(body["format"], body["rate"]) for body in of(first, "audio")} == {("pcm", 24_000)}
            id = first[0][1]["conversation_id"]
            second = await say(http, coded(sentences()[2], "ogg", "libopus"), conversation_id=id, format="wav")
            assert of(second, "transcript") == [{"text": "Anna Miller", "dropped": None}]
            with wave.open(io.BytesIO(sound(second))) as file:
                assert len(file.readframes(1 << 20)) > 24_000
            third = read((await http.post("/v1/chat", json={"conversation_id": id, "text": "Thank you"})).text)
            assert third[-1][0] == "done" and of(third, "audio") == [], "the text door goes on with the same one"
            assert facts(opened, CallStarted)[0].transport == "turns"
            assert [fact.text for fact in facts(opened, Transcribed)] == ["My tap leaks", "Anna Miller", "Thank you"]
            assert [fact.heard for fact in facts(opened, TurnSettled)][1:] == ["Which day?"] * 3
            assert facts(opened, AudioBegan) and facts(opened, TurnBilled)[1].heard_ms > 500
        assert [len(said.pcm) > 10_000 for said, _ in scripts.stt.calls] == [True, True]
        assert scripts.stt.calls[0][0].start < scripts.stt.calls[1][0].start

    asyncio.run(story())


def test_a_text_is_answered_aloud_too_and_opus_and_silence_may_be_chosen() -> None:
    async def story() -> None:
        async with door() as opened, client(opened) as http:
            told = await say(http, text="Where is my order?", format="opus")
            assert of(told, "transcript") == [{"text": "Where is my order?", "dropped": None}]
            assert sound(told)[:4] == b"OggS"
            encoded = base64.b64encode(SPEECH).decode()
            quiet = await say(http, audio=encoded, format="none")
            assert of(quiet, "audio") == [] and "It left today." in words(quiet)
            greeted = await say(http)
            assert sound(greeted) and of(greeted, "transcript") == []

    asyncio.run(story())


def test_what_was_no_speech_to_the_recogniser_is_told_and_not_answered() -> None:
    async def story() -> None:
        async with door(Scripts(stt=FakeTranscriber(""))) as opened, client(opened) as http:
            told = await say(http, SPEECH)
            assert [body["dropped"] for body in of(told, "transcript")] == ["empty"]
            assert "It left today." not in words(told)

    asyncio.run(story())


def test_a_stage_that_fails_is_told_and_apologised_for() -> None:
    async def story() -> None:
        away = ProviderUnavailable("stt", "away")
        async with door(Scripts(stt=FakeTranscriber(always=away))) as opened, client(opened) as http:
            told = await say(http, SPEECH)
            assert [body["code"] for body in of(told, "error")] == ["provider_unavailable"]
            assert "sorry" in words(told) and told[-1][0] == "done"

    asyncio.run(story())


def test_whoever_leaves_has_heard_what_was_sent() -> None:
    async def story() -> None:
        long = "One two three four five six seven eight nine ten. " * 12
        slow = FakeSynthesizer(ms_per_character=60)
        async with door(Scripts(llm=FakeChat(always=long), tts=slow)) as opened, client(opened) as http:
            id = (await say(http))[0][1]["conversation_id"]
            body = json.dumps({"conversation_id": id, "text": "Count"})
            async with http.stream("POST", "/v1/turns", content=body, headers=JSON) as answer:
                async for line in answer.aiter_lines():
                    if line == "event: audio":
                        break
            async with asyncio.timeout(10):
                while not (cut := facts(opened, TurnCut)):
                    await asyncio.sleep(0.01)
            assert cut[0].why == "left" and cut[0].heard.startswith("One two")
            assert len(cut[0].heard) < len(long) - 20

    asyncio.run(story())


def test_what_is_wrong_is_told_in_the_one_shape_and_opens_no_conversation() -> None:
    async def story() -> None:
        async with door() as opened, client(opened) as http:
            file = {"audio": ("a", SPEECH)}
            wrong: list[tuple[dict[str, Any], int, str]] = [
                ({"content": b"x", "headers": {"content-type": "audio/wav"}}, 415, "unsupported_media_type"),
                ({"content": b"{", "headers": JSON}, 400, "invalid_value"),
                ({"json": {"text": "x" * 2001}}, 400, "invalid_value"),
                ({"json": {"other": "x"}}, 400, "invalid_value"),
                ({"json": {"audio": "no base64!"}}, 400, "recording_unreadable"),
                ({"json": {"format": "mp3"}}, 400, "invalid_value"),
                ({"json": {"audio": "A" * (4 << 20)}}, 413, "too_large"),
                ({"files": {"audio": ("a", b"x" * (13 << 20))}}, 413, "too_large"),
                ({"files": {"audio": ("a", b"nothing")}}, 400, "recording_unreadable"),
                ({"files": file, "data": {"text": "both"}}, 400, "invalid_value"),
                ({"files": {"text": (None, "x"), "other": ("b", b"x")}}, 400, "invalid_value"),
                ({"files": {"audio": (None, "text")}}, 400, "recording_unreadable"),
                ({"files": file, "data": {"agent": "../x"}}, 400, "invalid_value"),
                ({"files": file, "data": {"conversation_id": "call_0"}}, 404, "conversation_not_found"),
                ({"json": {"agent": "nobody", "text": "Hi"}}, 404, "unknown_agent"),
            ]
            for asked, status, code in wrong:
                answer = await http.post("/v1/turns", **asked)
                assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), asked
            assert len(opened.app.state.chats) == 0

    asyncio.run(story())


def test_a_conversation_that_is_answering_is_not_asked_again() -> None:
    async def story() -> None:
        from tests.support.providers import Wait

        async with door(Scripts(llm=FakeChat((Wait(3), "Which day?")))) as opened, client(opened) as http:
            id = (await say(http))[0][1]["conversation_id"]
            async with asyncio.TaskGroup() as scope:
                slow = scope.create_task(say(http, SPEECH, conversation_id=id))
                async with asyncio.timeout(10):
                    while not opened.scripts.llm.calls:
                        await asyncio.sleep(0.01)
                answer = await http.post("/v1/turns", json={"conversation_id": id, "text": "Hurry"})
                assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conversation_busy")
            assert words(slow.result()) == "Which day?"

    asyncio.run(story())


def test_samples_without_a_head_are_taken_where_they_say_what_they_are() -> None:
    raw = sentences()[0].astype("<i2").tobytes()

    async def story() -> None:
        async with door(Scripts(stt=FakeTranscriber(always="My tap leaks"))) as opened, client(opened) as http:
            told = await say(http, raw, audio_format="audio/pcm;rate=16000", format="none")
            assert of(told, "transcript") == [{"text": "My tap leaks", "dropped": None}]
            part = {"audio": ("question", raw, "audio/pcm;rate=16000")}
            answer = await http.post("/v1/turns", files=part, data={"format": "none"})
            assert of(read(answer.text), "transcript") == [{"text": "My tap leaks", "dropped": None}]
            encoded = base64.b64encode(raw).decode()
            told = await say(http, audio=encoded, audio_format="audio/pcm;rate=16000", format="none")
            assert of(told, "transcript")
            for fields, code in (
                ({}, "recording_unreadable"), ({"audio_format": "audio/mp3"}, "invalid_value"),
                ({"audio_format": "audio/pcm;rate=1"}, "invalid_value"),
                ({"audio_format": "audio/pcm;rate=900000"}, "invalid_value"),
            ):  # fmt: skip
                refused = await http.post("/v1/turns", json={"audio": encoded, "format": "none", **fields})
                error = refused.json()["error"]
                assert (refused.status_code, error["code"]) == (400, code)
                assert "audio/pcm;rate=24000" in error["message"] or "8000" in error["message"]
            long = base64.b64encode(bytes(8_000 * 2 * 61)).decode()
            refused = await http.post("/v1/turns", json={"audio": long, "audio_format": "audio/pcm;rate=8000"})
            assert refused.json()["error"]["code"] == "recording_too_long"
        said = [utterance for utterance, _ in opened.scripts.stt.calls]
        assert len(said) == 3 and abs(len(said[0].pcm) - len(said[1].pcm)) < 64

    asyncio.run(story())
