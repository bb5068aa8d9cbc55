"""The log: one line a fact that an operator asks for, and never a word that was said.

Fields are numbers and codes. What a caller said, what the agent said, what tools were given and gave back is in the
record and nowhere else; the message of an exception may repeat such words, so it is shown at level `debug` only.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import ParleyError
from pipeline.events import (
    AudioLost,
    BudgetBreached,
    CallEnded,
    CallStarted,
    Envelope,
    ProviderFellBack,
    ProviderHedged,
    ProviderRetried,
    SpeculationChanged,
    StateEntered,
    ToolFinished,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UtteranceDropped,
)

log = logging.getLogger("parley.call")

QUIET = (
    "httpx",
    "httpcore",
    "httpx2",
    "httpcore2",
    "openai",
    "aiohttp",
    "aiortc",
    "aioice",
    "alembic",
    "sqlalchemy",
    "asyncio",
    "hpack",
)
"""Libraries that log requests, and with them words, at levels below warning."""


class Log:
    """An observer of every bus."""

    def observe(self, envelope: Envelope) -> None:
        told = tell(envelope)
        if told is not None:
            level, message, fields = told
            log.log(level, message, extra={"call": envelope.call, "at_ms": envelope.at // 1000, **fields})


def tell(envelope: Envelope) -> tuple[int, str, dict[str, Any]] | None:
    """Level, message and fields of the line; None for facts that the log leaves to the record."""
    match envelope.event:
        case CallStarted(agent, _, transport):
            return logging.INFO, "call started", {"agent": agent, "transport": transport}
        case CallEnded(reason):
            return logging.INFO, "call ended", {"reason": reason}
        case TurnSettled(generation, outcome):
            return logging.INFO, "turn settled", {"turn": generation, "outcome": outcome}
        case TurnCut(generation, why, committed) if committed:
            return logging.INFO, "turn cut", {"turn": generation, "why": why}
        case TurnFailed(generation, stage, code):
            return logging.ERROR, "turn failed", {"turn": generation, "stage": stage, "code": code}
        case ProviderRetried(generation, stage, code, attempt):
            fields = {"turn": generation, "stage": stage, "code": code, "attempt": attempt}
            return logging.WARNING, "provider retried", fields
        case ProviderFellBack(generation, stage, code, model):
            fields = {"turn": generation, "stage": stage, "code": code, "model": model}
            return logging.WARNING, "provider fell back", fields
        case ProviderHedged(generation, stage, model, outcome, after_ms):
            fields = {"turn": generation, "stage": stage, "model": model, "outcome": outcome, "after_ms": after_ms}
            return logging.INFO, "provider hedged", fields
        case BudgetBreached(generation, slice, limit_ms, measured_ms, stage):
            fields = {"turn": generation, "slice": slice, "limit_ms": limit_ms, "ms": measured_ms, "stage": stage}
            return logging.WARNING, "budget breached", fields
        case SpeculationChanged(speculate, scope, percent):
            fields = {"speculate": speculate, "scope": scope, "wasted_percent": percent}
            return logging.WARNING, "speculation changed", fields
        case UtteranceDropped(why, _, voiced_us):
            return logging.INFO, "utterance dropped", {"why": why, "voiced_ms": voiced_us // 1000}
        case AudioLost(lost_us, why):
            return logging.WARNING, "audio lost", {"lost_ms": lost_us // 1000, "why": why}
        case ToolFinished(generation, _, name, outcome):
            return logging.INFO, "tool finished", {"turn": generation, "tool": name, "outcome": outcome}
        case StateEntered(generation, state):
            return logging.DEBUG, "state entered", {"turn": generation, "state": state}
        case _:
            return None


_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What was given as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _PLAIN}


class Formatter(logging.Formatter):
    """A line for people (`text`) or for machines (`json`)."""

    def __init__(self, shape: str, with_messages: bool) -> None:
        super().__init__()
        self._shape = shape
        self._with_messages = with_messages

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        raised = record.exc_info[1] if record.exc_info else None
        trace = _trace(raised, self._with_messages) if raised is not None else None
        if self._shape == "json":
            line: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
            line |= {"message": record.getMessage(), **fields_of(record)}
            return json.dumps(line | ({"trace": trace} if trace else {}), default=str)
        fields = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        told = f"{at} {record.levelname.lower():7} {record.name} {record.getMessage()}{fields}"
        return told + (f"\n{trace}" if trace else "")


def _trace(raised: BaseException, with_messages: bool) -> str:
    """The way to an exception; its message only when asked for, because it may repeat what a caller said."""
    if with_messages:
        return "".join(traceback.format_exception(raised)).rstrip()
    lines = []
    current: BaseException | None = raised
    while current is not None:
        code = f" ({current.code})" if isinstance(current, ParleyError) else ""
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}{code}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(current.__traceback__)
        ]
        if isinstance(current, BaseExceptionGroup):
            lines += [_trace(inner, False) for inner in current.exceptions]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(lines)


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """uvicorn takes a WebSocket that was refused with a response for one that was forgotten."""
    return "without completing handshake" not in record.msg


def configure(level: str, shape: str) -> None:
    """Set up logging for the process: everything on standard error, in one shape."""
    stream = logging.StreamHandler()
    stream.setFormatter(Formatter(shape, with_messages=level == "debug"))
    logging.basicConfig(level=level.upper(), handlers=[stream], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.ERROR)  # it warns of every request that makes no sense
    logging.getLogger("uvicorn.error").addFilter(is_worth_a_line)
