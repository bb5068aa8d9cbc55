"""Recordings in and out, and one clear line for each that cannot be used."""

import wave
from pathlib import Path

import numpy as np
import pytest

from api.recording import check_writable, read_recording, sounding, write_stereo
from pipeline.errors import ProtocolViolation


def write(path: Path, pcm: np.ndarray, rate: int = 16_000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm.astype("<i2").tobytes())
    return path


def tone(seconds: float, rate: int = 16_000) -> np.ndarray:
    return 8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)


def refused(path: Path) -> ProtocolViolation:
    with pytest.raises(ProtocolViolation) as caught:
        read_recording(path)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (16_000, 1), (44_100, 2), (48_000, 1)])
def test_any_rate_and_any_number_of_channels_becomes_16_khz_mono(tmp_path: Path, rate: int, channels: int) -> None:
    pcm = np.repeat(tone(1.0, rate), channels)
    read = read_recording(write(tmp_path / "caller.wav", pcm, rate, channels))
    assert abs(read.size - 16_000) < 200 and read.dtype == np.int16
    spectrum = np.abs(np.fft.rfft(read[2000:14_000].astype(float)))
    assert abs(np.argmax(spectrum) * 16_000 / 12_000 - 440) < 3


def test_files_that_are_no_recordings_get_one_line_that_says_why(tmp_path: Path) -> None:
    assert refused(tmp_path / "missing.wav").code == "recording_missing"
    assert "not a file" in str(refused(tmp_path))
    (tmp_path / "empty.wav").touch()
    assert refused(tmp_path / "empty.wav").code == "recording_empty"
    (tmp_path / "text.wav").write_text("this is no sound at all, only words\n" * 50)
    assert refused(tmp_path / "text.wav").code == "recording_unreadable"
    assert "Errno" not in str(refused(tmp_path / "text.wav"))
    whole = write(tmp_path / "whole.wav", tone(1)).read_bytes()
    (tmp_path / "head.wav").write_bytes(whole[:30])
    assert refused(tmp_path / "head.wav").code in ("recording_unreadable", "recording_empty")
    assert refused(write(tmp_path / "none.wav", np.zeros(0))).code in ("recording_unreadable", "recording_empty")
    assert refused(write(tmp_path / "blink.wav", tone(0.05))).code == "recording_empty"


def test_an_hour_is_refused_before_it_is_read_to_the_end(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "hour.wav", np.zeros(8_000 * 3_600), 8_000)).code == "recording_too_long"


def test_both_sides_are_written_left_and_right(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    write_stereo(path, np.array([1, 2, 3], np.int16), np.array([-1, -2, -3], np.int16))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 24_000, 2)
        assert np.frombuffer(file.readframes(3), "<i2").tolist() == [1, -1, 2, -2, 3, -3]
    assert [path.name for path in tmp_path.iterdir()] == ["call.wav"]


def test_where_a_recording_could_not_be_written_is_told_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    for place in (tmp_path, tmp_path / "missing" / "call.wav", tmp_path / "file" / "call.wav"):
        with pytest.raises(OSError):
            check_writable(place)
    check_writable(tmp_path / "call.wav")
    check_writable(tmp_path / "file")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "kept")]


def test_sound_is_told_from_silence() -> None:
    pcm = np.concatenate([np.zeros(16_000), tone(1), np.zeros(8_000)]).astype(np.int16)
    heard = sounding(pcm, 16_000)
    assert heard.size == 250 and heard[100:200].all() and not heard[:100].any() and not heard[200:].any()
    assert not sounding(np.zeros(1600, np.int16), 16_000).any() and sounding(pcm[:3], 16_000).size == 0
