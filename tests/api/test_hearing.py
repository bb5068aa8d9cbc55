"""Recordings that strangers send."""

import asyncio
import io
import threading
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from api.hearing import LONGEST_S, Hearing, decode
from api.recording import Pcm
from pipeline.errors import ParleyError
from pipeline.flow import Utterance
from pipeline.pcm import EAR_RATE, duration_us
from tests.support.speech import sentences
from vad import Ear

EAR = Ear.load()


def wav(pcm: Pcm, rate: int = EAR_RATE, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(channels)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(pcm.astype("<i2").tobytes())
    return file.getvalue()


def coded(pcm: Pcm, container: str, codec: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as written:
        stream = written.add_stream(codec, rate=EAR_RATE, layout="mono")
        shaper = av.AudioResampler(format=stream.format, layout="mono", rate=EAR_RATE)  # type: ignore[union-attr]
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = EAR_RATE
        for piece in (*shaper.resample(frame), *shaper.resample(None)):
            written.mux(stream.encode(piece))  # type: ignore[union-attr,arg-type]
        written.mux(stream.encode(None))  # type: ignore[union-attr]
    return file.getvalue()


def heard(data: bytes) -> Utterance:
    return asyncio.run(Hearing(EAR).speech(data))


def code(data: bytes) -> str:
    with pytest.raises(ParleyError) as refused:
        heard(data)
    return refused.value.code


@pytest.fixture(scope="module")
def said() -> Pcm:
    return sentences()[0]


@pytest.mark.parametrize(
    ("container", "codec"), [("flac", "flac"), ("ogg", "libopus"), ("mp3", "libmp3lame"), ("mp4", "aac"),
                             ("webm", "libopus"), ("aiff", "pcm_s16be")]
)  # fmt: skip
def test_speech_is_found_in_any_usual_file(said: Pcm, container: str, codec: str) -> None:
    if container == "mp4":
        container = "ipod"  # streams of mp4 want a file that can be sought
    found = heard(coded(said, container, codec))
    assert 0.8 < duration_us(found.pcm, EAR_RATE) * EAR_RATE / 1e6 / said.size < 1.3
    assert found.voiced > 500_000


def test_silence_around_and_between_is_left_out(said: Pcm) -> None:
    quiet = np.zeros(4 * EAR_RATE, np.int16)
    found = heard(wav(np.concatenate([quiet, said, quiet, said, quiet])))
    assert duration_us(found.pcm, EAR_RATE) < 2 * said.size / EAR_RATE * 1e6 + 2_500_000


def test_stereo_at_another_rate_is_the_same_speech(said: Pcm) -> None:
    both = np.repeat(np.repeat(said, 3), 2)
    found = heard(wav(both, 3 * EAR_RATE, channels=2))
    assert abs(found.voiced - heard(wav(said)).voiced) < 300_000


def test_what_holds_no_speech_is_refused_with_a_code(said: Pcm) -> None:
    noise = np.random.default_rng(1).normal(0, 300, 3 * EAR_RATE).astype(np.int16)
    assert code(b"") == "recording_empty"
    assert code(wav(said[:400])) == "recording_empty"
    assert code(b"RIFF of nothing") == "recording_unreadable"
    assert code(wav(np.zeros(EAR_RATE, np.int16))) == "no_speech"
    assert code(wav(noise)) == "no_speech"
    assert code(wav(np.zeros((LONGEST_S + 1) * EAR_RATE, np.int16))) == "recording_too_long"


def test_a_rate_that_would_blow_the_file_up_is_refused(said: Pcm) -> None:
    assert code(wav(said, rate=1)) == "recording_unreadable"
    assert code(wav(said, rate=900_000)) == "recording_unreadable"


def test_a_list_of_files_opens_none_of_them(said: Pcm, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(said))
    lists = (
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=audio 5004 RTP/AVP 0\r\n{secret}\r\n",
    )
    for playlist in lists:
        assert code(playlist.encode()) == "recording_unreadable"


def test_damaged_files_are_read_or_refused(said: Pcm) -> None:
    whole = coded(said, "ogg", "libopus")
    chance = np.random.default_rng(20261128)
    for _ in range(40):
        damaged = bytearray(whole)
        for at in chance.integers(0, len(whole), 30):
            damaged[at] = int(chance.integers(0, 256))
        try:
            heard(bytes(damaged[: int(chance.integers(1, len(whole)))]))
        except ParleyError as refused:
            assert refused.code in ("recording_unreadable", "recording_empty", "recording_too_long", "no_speech")


def test_reading_stops_when_nobody_waits_any_more(said: Pcm) -> None:
    late = threading.Event()
    late.set()
    with pytest.raises(ValueError, match="too long to read"):
        decode(wav(said), late)


def test_the_loop_goes_on_while_a_recording_is_heard(said: Pcm) -> None:
    async def story() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        beside = asyncio.ensure_future(others())
        await Hearing(EAR).speech(wav(np.tile(said, 4)))
        beside.cancel()
        return turns

    assert asyncio.run(story()) > 4 * said.size // (EAR_RATE // 10)
