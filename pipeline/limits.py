"""What one call may take: durations, silences and failures."""

from dataclasses import dataclass

from pipeline.clock import MICROS


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may take, in microseconds unless said otherwise."""

    line_up_us: int = 15 * MICROS
    longest_us: int = 15 * 60 * MICROS
    """Counted from the line's start, and after a hand-off from there."""
    ever_us: int | None = None
    """Counted from the line's start, however often the call is handed on; None: nothing but `longest_us`."""
    warning_us: int = 60 * MICROS
    """How long before the longest duration the caller is told that the call is coming to its end; 0: never."""
    reprompts_us: tuple[int, ...] = (12 * MICROS, 25 * MICROS)
    """Silences of both sides after which the agent asks again, each counted from the last activity."""
    silence_us: int = 40 * MICROS
    """Silence, counted from there too, after which the call is ended."""
    filler_us: int = 1_600_000
    """Silence after the caller's turn that is bridged by a filler; each further one waits a second longer.

    Under the laws of 2026 an answer needs about 1.7 s, and a filler shortly before it only puts it off:
    `python -m benchmarks.strategies`.
    """
    fillers: int = 3
    silent_us: int = 2_600_000
    """Silence after which the turn is given up: the caller hears an apology."""
    ask_us: int = 2 * MICROS
    """How long the agent may be held while it is found out what the caller meant."""
    failures: int = 3
    """Turns in a row that may fail before the call is ended."""
    close_us: int = 3 * MICROS


DEFAULTS = Limits()
