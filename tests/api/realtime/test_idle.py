import asyncio

from api.realtime.idle import IdleTimeout
from api.wire.realtime_session import open_session
from pipeline.events import SpeechStarted, TurnSettled
from tests.support.clock import run_virtual


def rings(
    *, idle_ms: int | None, unplayed_us: int = 0, interrupted: bool = False, outcome: str = "heard"
) -> list[float]:
    """Seconds after the end of a reply at which it rang, of ten."""
    session = open_session("s", "m")
    detection = {"type": "server_vad", "idle_timeout_ms": idle_ms}
    session.update({"type": "realtime", "audio": {"input": {"turn_detection": detection}}})

    async def main() -> list[float]:
        loop, rang = asyncio.get_running_loop(), list[float]()
        began = loop.time()
        idle = IdleTimeout(session, lambda: unplayed_us, lambda: rang.append(round(loop.time() - began, 3)))
        idle.observe(TurnSettled(1, outcome, ()))
        await asyncio.sleep(1)
        if interrupted:
            idle.observe(SpeechStarted(1))
        await asyncio.sleep(9)
        idle.stop()
        return rang

    return run_virtual(main())


def test_it_rings_once_when_the_silence_after_the_last_sound_is_long_enough() -> None:
    assert rings(idle_ms=3_000, unplayed_us=250_000) == [3.25]


def test_it_does_not_ring_when_somebody_speaks_or_nobody_asked_for_it() -> None:
    assert rings(idle_ms=3_000, interrupted=True) == []
    assert rings(idle_ms=None) == []
    assert rings(idle_ms=3_000, outcome="nothing") == []
