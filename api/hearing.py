"""A recording that a client sends: what kind of file it is, and the speech in it.

A stranger's file is read with care. Only containers that hold their sound themselves are tried: playlists and lists of
files make a reader open what they name. Frames of impossible rates are refused before they are resampled, which would
make gigabytes of a few bytes. Reading runs beside the loop, in few threads; the ear, which all calls share, hears the
file on the loop, a tenth of a second at a time, so that no call waits for it.
"""

import asyncio
import io
import threading
from functools import partial

import av
import numpy as np

from api.headless import FORMATS, Samples
from api.recording import Pcm
from pipeline.errors import ProtocolViolation, TooBusy
from pipeline.flow import AudioFrame, Utterance, joined
from pipeline.pcm import EAR_RATE, samples_to_us, silence
from pipeline.ports import Segmenter
from pipeline.signals import Ended
from vad import Ear

LONGEST_S = 60
"""Seconds of sound in one recording."""
CONTAINERS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,flac,flv,gsm,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpegts,ogg,"
    "tta,voc,w64,wav,wv"
)
SLOWEST, FASTEST = 4_000, 384_000
"""Sample rates that recordings have."""
MOST_CHANNELS = 8
READ_SECONDS = 10.0
"""To decode one file."""
AT_ONCE = 2
"""Files that are read at once; the others wait,"""
WAIT_SECONDS = 10.0
"""for so long."""
STEP = EAR_RATE // 10
"""Samples that the ear hears before the loop looks after the calls: about half a millisecond of work."""
LEAD_MS, TAIL_MS = 200, 1_500
"""Silence around the recording: the ear finds its bearings before the first word, and ends the last one after it."""


class Hearing:
    """Finds what was said in a client's file."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._places = asyncio.Semaphore(AT_ONCE)

    async def speech(self, data: bytes, samples: Samples | None = None) -> Utterance:
        """All that is said in the recording, as one utterance. `samples`: it is no file, but these.

        Raises ProtocolViolation (recording_empty, recording_unreadable, recording_too_long, no_speech) or TooBusy.
        """
        if not data:
            raise ProtocolViolation("The recording is empty.", code="recording_empty")
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise TooBusy("Too many recordings are being read; try again soon.") from None
        try:
            utterance = await cut(self._ear.segmenter(), await _decoded(data, samples))
        finally:
            self._places.release()
        if utterance is None:
            raise ProtocolViolation("Nobody speaks in the recording.", code="no_speech")
        return utterance


async def cut(segmenter: Segmenter, pcm: Pcm) -> Utterance | None:
    """What is said in the recording, without its silences; None if nobody speaks."""
    whole = silence(LEAD_MS * EAR_RATE // 1000) + pcm.astype("<i2").tobytes() + silence(TAIL_MS * EAR_RATE // 1000)
    said: list[Utterance] = []
    for at in range(0, len(whole) // 2, STEP):
        frame = AudioFrame(whole[2 * at : 2 * (at + STEP)], EAR_RATE, samples_to_us(at, EAR_RATE))
        said += [heard.utterance for heard in segmenter.feed(frame) if isinstance(heard, Ended)]
        await asyncio.sleep(0)
    return joined(*(utterance for utterance in said if utterance.voiced))


async def _decoded(data: bytes, samples: Samples | None) -> Pcm:
    """At 16 kHz, mono."""
    late = threading.Event()
    if samples is not None and samples.seconds(data) > LONGEST_S:
        raise _too_long()
    try:
        async with asyncio.timeout(READ_SECONDS):
            read = partial(decode, data, late) if samples is None else partial(samples.decoded, data)
            pcm = await asyncio.to_thread(read)
    except TimeoutError:
        raise _unreadable("it takes too long to read") from None
    except (av.FFmpegError, ValueError, IndexError, OSError) as raised:
        raise _unreadable(getattr(raised, "strerror", None) or str(raised)) from None
    finally:
        late.set()
    if pcm.size < EAR_RATE // 10:
        raise ProtocolViolation("The recording has less than a tenth of a second of sound.", code="recording_empty")
    return pcm


def decode(data: bytes, late: threading.Event) -> Pcm:
    """The file's sound at 16 kHz, mono; stops soon after `late` is set. Raises what PyAV does, and ValueError."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=EAR_RATE)
    parts: list[Pcm] = []
    samples = 0
    with av.open(io.BytesIO(data), "r", options={"format_whitelist": CONTAINERS}) as container:
        if not container.streams.audio:
            raise ValueError("there is no sound in it")
        for frame in container.decode(audio=0):
            if late.is_set():
                raise ValueError("it takes too long to read")
            if not (SLOWEST <= frame.sample_rate <= FASTEST and len(frame.layout.channels) <= MOST_CHANNELS):
                raise ValueError("its sample rate or number of channels is impossible")
            for piece in resampler.resample(frame):
                parts.append(piece.to_ndarray().reshape(-1).astype(np.int16))
                samples += piece.samples
            if samples > LONGEST_S * EAR_RATE:
                raise _too_long()
        parts += [piece.to_ndarray().reshape(-1).astype(np.int16) for piece in resampler.resample(None)]
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def _too_long() -> ProtocolViolation:
    said = f"The recording is longer than {LONGEST_S} seconds, the longest turn."
    return ProtocolViolation(said, code="recording_too_long")


def _unreadable(why: str) -> ProtocolViolation:
    told = (why.splitlines() or ["unknown"])[0][:120]
    return ProtocolViolation(
        f"The recording cannot be read ({told}); send WAV, FLAC, Ogg, MP3, M4A or WebM, or say in `audio_format` what "
        f"raw samples are: {FORMATS}.",
        code="recording_unreadable",
    )
