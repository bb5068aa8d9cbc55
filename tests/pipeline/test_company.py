"""Never silent."""

import asyncio

import pytest

from pipeline.clock import CallClock
from pipeline.company import keep_company
from pipeline.errors import ProviderTimeout
from pipeline.limits import Limits
from pipeline.playout import Playout
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent


def watched(seconds: float, committed: bool = True, ours: bool = True, cause: Cause = Cause.UTTERANCE) -> list[int]:
    """The tenths of a second in which something was said in `seconds` of a turn that says nothing by itself."""

    async def main() -> list[int]:
        turn = Turn(1, cause, None, lambda event: None)
        playout = Playout(CallClock.start().now)
        if committed:
            turn.commit()
        said: list[int] = []
        async with asyncio.TaskGroup() as scope:
            watch = scope.create_task(keep_company(turn, playout, ScriptedAgent(), Limits(), lambda: ours))
            for tenth in range(round(seconds * 10)):
                for _ in range(5):
                    said += [tenth] if playout.pull(480) is not None else []
                    await asyncio.sleep(0.02)
            watch.cancel()
        return said

    return run_virtual(main())


def test_a_long_wait_is_bridged() -> None:
    said = watched(3)
    assert 15 <= said[0] <= 17


def test_a_wait_that_is_too_long_is_given_up() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        watched(30)
    assert isinstance(caught.value.exceptions[0], ProviderTimeout)


def test_nobody_is_hurried_while_the_caller_may_still_speak() -> None:
    assert watched(30, committed=False) == []
    assert watched(30, ours=False) == []


def test_a_greeting_has_no_filler() -> None:
    assert watched(2, cause=Cause.GREETING) == []
