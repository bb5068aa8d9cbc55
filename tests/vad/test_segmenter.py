"""The ladder, fed with verdicts by hand: frames of 20 ms, one character each.

#  voice, and the judge is sure        ?  voice, the judge is not sure        .  silence
~  voice, of which he is sure, but which does not stand out of the noise
"""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.flow import AudioFrame, Utterance
from pipeline.signals import (
    Allayed,
    Claimed,
    Ended,
    Heard,
    Paused,
    Resumed,
    Spoken,
    Started,
    Suspected,
    Sustained,
)
from vad.config import VadConfig
from vad.segmenter import VadSegmenter
from vad.verdict import SILENCE, Verdict

MS = 1_000
FRAME_US = 20 * MS
VERDICTS = {
    "#": Verdict(0, 320, True),
    "~": Verdict(0, 320, True, near=False),
    "?": Verdict(0, 320, False, near=False),
    ".": SILENCE,
}


class Script:
    """A judge that reads its verdicts from a list."""

    def __init__(self) -> None:
        self.coming: list[Verdict] = []

    def judge(self, frame: bytes) -> Verdict:
        assert len(frame) == 640
        return self.coming.pop(0)

    def played(self, pcm: bytes) -> None:
        """It hears no echo."""


class Line:
    """A caller whose frames are numbered: every sample of frame n has the value n."""

    def __init__(self, config: VadConfig | None = None, origin: int = 0) -> None:
        self.script = Script()
        self.segmenter = VadSegmenter(config or VadConfig(), self.script)
        self.origin = origin
        self.frames = 0
        self.heard: list[Heard] = []

    def say(self, verdicts: str | list[Verdict]) -> list[Heard]:
        new: list[Heard] = []
        for verdict in verdicts:
            self.script.coming.append(VERDICTS[verdict] if isinstance(verdict, str) else verdict)
            pcm = (self.frames % 30_000).to_bytes(2, "little") * 320
            new.extend(self.segmenter.feed(AudioFrame(pcm, 16_000, self.origin + self.frames * FRAME_US)))
            self.frames += 1
        self.heard.extend(new)
        return new


def story(heard: list[Heard]) -> str:
    """One letter a signal: S started, U sustained, W spoken, C claimed, P paused, R resumed, E ended, !. alarms."""
    letters = {Started: "S", Sustained: "U", Spoken: "W", Claimed: "C", Paused: "P", Resumed: "R", Ended: "E"}
    letters |= {Suspected: "!", Allayed: "."}
    return "".join(letters[type(signal)] for signal in heard)


def utterance(signal: Heard) -> Utterance:
    assert isinstance(signal, Paused | Ended)
    return signal.utterance


def test_the_ladder_is_climbed_as_the_voice_adds_up() -> None:
    line = Line()
    assert line.say("." * 50 + "##") == []
    assert line.say("#") == [Started(1_000 * MS)]
    assert line.say("##") == []
    assert line.say("#") == [Sustained(1_120 * MS)]
    assert line.say("#" * 11) == []
    (spoken,) = line.say("#")
    assert isinstance(spoken, Spoken) and spoken.utterance.voiced == 360 * MS
    assert line.say("#" * 21) == []
    assert line.say("#") == [Claimed(1_800 * MS)]


def test_a_pause_and_an_end_tell_the_same_utterance() -> None:
    line = Line()
    line.say("." * 50 + "#" * 20)
    assert line.say("...") == []
    (paused,) = line.say(".")
    assert line.say("." * 20) == []
    (ended,) = line.say(".")
    assert isinstance(paused, Paused) and isinstance(ended, Ended)
    assert ended.utterance is paused.utterance
    said = paused.utterance
    assert (said.start, said.onset, said.end, said.voiced) == (700 * MS, 1_000 * MS, 1_400 * MS, 400 * MS)
    assert len(said.pcm) == (1_480 - 700) * 32
    assert said.pcm[:2] == (35).to_bytes(2, "little")
    assert said.pcm[-2:] == (73).to_bytes(2, "little")


def test_times_count_from_where_the_line_began() -> None:
    line = Line(origin=7_000_003)
    line.say("." * 50 + "#" * 20 + "." * 25)
    assert line.heard[0] == Started(7_000_003 + 1_000 * MS)
    assert utterance(line.heard[-1]).end == 7_000_003 + 1_400 * MS


def test_the_first_and_the_last_voiced_sample_are_kept_to_the_sample() -> None:
    line = Line()
    line.say("." * 30)
    line.say([Verdict(80, 320, True), *[VERDICTS["#"]] * 20, Verdict(0, 160, True)])
    line.say("." * 25)
    said = utterance(line.heard[-1])
    assert (said.onset, said.end) == (605 * MS, 600 * MS + 21 * FRAME_US + 10 * MS)
    assert said.voiced == said.end - said.onset


