"""The form of a transcription request, and the shapes of its answer."""

import json
from typing import Any

import httpx

from stages.standin.config import StandinConfig
from tests.stages.standin.running import KEY, StillClock, ask, heard_of, wav

SURE = StandinConfig(script={"hearing": [{"text": "Hello you.", "tokens": [["Hello", -0.5], [" you.", -2]]}]})
PLAIN = StandinConfig(script={"hearing": ["Hello you."]})


def transcribed(config: StandinConfig = PLAIN, seconds: float = 1.0, **parts: Any) -> httpx.Response:
    data = {"model": "gpt-4o-transcribe", **parts}
    return ask("POST", "/v1/audio/transcriptions", config=config, data=data, files={"file": ("a.wav", wav(seconds))})


def test_usage_counts_audio_and_prompt() -> None:
    usage = transcribed(prompt="x" * 40, seconds=2.0).json()["usage"]
    assert usage["input_token_details"] == {"text_tokens": 10, "audio_tokens": 20}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_confidence_is_the_engines_own_or_none() -> None:
    assert "logprobs" not in transcribed(SURE).json()
    sure = transcribed(SURE, **{"include[]": "logprobs"}).json()
    assert sure["logprobs"][1] == {"token": " you.", "logprob": -2.0, "bytes": list(b" you.")}
    assert transcribed(PLAIN, **{"include[]": "logprobs"}).json()["logprobs"] == []


def test_lists_are_taken_with_and_without_brackets() -> None:
    assert len(transcribed(SURE, include="logprobs").json()["logprobs"]) == 2
    successor = transcribed(model="gpt-transcribe", keywords="Nguyen", **{"languages[]": ["en", "de"]}).json()
    assert successor["languages"] == [{"code": "en"}]


def test_a_stream_has_data_lines_only_and_a_done_mark() -> None:
    answer = transcribed(stream="true")
    assert "event:" not in answer.text
    *deltas, done, mark = heard_of(answer)
    assert "".join(json.loads(delta)["delta"] for delta in deltas) == json.loads(done)["text"] == "Hello you."
    assert mark == "[DONE]"
    assert not any("logprobs" in delta for delta in deltas)


def test_deltas_carry_the_confidence_that_was_asked_for() -> None:
    first, second, *_ = map(json.loads, heard_of(transcribed(SURE, stream="true", include="logprobs"))[:2])
    assert [delta["logprobs"][0]["logprob"] for delta in (first, second)] == [-0.5, -2.0]


def test_whisper_does_not_stream_and_bills_seconds() -> None:
    answer = transcribed(model="whisper-1", stream="true", seconds=1.2).json()
    assert answer == {"text": "Hello you.", "usage": {"type": "duration", "seconds": 2}}


def test_whisper_writes_text_and_subtitles() -> None:
    texts = {
        form: transcribed(model="whisper-1", response_format=form, seconds=61.5).text for form in ("text", "srt", "vtt")
    }
    assert texts["text"] == "Hello you.\n"
    assert "00:01:01,500" in texts["srt"] and texts["vtt"].startswith("WEBVTT\n\n00:00:00.000 --> 00:01:01.500")
    verbose = transcribed(
        model="whisper-1", response_format="verbose_json", **{"timestamp_granularities[]": "segment"}
    ).json()
    assert (verbose["duration"], verbose["segments"][0]["text"]) == (1.0, "Hello you.")


def test_the_transcript_comes_when_the_profile_says() -> None:
    clock = StillClock()
    ask(
        "POST",
        "/v1/audio/transcriptions",
        config=StandinConfig(latency="fixed:stt=320"),
        timing=clock.timing,
        data={"model": "gpt-4o-transcribe"},
        files={"file": ("a.wav", wav())},
        headers=KEY,
    )
    assert clock.slept == [0.32]


def test_all_of_the_sdks_parts_are_known() -> None:
    answer = transcribed(
        language="en",
        temperature="0",
        response_format="json",
        **{
            "chunking_strategy[type]": "server_vad",
            "chunking_strategy[threshold]": "0.5",
            "chunking_strategy[silence_duration_ms]": "200",
        },
    )
    assert answer.status_code == 200
    assert transcribed(chunking_strategy="auto").status_code == 200
