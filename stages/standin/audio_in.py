"""An uploaded recording becomes 16 kHz PCM, or the refusal that the real API gives."""

import io
import wave
from typing import Any

import numpy as np
import soxr

from pipeline.pcm import BYTES, EAR_RATE
from stages.standin.errors import bad
from stages.standin.models import HearingModel

FORMATS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
SHORTEST_S = 0.1
LONGEST_S = 1500


def decoded(upload: bytes, filename: str, model: HearingModel) -> bytes:
    """16 kHz s16le mono. The format is told from the file's name, as the real API does."""
    ending = filename.rpartition(".")[2].lower() if "." in filename else ""
    if ending not in FORMATS:
        if model.bills_seconds:
            raise bad(f"Invalid file format. Supported formats: {list(FORMATS)}")
        raise bad("This model does not support the format you provided.", "messages", "unsupported_format")
    pcm = _from_wav(upload) if ending == "wav" else None
    if pcm is None:
        pcm = _from_any(upload)
    seconds = len(pcm) / BYTES / EAR_RATE
    if seconds < SHORTEST_S:
        raise _too_short(seconds, model)
    if seconds > LONGEST_S and not model.bills_seconds:
        told = f"audio duration {seconds:.1f} seconds is longer than {LONGEST_S} seconds which is the maximum"
        told += " for this model"
        raise bad(told, None, "invalid_value")
    return pcm


def _too_short(seconds: float, model: HearingModel) -> Exception:
    if model.bills_seconds:
        return bad("Audio file is too short. Minimum audio length is 0.1 seconds.", "file", "audio_too_short")
    told = (
        f"audio duration {seconds:.1f} seconds is shorter than {SHORTEST_S} seconds which is the minimum for this model"
    )
    return bad(told, None, "invalid_value")


def _from_wav(upload: bytes) -> bytes | None:
    """The quick way for plain 16-bit PCM; None leaves it to the general decoder."""
    try:
        with wave.open(io.BytesIO(upload)) as recording:
            if recording.getsampwidth() != BYTES or recording.getcomptype() != "NONE":
                return None
            rate, channels = recording.getframerate(), recording.getnchannels()
            frames = recording.readframes(recording.getnframes())
    except (wave.Error, EOFError, ValueError, ZeroDivisionError):
        return None
    if not rate or not channels:
        return None
    frames = frames[: len(frames) // (BYTES * channels) * BYTES * channels]
    if rate == EAR_RATE and channels == 1:
        return bytes(frames)
    values = np.frombuffer(frames, "<i2").reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return _at_ear_rate(values, rate)


def _at_ear_rate(values: "np.ndarray[Any, np.dtype[np.float32]]", rate: int) -> bytes:
    if rate != EAR_RATE:
        values = soxr.resample(values, rate, EAR_RATE)
    return bytes(np.clip(np.rint(values), -32768, 32767).astype("<i2").tobytes())


def _from_any(upload: bytes) -> bytes:
    # Imported here because it takes a while and most uploads are plain WAV.
    import av

    corrupted = bad("Audio file might be corrupted or unsupported", "file", "invalid_value")
    pieces: list[bytes] = []
    size, most = 0, (LONGEST_S + 1) * EAR_RATE * BYTES
    try:
        with av.open(io.BytesIO(upload), "r") as container:
            if not container.streams.audio:
                raise corrupted
            resampler = av.AudioResampler("s16", "mono", EAR_RATE)
            for frame in container.decode(container.streams.audio[0]):
                for even in resampler.resample(frame):
                    pieces.append(even.to_ndarray().astype("<i2").tobytes())
                    size += len(pieces[-1])
                if size > most:
                    break
            pieces += [even.to_ndarray().astype("<i2").tobytes() for even in resampler.resample(None)]
    except (av.error.FFmpegError, ValueError, EOFError):
        raise corrupted from None
    return b"".join(pieces)
