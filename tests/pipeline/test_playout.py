"""The way out, to the sample."""

import array
import asyncio
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

from pipeline.channel import Channel
from pipeline.clock import CallClock
from pipeline.events import AudioBegan, Event
from pipeline.flow import Sentence, Source, SpeechChunk
from pipeline.pcm import peak
from pipeline.playout import DUCKED, FADE, Playout
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.clock import run_virtual
from tests.support.line import shown

FRAME = 480
LOUD = 10_000


def pcm(count: int, value: int = LOUD) -> bytes:
    return array.array("h", [value] * count).tobytes()


def sentence(unit: int = 0, guarded: bool = False) -> Sentence:
    return Sentence(unit, "one two three four", "one two three four", Source.MODEL, guarded)


class Stage:
    """A playout with one turn in it, and what was told of both."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.guards: list[bool] = []
        self.playout = Playout(CallClock.start().now, self.guards.append)
        self.turn = Turn(1, Cause.UTTERANCE, None, self.told.append)
        self.inbox: Channel[SpeechChunk] = Channel(64)
        self.task: asyncio.Task[None]

    async def say(self, *chunks: SpeechChunk, done: bool = True) -> None:
        for chunk in chunks:
            self.inbox.offer(chunk)
        if done:
            self.inbox.close()
        await shown()

    def pulled(self, frames: int) -> list[int | None]:
        """The loudest sample of each frame, None for silence."""
        return [None if pcm is None else peak(pcm) for pcm in (self.playout.pull(FRAME) for _ in range(frames))]


def on_stage(story: Callable[[Stage], Coroutine[Any, Any, None]], committed: bool = True) -> Stage:
    async def main() -> Stage:
        stage = Stage()
        if committed:
            stage.turn.commit()
        async with asyncio.TaskGroup() as scope:
            stage.task = scope.create_task(stage.playout.play(stage.turn, stage.inbox))
            await shown()
            await story(stage)
            stage.task.cancel()
        return stage

    return run_virtual(main())


def test_nothing_is_heard_before_the_commit_and_all_of_it_after() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 2), last=True))
        assert stage.pulled(3) == [None, None, None] and stage.told == []
        stage.turn.commit()
        await shown()
        assert stage.pulled(3) == [LOUD, LOUD, None]
        await shown()
        assert stage.task.done()

    assert on_stage(story, committed=False).told == [AudioBegan(1, 0, "model")]


def test_a_frame_runs_over_the_border_of_two_units_and_is_padded_at_the_end() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(0), pcm(300), last=True), SpeechChunk(sentence(1), pcm(300), last=True))
        first, second = stage.playout.pull(FRAME), stage.playout.pull(FRAME)
        assert first is not None and second is not None
        assert len(first) == len(second) == FRAME * 2
        assert peak(first) == LOUD and peak(second[120 * 2 :]) == 0

    assert [event.unit for event in on_stage(story).told if isinstance(event, AudioBegan)] == [0, 1]


def test_ducking_turns_down_and_resuming_turns_up_again_without_a_step() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 10), last=True))
        stage.pulled(1)
        stage.playout.duck()
        ramp = array.array("h", stage.playout.pull(FRAME) or b"")
        assert ramp[0] == LOUD and all(a >= b for a, b in itertools.pairwise(ramp))
        assert stage.pulled(1) == [int(LOUD * DUCKED)]
        stage.playout.resume()
        ramp = array.array("h", stage.playout.pull(FRAME) or b"")
        assert ramp[0] == int(LOUD * DUCKED) and ramp[-1] > LOUD * 0.9
        assert stage.pulled(1) == [LOUD]

    on_stage(story)


def test_a_held_reply_goes_on_from_the_held_sample() -> None:
    async def story(stage: Stage) -> None:
        numbered = array.array("h", [1000 + n for n in range(FRAME * 4)]).tobytes()
        await stage.say(SpeechChunk(sentence(), numbered, last=True))
        stage.pulled(1)
        stage.playout.hold()
        fading = array.array("h", stage.playout.pull(FRAME) or b"")
        assert fading[0] >= 1000 + FRAME - 1 and fading[FADE - 1] < 20 and not any(fading[FADE:])
        assert stage.pulled(3) == [None, None, None]
        stage.playout.resume()
        rising = array.array("h", stage.playout.pull(FRAME) or b"")
        assert rising[0] == 0 and rising[-1] > 2000
        last = array.array("h", stage.playout.pull(FRAME) or b"")
        assert rising[FADE] == 1000 + FRAME + FADE + FADE, "nothing is lost but the eight milliseconds of the fade"
        assert last[0] == 1000 + FRAME * 2 + FADE

    on_stage(story)


def test_a_cut_takes_effect_with_the_next_frame_and_tells_what_was_heard() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 4), last=True))
        stage.pulled(3)
        (unit,) = stage.playout.cut(1, lambda: FRAME)
        assert (unit.made_us, unit.sent_us, unit.heard_us) == (80_000, 60_000, 40_000)
        assert unit.heard == "one two" and not unit.complete
        assert stage.pulled(2) == [None, None]
        await shown()
        assert stage.task.done()

    on_stage(story)


def test_a_late_chunk_of_a_cut_turn_has_nowhere_to_go() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 2)), done=False)
        stage.playout.cut(1, lambda: 0)
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 2), last=True))
        assert stage.pulled(3) == [None, None, None]

    on_stage(story)


def test_a_cut_of_another_generation_changes_nothing() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(), pcm(FRAME), last=True))
        assert stage.playout.cut(2, lambda: 0) == ()
        assert stage.pulled(1) == [LOUD]

    on_stage(story)


def test_the_stages_wait_when_enough_is_buffered() -> None:
    async def story(stage: Stage) -> None:
        second = pcm(24_000)
        await stage.say(*(SpeechChunk(sentence(), second) for _ in range(5)))
        assert len(stage.inbox) == 3
        stage.pulled(45)
        await shown()
        assert len(stage.inbox) == 2

    on_stage(story)


def test_a_guarded_unit_lets_go_at_four_fifths() -> None:
    async def story(stage: Stage) -> None:
        await stage.say(SpeechChunk(sentence(guarded=True), pcm(FRAME * 10), last=True))
        stage.pulled(7)
        assert stage.guards == [True]
        stage.pulled(1)
        assert stage.guards == [True, False]

    on_stage(story)


def test_a_filler_is_said_at_once_but_never_into_the_agents_own_words() -> None:
    async def story(stage: Stage) -> None:
        filler = SpeechChunk(Sentence(-1, "One moment.", "One moment.", Source.FILLER), pcm(FRAME, 5_000), last=True)
        stage.playout.interject(stage.turn, filler)
        assert stage.pulled(2) == [5_000, None]
        await stage.say(SpeechChunk(sentence(), pcm(FRAME), last=True))
        stage.playout.interject(stage.turn, filler)
        assert stage.pulled(2) == [LOUD, None]

    on_stage(story)


def test_a_filler_waits_for_the_commit_like_everything_else() -> None:
    async def story(stage: Stage) -> None:
        stage.playout.interject(stage.turn, SpeechChunk(sentence(), pcm(FRAME), last=True))
        assert stage.pulled(1) == [None]

    on_stage(story, committed=False)


def test_a_hold_that_comes_before_the_first_sound_lets_nothing_slip_out() -> None:
    async def story(stage: Stage) -> None:
        await shown()
        stage.playout.hold()
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 3), last=True))
        assert stage.pulled(3) == [None, None, None]
        assert not [event for event in stage.told if isinstance(event, AudioBegan)]
        stage.playout.resume()
        assert len([loud for loud in stage.pulled(3) if loud]) == 3

    on_stage(story)


def test_a_hold_that_comes_before_the_turn_has_begun_to_play_holds_it_too() -> None:
    async def story(stage: Stage) -> None:
        stage.playout.hold()
        await stage.say(SpeechChunk(sentence(), pcm(FRAME * 3), last=True))
        assert stage.pulled(2) == [None, None]
        assert stage.playout.cut(1, lambda: 0)[0].sent_us == 0
        assert not stage.playout.is_holding

    on_stage(story)


def test_a_turn_that_never_played_leaves_no_hold_behind() -> None:
    async def main() -> None:
        playout = Playout(CallClock.start().now)
        for end in (lambda: playout.cut(1, lambda: 0), lambda: playout.settle(1)):
            playout.hold()
            assert end() == () and not playout.is_holding

    run_virtual(main())


def test_what_the_line_takes_back_may_be_more_than_the_last_unit() -> None:
    async def story(stage: Stage) -> None:
        first, second = (
            SpeechChunk(sentence(0), pcm(FRAME * 3), last=True),
            SpeechChunk(sentence(1), pcm(FRAME), last=True),
        )
        await stage.say(first, second)
        stage.pulled(4)
        heard = [unit.heard_us for unit in stage.playout.cut(1, lambda: FRAME * 2)]
        assert heard == [40_000, 0]

    on_stage(story)


def test_a_hold_that_ended_before_the_first_sound_leaves_it_at_full_volume() -> None:
    async def story(stage: Stage) -> None:
        await shown()
        stage.playout.hold()
        stage.playout.resume()
        await stage.say(SpeechChunk(sentence(), pcm(FRAME), last=True))
        pulled = stage.playout.pull(FRAME)
        assert pulled == pcm(FRAME)

    on_stage(story)