def test_silence_counts_from_the_last_voiced_sample() -> None:
    line = Line()
    line.say("#" * 20)
    line.say([Verdict(0, 16, True)])
    assert story(line.say("...")) == ""
    assert story(line.say(".")) == "P"


def test_going_on_after_a_pause_is_resuming() -> None:
    line = Line()
    line.say("#" * 20 + "......")
    assert line.say("#") == []
    assert line.say("#") == [Resumed(520 * MS)]
    line.say("." * 25)
    assert story(line.heard) == "SUWPRPE"
    said = utterance(line.heard[-1])
    assert (said.onset, said.end, said.voiced) == (0, 560 * MS, 440 * MS)
    assert len(said.pcm) == len(utterance(line.heard[3]).pcm) + 8 * 640


def test_a_click_in_the_pause_changes_nothing() -> None:
    line = Line()
    line.say("#" * 20 + "......" + "#" + "." * 20)
    assert story(line.heard) == "SUWPE"
    assert line.heard[-1] == Ended(utterance(line.heard[3]))


def test_suspicion_alone_never_starts_anything() -> None:
    line = Line()
    assert line.say("?" * 500) == []


def test_suspicion_counts_once_it_is_confirmed_but_not_for_longer_than_doubt_lasts() -> None:
    line = Line()
    assert line.say("." * 50 + "??") == []
    assert line.say("#") == [Started(1_000 * MS)]
    other = Line()
    other.say("?" * 100)
    (started, sustained) = other.say("#")
    assert isinstance(started, Started)
    assert (2_020 - VadConfig().doubt_ms - 60) * MS <= started.at <= 2_000 * MS
    assert isinstance(sustained, Sustained)


def test_evidence_does_not_add_up_across_a_long_gap() -> None:
    line = Line()
    assert line.say("#....#....#....#....#") == []
    assert story(line.say("....#.##")) == "S"


def test_a_voice_that_never_ends_is_cut_and_goes_on_as_the_next() -> None:
    config = VadConfig(longest_ms=2_000)
    line = Line(config)
    line.say("." * 20 + "#" * 250 + "." * 25)
    assert story(line.heard) == "SUWCESUWCESUWCPE"
    ends = [utterance(signal) for signal in line.heard if isinstance(signal, Ended)]
    for earlier, later in pairwise(ends):
        assert earlier.start + len(earlier.pcm) // 32 * MS == later.start
    assert all(len(said.pcm) <= 2_000 * 32 for said in ends)
    assert sum(said.voiced for said in ends) == 250 * FRAME_US


def test_nothing_is_told_twice_when_speech_follows_at_once() -> None:
    line = Line()
    line.segmenter.wait(100 * MS)
    line.say("." * 20 + "#" * 20 + "." * 6 + "#" * 20 + "." * 6)
    first, second = (utterance(signal) for signal in line.heard if isinstance(signal, Ended))
    assert second.start == first.start + len(first.pcm) // 32 * MS


def test_patience_may_change_in_mid_silence() -> None:
    line = Line()
    line.say("#" * 20)
    line.segmenter.wait(1_200 * MS)
    assert story(line.say("." * 40)) == "P"
    line.segmenter.wait(600 * MS)
    assert story(line.say(".")) == "E"


def test_patience_goes_back_to_the_default() -> None:
    line = Line()
    line.segmenter.wait(10_000 * MS)
    line.say("#" * 20 + "." * 100)
    line.segmenter.wait(None)
    assert story(line.say(".")) == "E"


@pytest.mark.parametrize("patience", [0, -5, 20_000])
def test_impatience_still_pauses_first(patience: int) -> None:
    line = Line()
    line.segmenter.wait(patience)
    line.say("#" * 20 + "." * 5)
    assert story(line.heard) == "SUWPE"


def test_a_cough_is_told_with_how_little_voice_it_had() -> None:
    line = Line()
    line.say("#" * 5 + "." * 25)
    assert story(line.heard) == "SPE"
    assert utterance(line.heard[-1]).voiced == 100 * MS < VadConfig().min_voiced


def test_the_talk_of_others_costs_a_dip_and_is_told_as_no_voice() -> None:
    line = Line()
    line.say("~" * 60 + "." * 25)
    assert story(line.heard) == "SPE"
    assert utterance(line.heard[-1]).voiced == 0


