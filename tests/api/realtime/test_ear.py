"""The modes of turn detection around a scripted segmenter."""

from collections.abc import Sequence
from typing import Any

from api.realtime.ear import Ear, silence_us
from api.wire.realtime_session import agent_session, open_session
from pipeline.flow import AudioFrame
from pipeline.signals import Ended, Heard, Paused, Started
from tests.support.line import utterance

SAID = utterance(0, 500_000)


class Watch:
    def __init__(self) -> None:
        self.speaking = False
        self.overheard: list[int] = []

    def is_speaking(self) -> bool:
        return self.speaking

    def overhear(self, media_us: int) -> None:
        self.overheard.append(media_us)


class Scripted:
    def __init__(self) -> None:
        self.next: list[Heard] = []
        self.waits: list[int | None] = []

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        heard, self.next = self.next, []
        return heard

    def played(self, pcm: bytes) -> None:
        self.echo = pcm

    def wait(self, us: int | None) -> None:
        self.waits.append(us)


def hearing(detection: Any = "server_vad", **more: Any) -> tuple[Ear, Scripted, Watch]:
    session = open_session("s", "m")
    shape = None if detection is None else {"type": detection, **more}
    session.update({"type": "realtime", "audio": {"input": {"turn_detection": shape}}})
    segmenter, watch = Scripted(), Watch()
    return Ear(lambda: segmenter, session, watch, decides=True), segmenter, watch


def frame(ms: int = 100, rate: int = 24_000) -> AudioFrame:
    return AudioFrame(bytes(rate * ms // 1_000 * 2), rate, 0)


def test_what_is_heard_is_passed_on() -> None:
    ear, segmenter, _ = hearing()
    segmenter.next = [Started(5), Paused(SAID), Ended(SAID)]
    assert ear.feed(frame()) == [Started(5), Paused(SAID), Ended(SAID)]
    assert (ear.onset_us, ear.heard_us) == (5, 100_000)


def test_without_detection_nothing_is_heard_and_everything_is_kept() -> None:
    ear, segmenter, _ = hearing(None)
    segmenter.next = [Started(5)]
    for _ in range(3):
        assert ear.feed(frame()) == ()
    ear.feed(frame(rate=8_000))
    assert ear.length_us() == 400_000
    assert abs(len(ear.take()) - 12_800) < 40
    assert ear.length_us() == 0


def test_what_the_line_was_given_is_known_to_whoever_listens() -> None:
    ear, segmenter, _ = hearing()
    ear.played(b"\1\1")
    assert segmenter.echo == b"\1\1"


def test_a_buffer_does_not_grow_without_end() -> None:
    ear, _, _ = hearing()
    for _ in range(400):
        ear.feed(frame())
    assert ear.length_us() == 30_000_000


def test_speech_that_ended_is_no_longer_in_the_buffer() -> None:
    ear, segmenter, _ = hearing()
    ear.feed(frame())
    segmenter.next = [Ended(SAID)]
    ear.feed(frame())
    assert ear.length_us() == 0


def test_the_silence_is_the_sessions_and_the_call_may_only_shorten_it() -> None:
    ear, segmenter, _ = hearing(silence_duration_ms=700)
    assert segmenter.waits == [700_000]
    for us in (None, 250_000, 5_000_000):
        ear.wait(us)
    assert segmenter.waits[1:] == [700_000, 250_000, 700_000]
    assert hearing("semantic_vad", eagerness="high")[1].waits == [2_000_000]
    assert hearing("semantic_vad", eagerness="low")[1].waits == [8_000_000]


def test_a_sentence_that_is_complete_ends_a_turn_sooner_than_one_that_is_not() -> None:
    assert silence_us("high", "Where is my order?") < silence_us("auto", "Where is my order?") < 1_000_000
    assert silence_us("low", "I would like to order a") == 8_000_000


def test_an_agents_own_patience_is_not_the_clients_to_shorten() -> None:
    segmenter = Scripted()
    ear = Ear(lambda: segmenter, agent_session("s"), Watch(), decides=False)
    for us in (None, 1_200_000):
        ear.wait(us)
    assert segmenter.waits[-2:] == [None, 1_200_000]


def test_a_voice_over_what_may_not_be_interrupted_waits_for_its_end() -> None:
    ear, segmenter, watch = hearing(interrupt_response=False)
    watch.speaking = True
    segmenter.next = [Started(7), Paused(SAID), Ended(SAID)]
    assert ear.feed(frame()) == []
    assert watch.overheard == [7]
    watch.speaking = False
    assert ear.feed(frame()) == [Started(SAID.onset), Paused(SAID), Ended(SAID)]
    assert ear.feed(frame()) == []


def test_a_voice_that_outlasts_the_agent_has_the_floor_from_then_on() -> None:
    ear, segmenter, watch = hearing(interrupt_response=False)
    watch.speaking = True
    segmenter.next = [Started(7)]
    ear.feed(frame())
    watch.speaking = False
    assert ear.feed(frame()) == [Started(7)]
    segmenter.next = [Ended(SAID)]
    assert ear.feed(frame()) == [Ended(SAID)]


def test_turning_detection_off_forgets_what_was_being_said() -> None:
    ear, _, watch = hearing(interrupt_response=False)
    watch.speaking = True
    ear.reset()
    watch.speaking = False
    assert ear.feed(frame()) == []
    assert len(ear.outside(ear.inside(bytes(9_600)))) == 9_600
