"""The real models: what they say is what they hear, from several threads, and silence is nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import openai
import pytest

pytest.importorskip("hibari", reason="the local speech models are not installed")
pytest.importorskip("moonshine_voice", reason="the local speech models are not installed")

import soxr

from api.recording import Pcm
from stages.standin.config import StandinConfig
from stages.standin.engines.local import LocalHearing, LocalSpeech, pieces, stretches, trimmed
from tests.stages.standin.running import running
from tests.support.pitch import loudness, pitch_hz

TEXT = "Please call me back on Monday morning."


@pytest.fixture(scope="module")
def hearing() -> LocalHearing:
    return LocalHearing(2)


@pytest.fixture(scope="module")
def speech() -> LocalSpeech:
    return LocalSpeech()


def sound_of(speech: LocalSpeech, text: str, voice: str) -> Pcm:
    return np.frombuffer(b"".join(speech.speak(text, voice, 1.0)), "<i2")


def recorded(speech: LocalSpeech, text: str = TEXT) -> bytes:
    samples = sound_of(speech, text, "marin").astype(np.float32)
    return bytes(soxr.resample(samples, 24_000, 16_000).astype("<i2").tobytes())


def plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalpha() or letter == " ")


def test_it_hears_what_it_says_from_many_threads_at_once(hearing: LocalHearing, speech: LocalSpeech) -> None:
    pcm = recorded(speech)
    with ThreadPoolExecutor(6) as threads:
        heard = list(threads.map(lambda _: hearing.hear(pcm, "en", "").text, range(12)))
    assert {plain(text) for text in heard} == {plain(TEXT)}


def test_a_deep_voice_is_another_speaker_and_is_understood_as_well(hearing: LocalHearing, speech: LocalSpeech) -> None:
    high, deep = (sound_of(speech, TEXT, voice) for voice in ("marin", "cedar"))
    assert 180 < pitch_hz(high) < 240
    assert 100 < pitch_hz(deep) < 150
    assert 0.7 < loudness(deep) / loudness(high) < 1.3
    ear = soxr.resample(deep.astype(np.float32), 24_000, 16_000).astype("<i2").tobytes()
    assert plain(hearing.hear(ear, "en", "").text) == plain(TEXT)


def test_it_makes_no_words_of_silence_and_has_no_confidence_to_tell(hearing: LocalHearing) -> None:
    hiss = np.random.default_rng(0).normal(0, 40, 16_000).astype("<i2").tobytes()
    for pcm in (bytes(32_000), hiss):
        heard = hearing.hear(pcm, None, "")
        assert (heard.text, heard.tokens) == ("", ())


def test_a_long_recording_is_cut_where_it_is_quietest() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 40 * 16_000).astype(np.float32)
    noise[12 * 16_000 : 12 * 16_000 + 8000] = 0
    parts = list(stretches(noise))
    assert 12.0 <= len(parts[0]) / 16_000 <= 12.5
    assert max(map(len, parts)) <= 15 * 16_000
    assert np.array_equal(np.concatenate(parts), noise)


def test_a_long_recording_is_heard_to_its_end(hearing: LocalHearing, speech: LocalSpeech) -> None:
    heard = plain(hearing.hear(recorded(speech) * 8, "en", "").text)
    assert heard.count("monday morning") == 8


def test_speech_is_trimmed_and_as_loud_as_a_person(speech: LocalSpeech) -> None:
    samples = np.frombuffer(b"".join(speech.speak(TEXT, "marin", 1.0)), "<i2").astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 300)
    assert loud[0] < 24_000 * 0.1 and len(samples) - loud[-1] < 24_000 * 0.15
    assert -23 < 20 * np.log10(np.sqrt(np.mean(samples**2)) / 32768) < -17


def test_the_same_text_is_the_same_audio(speech: LocalSpeech) -> None:
    assert list(speech.speak(TEXT, "a", 1.0)) == list(speech.speak(TEXT, "b", 1.0))


def test_sentences_and_clauses_leave_one_by_one(speech: LocalSpeech) -> None:
    long = (
        "Your appointment is on Monday at ten, with Doctor Nguyen, and please bring your insurance card with you. Bye!"
    )
    parts = [text for text, _ in pieces(long)]
    assert parts == [
        "Your appointment is on Monday at ten,",
        "with Doctor Nguyen,",
        "and please bring your insurance card with you.",
        "Bye!",
    ]
    assert len(list(speech.speak(long, "marin", 1.0))) == 4
    assert [text for text, _ in pieces("Short, and sweet.")] == ["Short, and sweet."]


def test_what_cannot_be_said_is_silence(speech: LocalSpeech) -> None:
    assert b"".join(speech.speak("🙂", "marin", 1.0)) == b""
    assert len(trimmed(np.zeros(1000, np.float32))) == 0


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(StandinConfig(engine="local", script={"chat": ["Fine."]}, hearing_threads=1)) as url:
        yield url


def test_a_sentence_makes_the_round_over_the_wire(url: str) -> None:
    with openai.OpenAI(base_url=url, api_key="k", max_retries=0) as client:
        audio = client.audio.speech.create(
            model="gpt-4o-mini-tts", input=TEXT, voice="marin", response_format="wav"
        ).read()
        heard = client.audio.transcriptions.create(
            model="gpt-4o-transcribe", file=("a.wav", audio), include=["logprobs"]
        )
        assert plain(heard.text) == plain(TEXT)
        assert heard.logprobs == []
        assert client.responses.create(model="gpt-4.1", input="How are you?").output_text == "Fine."