def test_who_stands_out_of_the_talk_is_believed_from_the_onset_on() -> None:
    line = Line()
    line.say("." * 50 + "~" * 20)
    assert story(line.say("#")) == "UW"
    line.say("." * 25)
    said = utterance(line.heard[-1])
    assert (said.onset, said.voiced) == (1_000 * MS, 420 * MS)


def test_who_stood_out_once_need_not_do_so_again_after_a_pause() -> None:
    line = Line()
    line.say("#" * 20 + "." * 6 + "~" * 20 + "." * 25)
    assert story(line.heard) == "SUWPRCPE"
    assert utterance(line.heard[-1]).voiced == 800 * MS


def test_each_utterance_must_stand_out_for_itself() -> None:
    line = Line()
    line.say("#" * 20 + "." * 30 + "~" * 20 + "." * 30)
    assert story(line.heard) == "SUWPESPE"
    assert utterance(line.heard[-1]).voiced == 0


def test_the_signals_do_not_depend_on_how_the_audio_is_chunked() -> None:
    whole, pieces = Line(), Line()
    verdicts = "." * 20 + "#" * 30 + "." * 30
    whole.say(verdicts)
    pieces.script.coming = [VERDICTS[verdict] for verdict in verdicts]
    pcm = b"".join(number.to_bytes(2, "little") * 320 for number in range(len(verdicts)))
    for at in range(0, len(pcm), 333):
        pieces.heard.extend(pieces.segmenter.feed(AudioFrame(pcm[at : at + 333], 16_000, at // 2 * 1_000 // 16)))
    assert pieces.heard == whole.heard


spans = st.builds(
    lambda edges, sure, near: Verdict(min(edges) * 80, max(edges) * 80, sure, near),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.booleans(),
    st.booleans(),
)
runs = st.tuples(st.one_of(st.just(SILENCE), st.just(VERDICTS["#"]), spans), st.integers(1, 40))
waits = st.one_of(st.none(), st.integers(0, 1_500 * MS))


@settings(deadline=None)
@given(st.lists(st.one_of(runs, waits), max_size=40))
def test_whatever_is_heard_the_signals_are_in_order_and_true(steps: list[tuple[Verdict, int] | int | None]) -> None:
    line = Line(VadConfig(longest_ms=3_000))
    for step in steps:
        if isinstance(step, tuple):
            line.say([step[0]] * step[1])
        else:
            line.segmenter.wait(step)
    assert re.fullmatch(r"((S(U?W?C?)(PR(U?W?C?))*P?E)*)(S(U?W?C?)(PR(U?W?C?))*P?)?", story(line.heard)), story(
        line.heard
    )
    times: list[int] = []
    paused: Utterance | None = None
    before = 0
    for signal in line.heard:
        match signal:
            case Paused(said) | Ended(said):
                assert said.start <= said.onset <= said.end
                assert 0 <= said.voiced <= said.end - said.onset
                assert said.end <= said.start + len(said.pcm) // 32 * MS <= line.frames * FRAME_US
                assert said.start >= before
                if isinstance(signal, Ended):
                    assert paused is None or said is paused
                    before = said.start + len(said.pcm) // 32 * MS
                    paused = None
                else:
                    paused = said
                times.append(said.end)
            case Started(at) | Sustained(at) | Claimed(at) | Resumed(at):
                paused = None
                times.append(at)
        assert all(type(time) is int for time in times)
    assert times == sorted(times)


def test_what_is_left_of_a_silence_is_known_within_the_last_frame_of_it() -> None:
    line = Line(VadConfig(patience_ms=310))
    line.say("." * 50 + "#" * 19 + "#")
    assert line.segmenter.left_us() is None
    line.say("...")
    assert line.segmenter.left_us() == FRAME_US
    (paused,) = line.segmenter.lapse()
    assert isinstance(paused, Paused) and line.segmenter.left_us() is None
    assert line.say("." * 12) == []
    assert line.segmenter.left_us() == 10 * MS
    assert line.segmenter.lapse() == [Ended(paused.utterance)]
    assert line.segmenter.left_us() is None and line.segmenter.lapse() == []
    assert line.say("..") == []


def test_a_patience_that_has_passed_leaves_nothing_to_wait_for() -> None:
    line = Line()
    line.say("." * 50 + "#" * 20 + "." * 10)
    line.segmenter.wait(100 * MS)
    assert line.segmenter.left_us() == 0
    assert story(list(line.segmenter.lapse())) == "E"


def test_a_voice_that_may_just_be_coming_back_is_waited_for() -> None:
    line = Line(VadConfig(patience_ms=300))
    line.say("." * 50 + "#" * 20 + "." * 13 + "?")
    assert line.segmenter.left_us() is None and line.segmenter.lapse() == []
