"""The event loop of the service: libuv's where it is installed, with a clock that is exact, and a calmer collector.

Together they took the processor time of a call-minute at eighty calls on one core from 0.78 s to 0.61 s, in one run
each (`make bench BENCH=capacity`).
"""

import asyncio
import gc
import time

try:
    import uvloop
except ImportError:  # it is not made for Windows

    def new_loop() -> asyncio.AbstractEventLoop:
        """An event loop."""
        return asyncio.new_event_loop()

else:

    class _Loop(uvloop.Loop):
        # libuv's own clock stands still within an iteration and counts whole milliseconds; calls need better. It is
        # asked many thousand times a second.
        time = staticmethod(time.monotonic)

    def new_loop() -> asyncio.AbstractEventLoop:
        """An event loop."""
        return _Loop()


YOUNG = 10_000
"""Objects made before the collector looks at the young ones: a call's turn makes some thousands, and all of them die by
themselves."""
MIDDLE, OLD = 4, 10
"""Looks at the young before the middle-aged are looked at too, and so on to the old. A look takes as long as there are
objects to look at, and nobody is heard meanwhile. 40 000 take some milliseconds; twenty looks' 200 000 took 0.3 s on a
busy machine."""


def settle() -> None:
    """Start-up is over: what lives as long as the process is not looked at again, and the rest more rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
