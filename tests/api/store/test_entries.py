"""Entries of the journal are read whatever version wrote them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.store.entries import Entry, entry
from api.wire.envelope import encode, to_json
from tests.api.store.samples import whole_call


def test_an_envelope_is_an_entry() -> None:
    for envelope in whole_call("c1"):
        assert entry(to_json(envelope).encode()) == Entry(**encode(envelope))


def test_a_fact_that_this_version_does_not_know_is_an_entry_too() -> None:
    raw = {"call": "c1", "seq": 4, "at": 5, "type": "mood_changed", "body": {"mood": "fine"}, "tenant": "acme"}
    found = entry(json.dumps(raw).encode())
    assert found == Entry("c1", 4, 5, "mood_changed", {"mood": "fine"})


@pytest.mark.parametrize(
    "change",
    [
        {"call": 3},
        {"call": "a\x00b"},
        {"call": "\ud800"},
        {"seq": "1"},
        {"seq": True},
        {"seq": 2**63},
        {"at": None},
        {"type": ["x"]},
        {"body": []},
    ],
)
def test_what_no_database_could_hold_is_no_entry(change: dict[str, object]) -> None:
    raw = {"call": "c1", "seq": 4, "at": 5, "type": "line_up", "body": {}} | change
    assert entry(json.dumps(raw).encode()) is None


@given(st.binary(max_size=40) | st.sampled_from([b"[" * 100_000, b"null", b"{}", b"[1]"]))
def test_any_payload_is_read_or_refused(payload: bytes) -> None:
    assert entry(payload) is None or payload.startswith(b"{")


def test_a_field_of_the_wrong_type_counts_as_empty() -> None:
    found = Entry("c1", 1, 0, "x", {"text": 3, "n": "3", "huge": 2**70, "yes": True, "fine": 4, "words": "hello"})
    assert (found.text("text"), found.text("none"), found.text("words")) == ("", "", "hello")
    assert [found.whole(name) for name in ("n", "huge", "yes", "none", "fine")] == [0, 0, 0, 0, 4]
