import io
import wave
from typing import Any

import pytest

from pipeline.errors import ProviderRefused
from pipeline.flow import Token, Transcript, Utterance
from stages.deadlines import Deadlines
from stages.ports import Hints
from stages.providers.openai_transcriber import SHORTEST, OpenAITranscriber, asked, wav
from stages.punctual import PunctualTranscriber
from tests.stages.providers.standing import PATIENT, Standing, against, given_up
from tests.support.providers import tone

UTTERANCE = Utterance(tone(1000), 0, 0, 1_000_000, 1_000_000)
SCRIPT = {"hearing": [{"text": "Where is my order?", "tokens": [["Where", -0.1], [" is my order?", -0.3]]}]}


async def heard(
    standin: Standing, model: str = "", hints: Hints | None = None, deadlines: Deadlines = PATIENT
) -> Transcript:
    config = standin.config("stt", model, deadlines=deadlines)
    ear = PunctualTranscriber(OpenAITranscriber(standin.connections, config), config.limits)
    return await ear.transcribe(UTTERANCE, hints or Hints())


def test_an_utterance_becomes_a_transcript_with_its_confidence() -> None:
    async def story(standin: Standing) -> None:
        assert await heard(standin, hints=Hints("en", ("Parley",))) == Transcript(
            "Where is my order?", (Token("Where", -0.1), Token(" is my order?", -0.3))
        )

    against(script=SCRIPT)(story)


@pytest.mark.parametrize("model", ["gpt-transcribe", "whisper-1", "gpt-4o-mini-transcribe"])
def test_every_model_is_asked_in_its_own_way(model: str) -> None:
    async def story(standin: Standing) -> None:
        assert (await heard(standin, model, Hints("en", ("Parley", "copay")))).text == "Where is my order?"

    against(script=SCRIPT)(story)


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        ("gpt-4o-transcribe", {"include": ["logprobs"], "language": "en", "prompt": "Parley, copay"}),
        ("gpt-transcribe", {"languages": ["en"], "keywords": ["Parley", "copay"]}),
        ("whisper-1", {"language": "en", "prompt": "Parley, copay"}),
        ("large-v3-turbo", {"language": "en", "prompt": "Parley, copay"}),
    ],
)
def test_hints_are_written_where_the_model_reads_them(model: str, sent: dict[str, Any]) -> None:
    assert asked(model, Hints("en", ("Parley", "copay"))) == sent


def test_nothing_is_sent_that_there_is_no_hint_for() -> None:
    assert asked("whisper-1", Hints()) == {}


def test_the_upload_is_a_wav_file() -> None:
    upload = wav(UTTERANCE.pcm)
    assert upload[44:] == UTTERANCE.pcm
    with wave.open(io.BytesIO(upload)) as file:
        assert file.getparams()[:3] == (1, 2, 16000)
        assert file.readframes(file.getnframes()) == UTTERANCE.pcm


def test_what_is_too_short_for_the_model_is_padded() -> None:
    assert len(wav(b"\1\0")) == 44 + SHORTEST


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("stt:401", "invalid_key"),
        ("stt:403", "forbidden"),
        ("stt:404", "model_not_found"),
        ("stt:400", "bad_request"),
        ("stt:429,code=insufficient_quota", "quota_exhausted"),
    ],
)
def test_a_refusal_is_final(fault: str, code: str) -> None:
    async def story(standin: Standing) -> None:
        with pytest.raises(ProviderRefused) as refused:
            await heard(standin)
        assert (refused.value.stage, refused.value.code, refused.value.retryable) == ("stt", code, False)

    against(fault, script=SCRIPT)(story)


@pytest.mark.parametrize(
    "kind", ["500", "503", "429", "429,retry_after=0.1", "408", "409", "refuse", "blank", "mistyped", "malformed"]
)
def test_what_may_pass_is_asked_again(kind: str) -> None:
    async def story(standin: Standing) -> None:
        assert (await heard(standin)).text == "Where is my order?"

    against(f"stt:{kind}", script=SCRIPT)(story)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("503", {"server_error"}),
        ("429,retry_after=30", {"rate_limited"}),
        ("refuse", {"connection_failed", "connection_lost"}),
        ("stall", {"first_byte_timeout"}),
        ("drip", {"first_byte_timeout"}),
        ("reset", {"connection_failed", "connection_lost"}),
        ("blank", {"malformed"}),
        ("mistyped", {"malformed"}),
        ("malformed", {"malformed"}),
    ],
)
def test_a_fault_that_stays_is_given_up_with_its_reason(kind: str, codes: set[str]) -> None:
    async def story(standin: Standing) -> None:
        fault = await given_up(lambda deadlines: heard(standin, deadlines=deadlines), kind, codes)
        assert fault.code in codes
        assert fault.stage == "stt"
        assert fault.retryable

    against(f"stt:{kind},times=always", script=SCRIPT)(story)


def test_nothing_heard_is_an_empty_transcript() -> None:
    async def story(standin: Standing) -> None:
        assert (await heard(standin)).text == ""

    against("stt:empty", script=SCRIPT)(story)
