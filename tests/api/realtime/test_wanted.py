"""What clients want of a turn: typed words, how it is read, and what breaks it off."""

from api.realtime.apart import Aside
from api.realtime.wanted import MOST_TYPED, Hint, Wanted
from api.wire.realtime_hearing import HearingTeller
from api.wire.realtime_session import open_session
from api.wire.realtime_story import AnswerBegun, BrokenOff, Reply, Story, TextWritten
from pipeline.signals import Cause
from pipeline.turn import Turn


class House:
    def __init__(self) -> None:
        self.story = Story("call_1", open_session("s", "m"))
        self.told: list[Hint] = []
        self.wanted = Wanted(self.story, HearingTeller(self.story), self.told.append, lambda: None)


def test_what_was_typed_is_given_out_once_and_bounded() -> None:
    house = House()
    for number in range(MOST_TYPED + 1):
        house.wanted.write_down(str(number))
    assert house.wanted.typed().split()[0] == "1"
    assert house.wanted.typed() == ""


def test_what_no_fact_tells_is_told_of_turns_and_noted_in_responses_out_of_band() -> None:
    house, aside = House(), Aside(Reply(None, True), lambda _: None)
    turn = Turn(1, Cause.UTTERANCE, None, lambda _: None)
    for one in (turn, aside):
        house.wanted.begun(one)
        house.wanted.stopped(one, "length")
    house.wanted.write(turn, "Hi")
    assert house.told == [AnswerBegun(1), BrokenOff(1, "max_output_tokens"), TextWritten(1, "Hi")]
    assert aside.reply.broken_off == "max_output_tokens"
    aside.reply.modality = "text"
    assert house.wanted.is_written(aside) and not house.wanted.is_written(turn)
