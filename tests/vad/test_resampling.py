"""Samples of another rate are those that PyAV's own resampler gives, and no thread is kept for them."""

import os
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.pcm import BYTES
from vad.resampling import Resampler

TASKS = Path("/proc/self/task")


def noise(rate: int) -> bytes:
    return np.random.default_rng(rate).normal(0, 3_000, rate // 2).astype("<i2").tobytes()


def pieces(pcm: bytes, samples: int) -> list[bytes]:
    return [pcm[at : at + samples * BYTES] for at in range(0, len(pcm), samples * BYTES)]


def as_pyav_does(chunks: list[bytes], rate: int, wanted: int) -> bytes:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=wanted)
    ready = b""
    for pcm in chunks:
        chunk = av.AudioFrame("s16", "mono", len(pcm) // BYTES)
        chunk.sample_rate = rate
        chunk.planes[0].update(pcm + bytes(chunk.planes[0].buffer_size - len(pcm)))
        for out in resampler.resample(chunk):
            ready += bytes(memoryview(out.planes[0])[: out.samples * BYTES])
    return ready


@pytest.mark.parametrize(
    ("rate", "wanted", "samples"),
    [(8_000, 16_000, 160), (24_000, 16_000, 480), (48_000, 16_000, 960), (44_100, 16_000, 333), (24_000, 8_000, 1_440)],
)
def test_the_samples_are_those_of_pyav(rate: int, wanted: int, samples: int) -> None:
    chunks = pieces(noise(rate), samples)
    resampler = Resampler(rate, wanted)
    assert b"".join(map(resampler.feed, chunks)) == as_pyav_does(chunks, rate, wanted)


@pytest.mark.skipif(not TASKS.exists(), reason="threads are counted where Linux lists them")
def test_no_thread_is_kept_for_it() -> None:
    Resampler(8_000, 16_000).feed(noise(8_000))
    before = len(os.listdir(TASKS))
    held = [Resampler(24_000, 16_000) for _ in range(8)]
    assert all(one.feed(noise(24_000)) for one in held)
    assert len(os.listdir(TASKS)) <= before
