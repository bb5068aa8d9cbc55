"""PCM becomes the audio format that was asked for, piece by piece."""

import struct
from typing import Any, Protocol

import numpy as np

from pipeline.pcm import BYTES, LINE_RATE

TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/opus",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
_CODECS = {"mp3": ("mp3", "mp3"), "opus": ("ogg", "libopus"), "aac": ("adts", "aac"), "flac": ("flac", "flac")}
_OPUS_RATE = 48_000


class Encoder(Protocol):
    """Takes 24 kHz s16le mono and gives bytes of the format; `finish` gives what is left."""

    def push(self, pcm: bytes) -> bytes: ...

    def finish(self) -> bytes: ...


class Plain:
    """Headerless PCM, or WAV: the header of a stream cannot know the length, so it claims the longest."""

    def __init__(self, *, header: bool) -> None:
        self._header = _endless_header() if header else b""

    def push(self, pcm: bytes) -> bytes:
        head, self._header = self._header, b""
        return head + pcm

    def finish(self) -> bytes:
        return self.push(b"")


class Compressed:
    """MP3, Opus, AAC or FLAC through FFmpeg."""

    def __init__(self, name: str) -> None:
        # Imported here because it takes a while and calls use plain PCM.
        import av

        container, codec = _CODECS[name]
        self._sink = _Sink()
        self._container: Any = av.open(self._sink, "w", format=container)
        rate = _OPUS_RATE if name == "opus" else LINE_RATE
        stream: Any = self._container.add_stream(codec, rate=rate, layout="mono")
        self._stream = stream
        self._resampler = av.AudioResampler(stream.format, "mono", rate)
        self._frame = av.AudioFrame

    def push(self, pcm: bytes) -> bytes:
        whole = len(pcm) & ~1
        if whole:
            frame = self._frame.from_ndarray(np.frombuffer(pcm[:whole], "<i2")[None], format="s16", layout="mono")
            frame.sample_rate = LINE_RATE
            for even in self._resampler.resample(frame):
                self._container.mux(self._stream.encode(even))
        return self._sink.taken()

    def finish(self) -> bytes:
        for even in self._resampler.resample(None):
            self._container.mux(self._stream.encode(even))
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._sink.taken()


class _Sink:
    """A file that is only written to and emptied."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, piece: bytes) -> int:
        self._written += piece
        return len(piece)

    def taken(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


def encoder(name: str) -> Encoder:
    return Plain(header=name == "wav") if name in ("pcm", "wav") else Compressed(name)


def _endless_header() -> bytes:
    longest = 0xFFFFFFFF
    shape = struct.pack("<IHHIIHH", 16, 1, 1, LINE_RATE, LINE_RATE * BYTES, BYTES, 8 * BYTES)
    return b"RIFF" + struct.pack("<I", longest) + b"WAVEfmt " + shape + b"data" + struct.pack("<I", longest)
