from stages.slices import STEPS_MS, Slices
from tests.support.providers import tone


def lengths(pieces: list[bytes]) -> list[int]:
    return [len(piece) // 48 for piece in pieces]


def test_slices_begin_small_and_grow() -> None:
    assert lengths(list(Slices().feed(tone(1020)))) == [60, 80, 120, 160, 200, 200, 200]


def test_a_slice_leaves_as_soon_as_it_is_full() -> None:
    slices = Slices()
    assert list(slices.feed(tone(59))) == []
    assert lengths(list(slices.feed(tone(1)))) == [STEPS_MS[0]]


def test_nothing_is_lost_at_the_end() -> None:
    slices = Slices()
    sound = tone(333)
    assert b"".join([*slices.feed(sound), *slices.end()]) == sound
    assert list(slices.end()) == []
