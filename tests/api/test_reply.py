"""How much of a reply the caller can be said to know."""

from api.reply import Spoken, Written
from pipeline.events import AudioBegan, Event
from pipeline.flow import ReplyDelta, Sentence, Source, SpeechChunk
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.providers import tone

FIRST = Sentence(0, "One two three four.", "one two three four")
SECOND = Sentence(1, "Five.", "five")


def test_what_was_written_is_cut_where_the_agent_pauses_and_all_of_it_counts() -> None:
    written = Written()
    for delta in (
        ReplyDelta("Which "), ReplyDelta("day?"), ReplyDelta("", flush=True), ReplyDelta("Or night?", Source.REFLEX),
    ):  # fmt: skip
        written.add(delta)
    assert [(unit.text, unit.source, unit.heard) for unit in written.ledger()] == [
        ("Which day?", "model", "Which day?"), ("Or night?", "reflex", "Or night?"),
    ]  # fmt: skip


def speaking() -> tuple[Spoken, Turn, list[Event]]:
    facts: list[Event] = []
    turn = Turn(3, Cause.UTTERANCE, None, facts.append)
    turn.commit()
    return Spoken(3, lambda: 0), turn, facts


def test_sound_that_was_told_is_heard_and_its_beginning_is_a_fact() -> None:
    spoken, turn, facts = speaking()
    for chunk in (SpeechChunk(FIRST, tone(800)), SpeechChunk(FIRST, b"", last=True), SpeechChunk(SECOND, tone(200))):
        pcm = spoken.take(turn, chunk)
        assert pcm == (chunk.pcm or None)
        if pcm:
            spoken.told(pcm)
    assert facts == [AudioBegan(3, 0, "model"), AudioBegan(3, 1, "model")]
    first, second = spoken.ledger()
    assert (first.heard, first.heard_us, first.complete) == ("One two three four.", 800_000, True)
    assert (second.unit, second.heard_us, second.complete) == (1, 200_000, False)


def test_sound_that_waits_for_a_client_who_has_left_is_not_heard() -> None:
    spoken, turn, _ = speaking()
    first = spoken.take(turn, SpeechChunk(FIRST, tone(400)))
    assert first is not None
    spoken.told(first)
    spoken.take(turn, SpeechChunk(FIRST, tone(400), last=True))
    (unit,) = spoken.ledger()
    assert (unit.made_us, unit.heard_us, unit.heard, unit.complete) == (800_000, 400_000, "One two", False)
