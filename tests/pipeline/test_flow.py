"""What moves between the stages."""

from pipeline.flow import LONGEST_GAP_US, LONGEST_JOINED_US, Utterance, joined
from pipeline.pcm import EAR_RATE, duration_us, silence, us_to_samples

SECOND = 1_000_000


def said(start: int, us: int, sample: bytes = b"\1\0") -> Utterance:
    return Utterance(sample * us_to_samples(us, EAR_RATE), start, start + 10, start + us - 10, us - 20)


def test_nothing_joins_to_nothing() -> None:
    words = said(0, SECOND)
    assert joined() is None and joined(None, None) is None
    assert joined(words, None) is words and joined(None, words) is words


def test_utterances_are_joined_with_the_silence_between_them() -> None:
    earlier, later = said(0, SECOND), said(1_200_000, SECOND, b"\2\0")
    both = joined(earlier, None, later)
    assert both is not None
    assert both.pcm == earlier.pcm + silence(us_to_samples(200_000, EAR_RATE)) + later.pcm
    assert (both.start, both.onset, both.end) == (earlier.start, earlier.onset, later.end)
    assert both.voiced == earlier.voiced + later.voiced


def test_a_long_silence_between_them_is_cut_short() -> None:
    both = joined(said(0, SECOND), said(20 * SECOND, SECOND))
    assert both is not None and duration_us(both.pcm, EAR_RATE) == 2 * SECOND + LONGEST_GAP_US


def test_of_very_long_words_the_newest_are_kept() -> None:
    both = joined(said(0, 50 * SECOND), said(50 * SECOND, 20 * SECOND, b"\2\0"))
    assert both is not None and duration_us(both.pcm, EAR_RATE) == LONGEST_JOINED_US
    assert both.pcm.endswith(said(0, 20 * SECOND, b"\2\0").pcm)
