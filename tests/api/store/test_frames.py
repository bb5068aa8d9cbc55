"""Damage to the journal's bytes costs what it hit, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.store.frames import HEAD_SIZE, LARGEST, MARK, Record, Rest, frame, records

PAYLOADS = st.lists(st.binary(max_size=60).map(lambda raw: raw.hex().encode()), max_size=8)
JUNK = st.binary(max_size=40)


def read(data: bytes, *, final: bool = True, start: int = 0) -> tuple[list[bytes], Rest]:
    found = list(records(data, start, final=final))
    rest = found.pop()
    assert isinstance(rest, Rest)
    assert all(isinstance(one, Record) for one in found)
    return [one.payload for one in found if isinstance(one, Record)], rest


@given(PAYLOADS, st.booleans())
def test_what_was_framed_is_read(payloads: list[bytes], final: bool) -> None:
    data = b"".join(map(frame, payloads))
    assert read(data, final=final) == (payloads, Rest(len(data), 0))


@given(PAYLOADS, st.data())
def test_any_torn_tail_is_waited_for_or_passed_over(payloads: list[bytes], picked: st.DataObject) -> None:
    data = b"".join(map(frame, payloads))
    cut = picked.draw(st.integers(0, len(data)))
    whole, ends = [], 0
    for payload in payloads:
        if ends + len(frame(payload)) > cut:
            break
        whole.append(payload)
        ends += len(frame(payload))
    growing, rest = read(data[:cut], final=False)
    assert growing == whole and rest == Rest(ends, 0)
    ended, rest = read(data[:cut], final=True)
    assert ended == whole and rest == Rest(cut, cut - ends)
    assert growing + read(data, start=ends)[0] == payloads


@given(PAYLOADS, JUNK, PAYLOADS)
def test_junk_between_frames_is_passed_over(before: list[bytes], junk: bytes, after: list[bytes]) -> None:
    junk = junk.replace(MARK[:1], b"")
    data = b"".join(map(frame, before)) + junk + b"".join(map(frame, after))
    payloads, rest = read(data)
    assert payloads == before + after
    assert rest == Rest(len(data), len(junk))


@given(st.lists(st.binary(max_size=60).map(lambda raw: raw.hex().encode()), min_size=1, max_size=8), st.data())
def test_one_changed_byte_costs_one_record(payloads: list[bytes], picked: st.DataObject) -> None:
    hit = picked.draw(st.integers(0, len(payloads) - 1))
    frames = [bytearray(frame(payload)) for payload in payloads]
    at = picked.draw(st.integers(0, len(frames[hit]) - 1))
    frames[hit][at] ^= picked.draw(st.integers(1, 255))
    found, rest = read(b"".join(frames))
    assert found == payloads[:hit] + payloads[hit + 1 :]
    assert rest.damaged == len(frames[hit])


@given(st.binary(max_size=300), st.booleans(), st.integers(0, 320))
def test_any_bytes_are_read_to_an_end(data: bytes, final: bool, start: int) -> None:
    _, rest = read(data, final=final, start=start)
    assert rest.start >= min(start, len(data))
    assert not final or rest.start == max(start, len(data))


@given(PAYLOADS, JUNK, st.lists(st.integers(0, 500), max_size=6))
def test_a_growing_file_gives_each_record_once(payloads: list[bytes], junk: bytes, cuts: list[int]) -> None:
    data = b"".join(map(frame, payloads)) + junk.replace(MARK[:1], b"") + frame(b"last")
    found: list[bytes] = []
    at = 0
    for size in sorted({min(cut, len(data)) for cut in cuts} | {len(data)}):
        fresh, rest = read(data[:size], final=False, start=at)
        found, at = found + fresh, rest.start
    assert found == [*payloads, b"last"]


def test_a_length_beyond_the_limit_is_damage_even_while_the_file_grows() -> None:
    huge = MARK + (LARGEST + 1).to_bytes(4, "little") + bytes(4)
    assert read(huge + frame(b"next"), final=False)[0] == [b"next"]


def test_a_record_over_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        frame(bytes(LARGEST + 1))
    assert len(frame(b"")) == HEAD_SIZE
