"""Where audio belongs on the media timeline."""

from hypothesis import given
from hypothesis import strategies as st

from api.transports.timeline import AHEAD_US, FILL_LIMIT, LATE_US, RATE, TICKS, Placement, Timeline

STEP = RATE // 50
TICK = STEP * TICKS
"""Of the sender's timestamps, in 20 ms."""
STEP_US = 20_000


def play(timeline: Timeline, timestamp: int, now: int) -> Placement:
    place = timeline.place(timestamp, STEP, now)
    timeline.hand(place.fill + STEP - place.skip)
    return place


def test_audio_that_follows_on_is_taken_as_it_is() -> None:
    timeline = Timeline()
    for number in range(100):
        assert play(timeline, 5_000 + number * TICK, number * STEP_US) == Placement(0, 0)
    assert timeline.at == 100 * STEP_US


def test_timestamps_wrap() -> None:
    timeline = Timeline()
    for number in range(10):
        assert play(timeline, (0xFFFFF000 + number * TICK) & 0xFFFFFFFF, number * STEP_US) == Placement(0, 0)


def test_a_clock_that_began_between_two_samples_is_followed_like_any_other() -> None:
    for begun in range(TICKS):
        timeline = Timeline()
        for number in range(100):
            assert play(timeline, begun + number * TICK, number * STEP_US) == Placement(0, 0)


def test_a_hole_is_filled() -> None:
    timeline = Timeline()
    play(timeline, 0, 0)
    assert play(timeline, 3 * TICK, 60_000) == Placement(2 * STEP, 0, 2 * STEP, "lost")
    assert timeline.handed == 4 * STEP


def test_a_long_jump_is_filled_in_part_and_then_followed() -> None:
    timeline = Timeline()
    play(timeline, 0, 0)
    jump = TICK + 10 * RATE * TICKS
    assert play(timeline, jump, 20_000).fill == FILL_LIMIT
    assert play(timeline, jump + TICK, 40_000) == Placement(0, 0)


def test_what_arrives_in_a_burst_after_a_stall_was_bridged_is_skipped_up_to_its_place() -> None:
    timeline = Timeline()
    play(timeline, 0, 0)
    for _ in range(5):
        timeline.bridge(STEP)
    places = [play(timeline, number * TICK, 500_000) for number in range(1, 8)]
    assert [place.skip for place in places] == [STEP] * 5 + [0, 0]
    assert timeline.handed == 8 * STEP


def test_a_sender_whose_clock_stood_still_in_the_stall_is_followed_soon() -> None:
    timeline = Timeline()
    play(timeline, 0, 0)
    for _ in range(200):
        timeline.bridge(STEP)
    start = 4_000_000
    places = [play(timeline, number * TICK, start + number * STEP_US) for number in range(1, 30)]
    lost = sum(place.skip for place in places)
    assert lost <= (LATE_US + 2 * STEP_US) * RATE // 1_000_000
    assert places[-1] == Placement(0, 0)


def test_silence_before_the_first_packet_is_part_of_the_timeline() -> None:
    timeline = Timeline()
    timeline.bridge(STEP)
    assert play(timeline, 123_456, 500_000) == Placement(0, 0)
    assert timeline.handed == 2 * STEP


def test_a_flood_is_not_taken() -> None:
    timeline = Timeline()
    taken = sum(play(timeline, number * TICK, 0).skip == 0 for number in range(1000))
    assert taken == AHEAD_US // STEP_US


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 100_000), st.booleans()), max_size=80))
def test_whatever_the_timestamps_the_timeline_keeps_to_the_clock(arrivals: list[tuple[int, int, bool]]) -> None:
    timeline = Timeline()
    now = 0
    for timestamp, pause, stalled in arrivals:
        now += pause
        if stalled:
            timeline.bridge(min(STEP, max(0, now * RATE // 1_000_000 - timeline.handed)))
        place = timeline.place(timestamp, STEP, now)
        assert 0 <= place.skip <= STEP
        assert 0 <= place.fill <= FILL_LIMIT
        timeline.hand(place.fill + STEP - place.skip)
        assert timeline.at <= now + AHEAD_US
