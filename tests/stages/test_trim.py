import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.pcm import LINE_RATE
from stages.trim import LEAD, TAIL, WINDOW, Trim, is_audible
from tests.support.providers import hush, tone


def trimmed(pcm: bytes, sizes: list[int] | None = None) -> bytes:
    trim, out, at = Trim(), [], 0
    for size in sizes or [len(pcm)]:
        out.append(trim.feed(pcm[at : at + size]))
        at += size
    out.append(trim.feed(pcm[at:]))
    return b"".join([*out, trim.finish()])


def ms(pcm: bytes) -> int:
    return len(pcm) * 1000 // (2 * LINE_RATE)


def noise(length_ms: int, level: float) -> bytes:
    samples = np.random.default_rng(1).normal(0, level, LINE_RATE * length_ms // 1000)
    return samples.astype("<i2").tobytes()


def test_only_a_breath_is_left_before_and_after() -> None:
    kept = trimmed(hush(335) + tone(500) + hush(530))
    assert ms(kept) == LEAD * 5 + 500 + TAIL * 5
    assert tone(500) in kept


def test_a_pause_inside_stays() -> None:
    assert ms(trimmed(tone(100) + hush(400) + tone(100))) == 600


def test_a_hiss_is_no_speech() -> None:
    kept = trimmed(noise(300, 120) + tone(200) + noise(400, 120))
    assert ms(kept) == LEAD * 5 + 200 + TAIL * 5


def test_a_quiet_voice_is_speech() -> None:
    assert ms(trimmed(hush(200) + tone(300, level=300))) == LEAD * 5 + 300


def test_a_breath_shorter_than_the_one_that_is_kept_stays() -> None:
    assert ms(trimmed(hush(10) + tone(100) + hush(50))) == 160


def test_silence_alone_leaves_nothing() -> None:
    assert trimmed(hush(2000)) == b""
    assert not is_audible(hush(2000))
    assert is_audible(hush(20) + tone(10))
    assert not is_audible(b"")


def test_a_last_sound_that_fills_no_window_is_not_lost() -> None:
    sound = tone(100) + tone(5)[:200]
    assert trimmed(sound) == sound


def test_sound_is_given_out_as_soon_as_it_is_heard() -> None:
    trim = Trim()
    assert trim.feed(hush(50)) == b""
    assert ms(trim.feed(tone(20))) == LEAD * 5 + 20


@settings(max_examples=40)
@given(st.lists(st.integers(1, 4000), max_size=30), st.integers(0, 10))
def test_the_size_of_the_pieces_does_not_matter(sizes: list[int], seed: int) -> None:
    dice = random.Random(seed)
    speech = b"".join(dice.choice([hush, tone])(dice.randrange(5, 250, 5)) for _ in range(6))
    assert trimmed(speech, sizes) == trimmed(speech)


def test_a_window_is_five_milliseconds() -> None:
    assert WINDOW * 1000 == 5 * LINE_RATE
