"""A recording as a caller, on virtual time."""

import itertools

import numpy as np

from api.transports.file import RecordedLine
from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import CallClock
from pipeline.events import CallStarted
from pipeline.flow import AudioFrame
from pipeline.pcm import EAR_RATE
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, says, voice

LOUD = np.full(EAR_RATE, 5000, np.int16)
PAUSE = np.zeros(EAR_RATE, np.int16)


async def heard(line: RecordedLine, agent_s: float = 0.0) -> list[AudioFrame]:
    """All frames, from an agent that speaks for so long at the beginning."""
    speech = bytearray(voice(round(agent_s * 1e6)))

    def pull(count: int) -> bytes | None:
        taken = bytes(speech[: count * 2])
        del speech[: count * 2]
        return taken.ljust(count * 2, b"\0") if taken else None

    await line.up()
    line.attach(pull)
    return [frame async for frame in line.frames()]


def loud(frames: list[AudioFrame]) -> list[float]:
    """Seconds at which the recording was heard."""
    return [frame.at / 1e6 for frame in frames if any(frame.pcm)]


def test_frames_follow_each_other_without_a_gap() -> None:
    frames = run_virtual(heard(RecordedLine(LOUD, at_once=True)))
    assert [frame.at for frame in frames] == [20_000 * index for index in range(len(frames))]
    assert all(len(frame.pcm) == 640 and frame.rate == EAR_RATE for frame in frames)
    assert len(loud(frames)) == 50


def test_the_caller_lets_the_agent_greet_them_first() -> None:
    greeted = loud(run_virtual(heard(RecordedLine(LOUD), agent_s=2.0)))
    assert 2.4 < greeted[0] < 2.6
    at_once = loud(run_virtual(heard(RecordedLine(LOUD, at_once=True), agent_s=2.0)))
    assert at_once[0] == 0.0


def test_a_caller_who_is_not_greeted_speaks_anyway() -> None:
    assert 3.5 < loud(run_virtual(heard(RecordedLine(LOUD))))[0] < 5


def test_turns_are_kept_apart_while_the_agent_is_busy() -> None:
    line = RecordedLine(np.concatenate([LOUD, PAUSE, LOUD]), turns=True, at_once=True)
    waits = iter([True] * 200)
    line.is_busy = lambda: next(waits, False)
    times = loud(run_virtual(heard(line)))
    second = next(later for earlier, later in itertools.pairwise(times) if later - earlier > 0.5)
    assert second > 1 + 1 + 3


def test_both_sides_are_kept_in_step() -> None:
    line = RecordedLine(LOUD, at_once=True)
    run_virtual(heard(line, agent_s=0.5))
    caller, agent = line.both()
    assert caller.size == agent.size and abs(caller.size / 24_000 - line.seconds) < 0.02
    assert np.abs(caller[6_000:18_000]).min() > 4000
    assert np.abs(agent[:11_000]).min() > 4000 and not agent[12_500:].any()
    assert line.length == 1.0


def test_a_whole_call_runs_over_it_and_ends_when_the_recording_does() -> None:
    async def main() -> tuple[str, RecordedLine]:
        line = RecordedLine(np.concatenate([PAUSE, LOUD]), at_once=True)
        bus = Bus("call", CallClock.start())
        ear = ScriptedEar(says(1_000_000, 2_000_000))
        call = Call(line, ear, ScriptedAgent("Fine."), bus, CallStarted("a", "b", line.name, 0))
        line.is_busy = lambda: call.floor.holder.value not in ("nobody", "over")
        return await call.run(), line

    reason, line = run_virtual(main())
    assert reason == "caller_left"
    _, agent = line.both()
    assert np.abs(agent[round(2.6 * 24_000) :]).max() > 4000
