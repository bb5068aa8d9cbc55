"""Each scripted fault reaches the official SDK as what it is: a typed exception, a broken stream, a silent line."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import httpx2
import openai
import pytest

from stages.standin.config import StandinConfig
from stages.standin.faults import Fault, parse
from stages.standin.faulty import gone, refusal, stage_of
from tests.stages.standin.running import KEY, StillClock, running, wav

STATUSES = [
    (400, openai.BadRequestError),
    (401, openai.AuthenticationError),
    (403, openai.PermissionDeniedError),
    (404, openai.NotFoundError),
    (408, openai.APIStatusError),
    (409, openai.ConflictError),
    (429, openai.RateLimitError),
    (500, openai.InternalServerError),
    (503, openai.InternalServerError),
    (529, openai.InternalServerError),
]


@contextmanager
def faulted(*faults: str, timeout: float = 20.0, **config: Any) -> Iterator[openai.OpenAI]:
    clock = StillClock()
    with running(StandinConfig(faults=faults, **config), timing=clock.timing) as url:
        with openai.OpenAI(base_url=url, api_key="k", max_retries=0, timeout=timeout) as client:
            yield client


def transcribe(client: openai.OpenAI) -> str:
    return client.audio.transcriptions.create(model="gpt-4o-transcribe", file=("a.wav", wav(0.2))).text


def words(client: openai.OpenAI) -> list[str]:
    stream = client.responses.create(model="gpt-4.1", input="hi", stream=True)
    with stream:
        return [event.type for event in stream]


def chat_words(client: openai.OpenAI) -> list[Any]:
    with client.chat.completions.create(
        model="gpt-4.1", messages=[{"role": "user", "content": "x"}], stream=True
    ) as stream:
        return list(stream)


def audio(client: openai.OpenAI) -> bytes:
    speech = client.audio.speech.with_streaming_response
    with speech.create(model="gpt-4o-mini-tts", input="Hello there.", voice="marin", response_format="pcm") as response:
        return b"".join(response.iter_bytes())


@pytest.mark.parametrize(("status", "kind"), STATUSES, ids=[str(status) for status, _ in STATUSES])
def test_a_status_raises_the_exception_of_its_name(status: int, kind: type[openai.APIStatusError]) -> None:
    with faulted(f"llm:{status},retry_after=7") as client:
        with pytest.raises(kind) as refused:
            words(client)
        assert refused.value.status_code == status
        assert refused.value.response.headers["retry-after"] == "7"
        assert refused.value.request_id is not None
        assert words(client)[-1] == "response.completed"


def test_used_up_quota_is_a_429_with_its_own_code() -> None:
    told = refusal(parse("llm:429,code=insufficient_quota"))
    assert (told.status, told.type, told.code) == (429, "insufficient_quota", "insufficient_quota")


def test_the_sdks_own_retry_gets_through_after_two_faults() -> None:
    with faulted("stt:503,retry_after=0.01,times=2") as client:
        assert transcribe(client.with_options(max_retries=2))


def test_a_refused_connection_is_a_connection_error() -> None:
    with faulted("stt:refuse", "llm:refuse", "tts:refuse") as client:
        for stage in (transcribe, words, audio):
            with pytest.raises(openai.APIConnectionError):
                stage(client)
            assert stage(client)


def test_a_stall_before_the_headers_runs_into_the_clients_deadline() -> None:
    with faulted("stt:stall", "tts:stall", timeout=0.3) as client:
        for stage in (transcribe, audio):
            with pytest.raises(openai.APITimeoutError):
                stage(client)
            assert stage(client.with_options(timeout=20))


def test_a_stall_after_some_bytes_hands_those_over_first() -> None:
    with faulted("tts:stall,after=4801") as client:
        got = b""
        speech = client.with_options(timeout=2).audio.speech.with_streaming_response
        with speech.create(
            model="gpt-4o-mini-tts", input="Hello there.", voice="marin", response_format="pcm"
        ) as response:
            with pytest.raises((openai.APITimeoutError, httpx2.ReadTimeout)):
                for piece in response.iter_bytes():
                    got += piece
        assert len(got) == 4801


def test_a_reset_breaks_the_stream_after_its_bytes() -> None:
    with faulted("tts:reset,after=960") as client:
        got = b""
        speech = client.audio.speech.with_streaming_response
        with speech.create(
            model="gpt-4o-mini-tts", input="Hello there.", voice="marin", response_format="pcm"
        ) as response:
            with pytest.raises((openai.APIConnectionError, httpx2.NetworkError, httpx2.RemoteProtocolError)):
                for piece in response.iter_bytes():
                    got += piece
        assert len(got) <= 960


def test_a_reset_is_an_rst_on_the_wire() -> None:
    with running(StandinConfig(faults=("llm:reset",))) as url, httpx.Client(headers=KEY, timeout=20) as client:
        with pytest.raises(httpx.ReadError, match=r"(?i)reset"):
            client.post(f"{url}/responses", json={"model": "gpt-4.1", "input": "hi", "stream": True})


def test_a_short_stream_ends_cleanly_and_unfinished() -> None:
    with faulted("llm:short,after=4000", "tts:short,after=100") as client:
        kinds = words(client)
        assert kinds[0] == "response.created" and "response.completed" not in kinds
        assert len(audio(client)) == 100


def test_malformed_events_break_the_parser_not_the_connection() -> None:
    with faulted("llm:malformed", "llm:malformed,after=600") as client:
        with pytest.raises(ValueError):
            words(client)
        with pytest.raises(ValueError):
            chat_words(client)


def test_malformed_json_is_not_a_transcript() -> None:
    with faulted("stt:malformed") as client:
        with pytest.raises((openai.APIResponseValidationError, ValueError, AttributeError)):
            transcribe(client).strip().index("appointment, please")


def test_empty_answers_are_empty() -> None:
    with faulted("stt:empty", "tts:empty", "llm:empty") as client:
        assert transcribe(client) == ""
        assert audio(client) == b""
        kinds = words(client)
        assert kinds[-1] == "response.completed" and "response.output_text.delta" not in kinds


def test_odd_audio_has_half_a_sample_too_many() -> None:
    with faulted("tts:odd") as client:
        assert len(audio(client)) == 12 * 45 * 48 + 1


def test_a_drip_sleeps_a_second_for_each_byte() -> None:
    clock = StillClock()
    with running(StandinConfig(faults=("tts:drip,after=25900",)), timing=clock.timing) as url:
        with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
            assert len(audio(client)) == 25_920
    assert clock.slept == [1.0] * 20


def test_a_slow_answer_comes_late_but_whole() -> None:
    clock = StillClock()
    with running(StandinConfig(faults=("stt:slow,seconds=3",)), timing=clock.timing) as url:
        with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
            assert transcribe(client)
    assert clock.slept == [3.0]


def test_a_failure_inside_the_stream_is_told_in_the_stream() -> None:
    with faulted("llm:failed", "llm:failed", "stt:failed", "tts:failed") as client:
        assert words(client)[-1] == "response.failed"
        with pytest.raises(openai.APIError):
            chat_words(client)
        for stage in (transcribe, audio):
            with pytest.raises(openai.InternalServerError):
                stage(client)


def test_a_blank_and_a_mistyped_answer_are_200() -> None:
    with running(StandinConfig(faults=("stt:blank", "stt:mistyped"))) as url, httpx.Client(headers=KEY) as client:
        blank, mistyped = (
            client.post(f"{url}/audio/transcriptions", data={"model": "whisper-1"}, files={"file": ("a.wav", wav(0.2))})
            for _ in range(2)
        )
    assert (blank.status_code, blank.content) == (200, b"")
    assert mistyped.status_code == 200 and mistyped.headers["content-type"] == "text/html"


def test_the_path_tells_the_stage() -> None:
    assert stage_of("/v1/audio/speech") == "tts"
    assert stage_of("/v1/models/gpt-4.1") == "models"
    assert stage_of("/healthz") is None


def test_waiting_ends_when_the_client_is_gone_or_time_is_up() -> None:
    async def leaves() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def stays() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def go() -> None:
        await gone(leaves, 1e6)
        await gone(stays, 0.0)

    asyncio.run(asyncio.wait_for(go(), 20))


def test_a_closed_line_without_a_socket_is_an_error_of_the_app() -> None:
    from stages.standin.faulty import hang_up

    with pytest.raises(ConnectionResetError):
        hang_up({"type": "http"}, reset=True)
    assert Fault("stt", "reset").status is None
