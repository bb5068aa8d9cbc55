"""What a fact of a conversation shows."""

import pytest

from api.pieces import piece_of, words_of
from pipeline.events import Event, ModelAsked, StateEntered, ToolStarted, Transcribed, UtteranceDropped
from pipeline.flow import ReplyDelta, Source


@pytest.mark.parametrize(
    ("fact", "kind", "body"),
    [
        (StateEntered(1, "day", "name"), "state", {"state": "day", "previous": "name"}),
        (Transcribed(1, "Tuesday"), "transcript", {"text": "Tuesday", "dropped": None}),
        (UtteranceDropped("empty"), "transcript", {"text": "", "dropped": "empty"}),
        (
            ToolStarted(1, "c", "note", "{}", False),
            "tool",
            {"id": "c", "name": "note", "outcome": None, "arguments": "{}", "writes": False},
        ),
    ],
)
def test_a_fact_shows_what_it_says(fact: Event, kind: str, body: dict[str, object]) -> None:
    piece = piece_of(fact)
    assert piece is not None and (piece.kind, dict(piece.body)) == (kind, body)


def test_most_facts_show_nothing() -> None:
    assert piece_of(ModelAsked(1, "gpt")) is None


def test_words_are_shown_with_who_worded_them() -> None:
    assert dict(words_of(ReplyDelta("Hello.", Source.CLIP, flush=True)).body) == {
        "text": "Hello.", "source": "clip", "pause": True,
    }  # fmt: skip
