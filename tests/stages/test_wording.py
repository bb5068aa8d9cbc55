from pipeline.flow import ReplyDelta, Source
from stages.wording import Wording


def test_units_count_from_zero_and_keep_their_source() -> None:
    wording = Wording()
    said = wording.feed(ReplyDelta("One moment.", Source.FILLER)) + wording.feed(ReplyDelta("It left today. Good?"))
    assert [(one.unit, one.text, one.source) for one in said] == [
        (0, "One moment.", Source.FILLER),
        (1, "It left today.", Source.MODEL),
    ]


def test_another_source_ends_the_sentence_before_it() -> None:
    wording = Wording()
    assert wording.feed(ReplyDelta("I think")) == []
    said = wording.feed(ReplyDelta("Goodbye now.", Source.CLIP))
    assert [(one.text, one.source) for one in said] == [("I think", Source.MODEL), ("Goodbye now.", Source.CLIP)]


def test_a_guarded_piece_is_not_mixed_with_what_may_be_cut() -> None:
    wording = Wording()
    wording.feed(ReplyDelta("This call is recorded", guarded=True))
    said = wording.feed(ReplyDelta("How are you?"))
    assert [(one.text, one.guarded) for one in said] == [("This call is recorded", True), ("How are you?", False)]


def test_a_clip_stays_whole() -> None:
    wording = Wording(lambda text: text == "Hello there. How can I help?")
    said = wording.feed(ReplyDelta("Hello there. How can I help?", Source.CLIP))
    assert [one.text for one in said] == ["Hello there. How can I help?"]


def test_a_flush_lets_everything_out() -> None:
    assert [one.text for one in Wording().feed(ReplyDelta("Let me see", flush=True))] == ["Let me see"]


def test_what_cannot_be_pronounced_is_left_out() -> None:
    wording = Wording()
    assert wording.feed(ReplyDelta("🙂", flush=True)) == []
    assert [one.unit for one in wording.feed(ReplyDelta("Hello.", flush=True))] == [0]


def test_only_words_that_could_open_the_turn_are_hurried() -> None:
    wording = Wording()
    waiting = [wording.waits]
    wording.feed(ReplyDelta("Let me look that up for"))
    waiting.append(wording.waits)
    assert [one.text for one in wording.hurry()] == ["Let me look that up"]
    waiting.append(wording.waits)
    assert waiting == [False, True, False]


def test_a_whole_piece_is_neither_cut_nor_joined() -> None:
    wording = Wording()
    pieces = (
        "The parcel that you asked ",
        "me about is listed in the evening round today, and evenings end at about nine. ",
    )
    assert [[unit.text for unit in wording.feed(ReplyDelta(text, whole=True))] for text in pieces] == [
        [text.strip()] for text in pieces
    ]


def test_a_line_of_a_rule_begins_with_what_is_at_hand() -> None:
    clips = {"Let me check:", "Thank you.", "What day suits you?"}

    def units(text: str) -> list[str]:
        return [unit.text for unit in Wording(clips.__contains__).feed(ReplyDelta(text, Source.REFLEX, flush=True))]

    assert units("Let me check: the phone number is 4 1 5, 5 5 5. Is that right?") == [
        "Let me check:", "the phone number is 4 1 5, 5 5 5.", "Is that right?",
    ]  # fmt: skip
    assert units("Thank you. What day suits you?") == ["Thank you.", "What day suits you?"]
    assert units("Thank you very much.") == ["Thank you very much."]
