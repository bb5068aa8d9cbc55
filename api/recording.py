"""Recordings of calls: reads a caller's, whatever its format, and writes both sides of a call as stereo."""

import errno
import wave
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from pipeline.errors import ProtocolViolation
from pipeline.pcm import EAR_RATE, LINE_RATE

Pcm = npt.NDArray[np.int16]

LONGEST_S = 15 * 60
LARGEST_BYTES = 512 * 1024 * 1024


def read_recording(path: Path) -> Pcm:
    """The caller's audio at 16 kHz mono. Raises ProtocolViolation with one line that says what is wrong."""
    if not path.is_file():
        why = "not a file" if path.exists() else "there is no such file"
        raise ProtocolViolation(f"{path}: {why}", code="recording_missing")
    size = path.stat().st_size
    if size == 0:
        raise ProtocolViolation(f"{path}: the file is empty", code="recording_empty")
    if size > LARGEST_BYTES:
        raise ProtocolViolation(f"{path}: the file is larger than {LARGEST_BYTES >> 20} MB", code="recording_too_long")
    try:
        pcm = _decode(path)
    except (av.FFmpegError, ValueError, IndexError, OSError) as raised:
        raise ProtocolViolation(
            f"{path}: not audio that can be read ({_first_line(raised)}); use WAV, FLAC, Ogg, MP3 or M4A",
            code="recording_unreadable",
        ) from None
    if pcm.size < EAR_RATE // 10:
        raise ProtocolViolation(f"{path}: less than a tenth of a second of audio", code="recording_empty")
    return pcm


def _decode(path: Path) -> Pcm:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=EAR_RATE)
    parts: list[Pcm] = []
    samples = 0
    with av.open(str(path)) as container:
        if not container.streams.audio:
            raise ValueError("no sound in it")
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray().reshape(-1).astype(np.int16))
                samples += parts[-1].size
            if samples > LONGEST_S * EAR_RATE:
                raise ProtocolViolation(
                    f"{path}: longer than {LONGEST_S // 60} minutes, the longest call; cut it first",
                    code="recording_too_long",
                )
        parts.extend(piece.to_ndarray().reshape(-1).astype(np.int16) for piece in resampler.resample(None))
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def write_stereo(path: Path, caller: Pcm, agent: Pcm) -> None:
    """Caller left, agent right, both at 24 kHz and of one length. Whole or not at all."""
    both = np.stack([caller, agent], axis=1).astype("<i2")
    partial = _partial(path)
    with partial.open("wb") as raw, wave.open(raw, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(LINE_RATE)
        file.writeframes(both.tobytes())
    partial.replace(path)


def check_writable(path: Path) -> None:
    """Raise OSError now, if a recording could not be written there after the call."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "A directory, not a file", str(path))
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such directory", str(path.absolute().parent))
    partial = _partial(path)
    partial.open("wb").close()
    partial.unlink()


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def sounding(pcm: Pcm, rate: int, below_peak_db: float = 35.0, step_ms: int = 10) -> npt.NDArray[np.bool_]:
    """Which steps of `step_ms` hold sound: louder than the loudest step less `below_peak_db`, and than -55 dBFS."""
    step = rate * step_ms // 1000
    whole = pcm[: pcm.size // step * step].astype(np.float32).reshape(-1, step)
    if not whole.size:
        return np.zeros(0, np.bool_)
    level = 20 * np.log10(np.sqrt((whole**2).mean(axis=1)) / 32768 + 1e-9)
    return np.asarray(level > max(float(level.max()) - below_peak_db, -55.0), np.bool_)


def _first_line(raised: Exception) -> str:
    told = getattr(raised, "strerror", None) or str(raised)
    return (told.splitlines() or [type(raised).__name__])[0][:120]
