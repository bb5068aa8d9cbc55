"""What is loud is told at once, and taken back if it was no voice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.signals import Allayed, Suspected
from vad.alarm import LEARNING_MS, Alarm
from vad.config import PER_MS, VadConfig
from vad.verdict import UNREMARKABLE_DB

FRAME = 20
CONFIG = VadConfig()
LEVELS = {"#": 15.0, "+": 1.0, "-": -2.0, "^": 25.0, ".": UNREMARKABLE_DB}
"""dB above the noise: clearly, barely, not quite, louder than clearly, not at all."""


class Ear:
    def __init__(self) -> None:
        self.alarm = Alarm(CONFIG)
        self.at = 0

    def hear(self, frames: str) -> list[tuple[int, str]]:
        """The milliseconds and the names of what is said."""
        said = []
        for frame in frames:
            self.at += FRAME
            alarm = self.alarm.hear(LEVELS[frame], self.at * PER_MS)
            if alarm is not None:
                said.append((self.at, {Suspected: "!", Allayed: "?"}[alarm]))
        return said


def later() -> Ear:
    ear = Ear()
    assert not ear.hear("." * (LEARNING_MS // FRAME + 1))
    return ear


def test_two_frames_of_what_is_clearly_a_sound_are_enough() -> None:
    ear = later()
    began = ear.at
    assert ear.hear("##") == [(began + 40, "!")]


def test_what_is_barely_a_sound_has_to_last_longer() -> None:
    ear = later()
    began = ear.at
    assert ear.hear("++++") == [(began + 60, "!")]


def test_what_is_short_or_scattered_raises_nothing() -> None:
    assert not later().hear(("#." * 2 + "....") * 50 + "-" * 5 + "......#.....+.+.+")


def test_what_goes_on_unconfirmed_is_taken_back_in_time() -> None:
    ear = later()
    began = ear.at
    assert ear.hear("#" * 17) == [(began + 40, "!"), (began + 40 + CONFIG.allayed_ms, "?")]


def test_what_stops_is_taken_back_sooner() -> None:
    ear = later()
    began = ear.at
    assert ear.hear("##" + "." * 20) == [(began + 40, "!"), (began + 40 + CONFIG.faded_ms, "?")]


def test_what_is_no_louder_than_a_false_alarm_has_to_last_longer_each_time_for_longer() -> None:
    ear = later()
    keys = "##" + "." * 28
    times = [at for at, said in ear.hear(keys * 300) if said == "!"]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == sorted(gaps) and gaps[0] >= CONFIG.mistrust_ms
    assert CONFIG.most_mistrust_ms <= gaps[-1] < CONFIG.most_mistrust_ms + 2 * len(keys) * FRAME
    began = ear.at
    assert [at - began for at, said in ear.hear("####") if said == "!"] == [60]


def test_what_is_louder_than_the_false_alarm_is_suspected_as_soon_as_ever() -> None:
    ear = later()
    ear.hear("##" + "." * 20)
    assert not ear.hear("##" + "." * 20)
    began = ear.at
    assert ear.hear("^^") == [(began + 40, "!")]


def test_a_voice_earns_the_trust_back() -> None:
    ear = later()
    ear.hear("##" + "." * 20)
    ear.alarm.confirm()
    assert len(ear.hear("##")) == 1


def test_nothing_is_suspected_before_the_noise_is_known() -> None:
    assert not Ear().hear("#" * (LEARNING_MS // FRAME - 1))


@given(st.text(alphabet="#+-^.", max_size=400))
def test_silence_need_not_be_heard_while_the_alarm_is_at_rest(frames: str) -> None:
    told = Ear()
    heard = told.hear(frames)
    spared, said = Ear(), []
    for frame in frames:
        if frame == "." and spared.alarm.is_at_rest:
            spared.at += FRAME
        else:
            said += spared.hear(frame)
    assert said == heard
