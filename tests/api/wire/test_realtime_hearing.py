from api.wire.realtime_hearing import HearingTeller
from api.wire.realtime_items import Entry
from api.wire.realtime_session import open_session
from api.wire.realtime_shapes import user_item
from api.wire.realtime_story import Story
from pipeline.flow import Token
from tests.api.wire.test_realtime import check


def heard(**settings: object) -> tuple[Story, HearingTeller]:
    story = Story("call_1", open_session("s", "m"))
    story.session.update({"type": "realtime", **settings})
    teller = HearingTeller(story)
    teller.add(Entry("item_1", user_item("item_1"), waits=True))
    return story, teller


WORDS = {"audio": {"input": {"transcription": {"model": "m"}}}}


def test_words_are_kept_though_nobody_asked_for_them() -> None:
    story, teller = heard()
    story.taken()
    teller.transcribed("item_1", "Hello.", 1_000_000)
    assert story.taken() == []
    assert [entry.wire["content"][0]["transcript"] for entry in story.conversation] == ["Hello."]
    assert story.conversation.waiting() == []


def test_words_come_with_their_probabilities_where_those_were_asked_for() -> None:
    story, teller = heard(**WORDS, include=["item.input_audio_transcription.logprobs"])
    story.taken()
    teller.transcribed("item_1", "Hi", 1_500_000, (Token("Hi", -0.25),))
    delta, completed = story.taken()
    for event in (delta, completed):
        check(event)
        assert event["logprobs"] == [{"token": "Hi", "logprob": -0.25, "bytes": [72, 105]}]
    assert completed["usage"] == {"type": "duration", "seconds": 1.5}


def test_nothing_said_is_an_empty_transcript() -> None:
    story, teller = heard(**WORDS)
    story.taken()
    teller.transcribed("item_1", "", 0)
    (completed,) = story.taken()
    assert completed["transcript"] == ""


def test_a_failure_says_why_and_the_item_waits_no_longer() -> None:
    story, teller = heard(**WORDS)
    story.taken()
    teller.not_transcribed("item_1", "provider_timeout", "It did not answer.")
    (failed,) = story.taken()
    check(failed)
    assert failed["error"]["code"] == "provider_timeout"
    assert story.conversation.waiting() == []
