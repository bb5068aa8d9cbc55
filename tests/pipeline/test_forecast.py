"""When the answer may be expected."""

import asyncio

from pipeline.events import (
    AudioBegan,
    Envelope,
    Event,
    ModelAnswered,
    ModelAsked,
    SentenceReady,
    SynthesisStarted,
    ToolStarted,
    Transcribed,
    TurnBegan,
)
from pipeline.forecast import KEPT, Forecast, Paces
from tests.support.clock import run_virtual

MS = 1000
BEGAN, HEARD, ASKED = TurnBegan(1, "utterance", False, 0), Transcribed(1, "hi"), ModelAsked(1, "m")
ANSWERED, READY, SOUND = ModelAnswered(1), SentenceReady(1, 0, "Hi.", "Hi.", "model"), SynthesisStarted(1, 0, False)


class Told:
    """A forecast, told facts at given times; `at` is now, in milliseconds."""

    def __init__(self, paces: Paces | None = None) -> None:
        self.at = 0
        self.paces = paces or Paces()
        self.forecast = Forecast(self.paces, lambda: self.at * MS)

    def tell(self, at: int, event: Event) -> None:
        self.at = at
        self.forecast.observe(Envelope("call", 1, at * MS, event))

    def turn(self, *facts: tuple[int, Event]) -> "Told":
        for at, event in facts:
            self.tell(at, event)
        return self

    def due(self) -> int | None:
        due = self.forecast.due_us()
        return None if due is None else due // MS


WHOLE = ((100, BEGAN), (500, HEARD), (501, ASKED), (901, ANSWERED), (951, READY), (1251, SOUND))


def test_nothing_is_expected_before_anything_is_known() -> None:
    assert Told().due() is None and Told().turn((100, BEGAN)).due() is None


def test_what_the_stages_took_lately_is_what_is_expected() -> None:
    paces = Told().turn(*WHOLE).paces
    told = Told(paces).turn((100, BEGAN))
    assert told.due() == 400 + 400 + 50 + 300
    told.at = 300
    assert told.due() == 200 + 400 + 50 + 300
    assert told.turn((400, HEARD)).due() == 750
    assert told.turn((401, ASKED)).due() == 750
    assert told.turn((700, ANSWERED)).due() == 350
    assert told.turn((720, READY)).due() == 300
    assert told.turn((900, SOUND)).due() == 0


def test_a_stage_that_takes_longer_than_ever_is_expected_to_take_as_long_again() -> None:
    told = Told(Told().turn(*WHOLE).paces).turn((100, BEGAN))
    told.at = 700
    assert told.due() == 600 + 750


def test_the_rest_of_a_late_stage_is_judged_by_the_late_ones() -> None:
    paces = Paces()
    for us in (100, 100, 100, 900):
        paces.note("llm", us)
    assert paces.usual_us("llm") == 100 and paces.left_us("llm", 300) == 600
    for _ in range(KEPT):
        paces.note("llm", 50)
    assert paces.left_us("llm", 60) == 60 and paces.usual_us("tts") is None is paces.left_us("tts", 1)


def test_a_clip_and_a_tool_are_no_measure_of_a_provider() -> None:
    told = Told().turn((100, BEGAN), (500, HEARD), (510, READY), (511, SynthesisStarted(1, 0, True)))
    assert told.paces.usual_us("tts") is None and told.forecast.stage == "ready"
    told.turn((600, BEGAN), (900, HEARD), (901, ASKED), (1300, ANSWERED), (1305, ToolStarted(1, "t", "n", "{}", False)))
    assert told.paces.usual_us("clause") is None and told.forecast.stage == "tool"
    assert told.turn((1400, ASKED)).forecast.stage == "llm"


def test_another_turns_facts_do_not_move_this_one() -> None:
    told = Told().turn((100, BEGAN), (110, Transcribed(7, "old")))
    assert told.forecast.stage == "stt"
    assert told.turn((120, AudioBegan(1, -1, "filler"))).forecast.stage == "stt"
    assert told.turn((130, AudioBegan(1, 0, "model"))).forecast.stage == "ready"


def test_silence_counts_from_the_callers_last_sound() -> None:
    told = Told().turn((100, TurnBegan(1, "utterance", False, 20 * MS)))
    told.at = 400
    assert told.forecast.silent_us() == 380 * MS
    told.turn((500, TurnBegan(2, "greeting", True, None)))
    assert told.forecast.silent_us() == 0


def test_whoever_waits_is_told_of_the_next_stage() -> None:
    async def main() -> None:
        told = Told().turn((100, BEGAN))
        waiting = asyncio.ensure_future(told.forecast.moved())
        await asyncio.sleep(0)
        assert not waiting.done()
        told.tell(200, HEARD)
        await waiting

    run_virtual(main())
