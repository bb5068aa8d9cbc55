"""What the preroll keeps and forgets."""

from hypothesis import given, settings
from hypothesis import strategies as st

from vad.preroll import Preroll


def frame(number: int, count: int = 4) -> bytes:
    return number.to_bytes(2, "little") * count


def test_it_forgets_only_what_the_room_can_spare() -> None:
    preroll = Preroll(10)
    for number in range(6):
        preroll.push(frame(number))
    assert preroll.oldest == 12
    assert preroll.since(0) == frame(3) + frame(4) + frame(5)


def test_it_cuts_at_the_sample() -> None:
    preroll = Preroll(10)
    for number in range(3):
        preroll.push(frame(number))
    assert preroll.since(7) == frame(1, 1) + frame(2)
    assert preroll.since(12) == b""


@settings(deadline=None)
@given(st.integers(1, 50), st.lists(st.integers(1, 9), min_size=1, max_size=40))
def test_the_newest_samples_are_always_there(room: int, lengths: list[int]) -> None:
    preroll = Preroll(room)
    everything = b""
    for number, length in enumerate(lengths):
        preroll.push(frame(number, length))
        everything += frame(number, length)
    total = len(everything) // 2
    assert preroll.oldest <= max(0, total - room)
    start = max(0, total - room)
    assert preroll.since(start) == everything[start * 2 :]
