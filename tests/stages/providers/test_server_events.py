import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from stages.providers.server_events import MOST, ServerEvents

ENDS = ("\n", "\r", "\r\n")
WORDS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
LINES = st.one_of(
    WORDS.map("data: {}".format),
    WORDS.map("data:{}".format),
    st.sampled_from(["", "", "data", "event: response.created", ": keep-alive", "id: 7", "retry: 10", "nonsense"]),
)


def pieces_of(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(raw), *(cut % (len(raw) + 1) for cut in cuts)})
    return [raw[start:end] for start, end in pairwise(places)]


def read(pieces: list[bytes]) -> list[str]:
    events = ServerEvents()
    return [data for piece in pieces for data in events.feed(piece)]


def test_an_event_is_given_as_soon_as_it_is_complete() -> None:
    events = ServerEvents()
    assert events.feed(b'event: response.output_text.delta\ndata: {"delta": "Hi') == []
    assert events.feed(b'"}\n') == []
    assert events.feed(b"\n") == ['{"delta": "Hi"}']


@pytest.mark.parametrize("end", ENDS)
def test_each_end_of_a_line_is_one(end: str) -> None:
    raw = f": hello{end}data: a{end}data: b{end}{end}data:c{end}{end}".encode()
    assert read([raw]) == ["a\nb", "c"]
    assert read([raw[place : place + 1] for place in range(len(raw))]) == ["a\nb", "c"]


def test_an_event_that_breaks_off_is_none() -> None:
    assert read([b"data: whole\n\ndata: half\n"]) == ["whole"]


def test_an_event_that_never_ends_is_refused() -> None:
    events = ServerEvents()
    with pytest.raises(ValueError, match="too long"):
        for _ in range(MOST // 1000 + 2):
            events.feed(b"data: " + b"x" * 1000 + b"\n")
    with pytest.raises(ValueError, match="too long"):
        ServerEvents().feed(b"x" * (MOST + 1))


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError):
        ServerEvents().feed(b"data: \xff\n\n")


@given(st.lists(LINES, max_size=12), st.lists(st.sampled_from(ENDS), min_size=1), st.lists(st.integers(0, 999)))
def test_it_reads_what_the_sdk_reads_however_it_is_cut(lines: list[str], ends: list[str], cuts: list[int]) -> None:
    raw = "".join(line + ends[number % len(ends)] for number, line in enumerate(lines)).encode()
    theirs = [event.data for event in SSEDecoder().iter_bytes(iter([raw]))]
    ours = read(pieces_of(raw, cuts))
    assert [data for data in ours if data] == [data for data in theirs if data]


def test_an_answer_of_many_events_is_whole() -> None:
    told = [{"n": number, "text": "ü" * number} for number in range(50)]
    raw = "".join(f"event: e\ndata: {json.dumps(one, ensure_ascii=False)}\n\n" for one in told).encode()
    assert [json.loads(data) for data in read(pieces_of(raw, list(range(0, len(raw), 7))))] == told
