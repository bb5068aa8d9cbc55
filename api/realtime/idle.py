"""The idle timeout of a session: nobody has spoken for a while after the agent did, and the agent speaks again."""

import asyncio
from collections.abc import Callable

from api.wire.realtime_fields import ServerVad
from api.wire.realtime_session import Session
from pipeline.clock import MICROS
from pipeline.events import CallEnded, Event, SpeechStarted, TurnBegan, TurnSettled


class IdleTimeout:
    """Told of every fact. `unplayed_us`: what the client has still to play; `rang` is called with nobody speaking."""

    def __init__(self, session: Session, unplayed_us: Callable[[], int], rang: Callable[[], None]) -> None:
        self._session = session
        self._unplayed_us = unplayed_us
        self._rang = rang
        self._timer: asyncio.TimerHandle | None = None

    def observe(self, event: Event) -> None:
        match event:
            case TurnSettled(_, "heard"):
                self._start()
            case SpeechStarted() | TurnBegan() | CallEnded():
                self.stop()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self) -> None:
        self.stop()
        detection = self._session.input.turn_detection
        if not isinstance(detection, ServerVad) or detection.idle_timeout_ms is None:
            return
        seconds = detection.idle_timeout_ms / 1000 + self._unplayed_us() / MICROS
        self._timer = asyncio.get_running_loop().call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._rang()
