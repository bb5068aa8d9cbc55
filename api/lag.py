"""How late the event loop is: the one figure that says whether a process holds too many calls."""

import asyncio
from collections import deque

from api.observers.metrics import Metrics

EVERY_SECONDS = 0.25
WORST_OF = 20
"""Five seconds."""


async def measure_lag(metrics: Metrics) -> None:
    """Until cancelled."""
    loop = asyncio.get_running_loop()
    recent: deque[float] = deque(maxlen=WORST_OF)
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        late = max(0.0, loop.time() - due)
        recent.append(late)
        metrics.loop_lag.observe(late)
        metrics.loop_lag_worst.set(max(recent))
