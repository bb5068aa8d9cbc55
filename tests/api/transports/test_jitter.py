"""The short hold: order restored, and nothing lost but what was lost."""

import itertools
import random
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from api.transports.jitter import HOLD_US, ReceiverTap, ShortHold

STEP = 20_000


@dataclass(frozen=True)
class Rtp:
    sequence_number: int


def run(numbers: list[int], start: int = 0) -> tuple[list[int], ShortHold[Rtp]]:
    """Packets arrive in this order, one every 20 ms; the alarm is kept as a reader would keep it."""
    hold: ShortHold[Rtp] = ShortHold()
    out: list[int] = []
    now = 0
    for number in numbers:
        now += STEP
        while hold.due is not None and hold.due <= now:
            out += [packet.sequence_number for packet in hold.expire(hold.due)]
        out += [packet.sequence_number for packet in hold.add(Rtp((start + number) & 0xFFFF), now)]
    out += [packet.sequence_number for packet in hold.expire(now + HOLD_US)]
    return [(number - start) & 0xFFFF for number in out], hold


def test_packets_in_order_are_handed_on_at_once() -> None:
    hold: ShortHold[Rtp] = ShortHold()
    for number in range(100):
        assert [packet.sequence_number for packet in hold.add(Rtp(number), number * STEP)] == [number]
        assert hold.due is None


def test_a_swapped_pair_is_put_in_order() -> None:
    assert run([0, 2, 1, 3])[0] == [0, 1, 2, 3]


def test_a_hole_is_skipped_after_three_newer_packets() -> None:
    hold: ShortHold[Rtp] = ShortHold()
    hold.add(Rtp(0), 0)
    assert hold.add(Rtp(2), 1) == []
    assert hold.add(Rtp(3), 2) == []
    assert [packet.sequence_number for packet in hold.add(Rtp(4), 3)] == [2, 3, 4]
    assert hold.lost == 1


def test_a_packet_behind_a_hole_waits_sixty_milliseconds_at_most() -> None:
    hold: ShortHold[Rtp] = ShortHold()
    hold.add(Rtp(0), 0)
    hold.add(Rtp(2), 1_000)
    assert hold.due == 1_000 + HOLD_US
    assert hold.expire(1_000 + HOLD_US - 1) == []
    assert [packet.sequence_number for packet in hold.expire(1_000 + HOLD_US)] == [2]
    assert hold.due is None


def test_late_and_repeated_packets_are_dropped_and_counted() -> None:
    out, hold = run([0, 1, 1, 3, 4, 5, 2, 6])
    assert out == [0, 1, 3, 4, 5, 6]
    assert (hold.lost, hold.late) == (1, 2)


def test_sequence_numbers_wrap() -> None:
    out, hold = run(list(range(40)), start=65_520)
    assert out == list(range(40))
    assert hold.lost == 0


def test_a_sender_that_starts_anew_is_followed() -> None:
    out, hold = run([0, 1, 20_000, 20_001, 5, 6])
    assert out == [0, 1, 20_000, 20_001, 5, 6]
    assert hold.lost == 0


def test_lost_frames_are_lost_packets_and_no_others() -> None:
    """Where aiortc's own buffer loses five frames for each lost packet."""
    chance = random.Random(1)
    for rate in (0.01, 0.05, 0.2):
        kept = [0] + [number for number in range(1, 3000) if chance.random() > rate]
        out, hold = run(kept)
        assert out == kept
        assert hold.lost == kept[-1] + 1 - len(kept)


@given(st.lists(st.integers(0, 65_535), max_size=60))
def test_whatever_arrives_nothing_is_handed_on_twice_in_a_row_or_held_for_ever(numbers: list[int]) -> None:
    out, hold = run(numbers)
    assert len(out) + hold.late == len(numbers)
    assert all(one != two for one, two in itertools.pairwise(out))
    assert hold.due is None


@given(st.permutations(range(12)))
def test_any_shuffle_comes_out_ascending(numbers: list[int]) -> None:
    out, _ = run(numbers)
    assert out == sorted(out)


def test_the_tap_takes_each_packet_and_gives_the_receiver_nothing_to_decode() -> None:
    taken: list[Rtp] = []
    assert ReceiverTap(taken.append).add(Rtp(7)) == (False, None)
    assert taken == [Rtp(7)]
