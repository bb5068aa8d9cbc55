"""What has ended leaves nothing for the garbage collector to find.

A call is a web: its parts call back into it, and a cancelled task, its error and the frames that the error went through
hold one another. Left alone, some hundred ended calls (with the audio of their last turns) wait for the collector,
which then holds everybody else's audio up for a third of a second. So an ended call and a cancelled turn cut the web
themselves, and are freed on the spot.
"""

import traceback
from collections.abc import Coroutine
from types import TracebackType


def let_go(*ended: object) -> None:
    """Take all that they refer to from objects that nobody uses any more."""
    for one in ended:
        vars(one).clear()


class Untangled:
    """`with Untangled():` an error that leaves it takes no variables along; its traceback still names the lines."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        if at is not None:
            traceback.clear_frames(at)


async def untangled(work: Coroutine[object, object, None]) -> None:
    """What a task does that is cancelled as a rule."""
    with Untangled():
        await work
