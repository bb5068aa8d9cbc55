import io
import json
import logging
from collections.abc import Iterator

import pytest

from api.observers.log import QUIET, Formatter, Log, configure, tell
from pipeline.errors import ProviderRefused
from tests.api.story import CALL, SECRET


@pytest.fixture
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    kept = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = kept
    for name in (*QUIET, "uvicorn"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(shape: str, with_messages: bool = False) -> tuple[logging.Logger, io.StringIO]:
    text = io.StringIO()
    stream = logging.StreamHandler(text)
    stream.setFormatter(Formatter(shape, with_messages))
    logger = logging.Logger("parley.test", logging.DEBUG)
    logger.addHandler(stream)
    return logger, text


@pytest.mark.parametrize("shape", ["text", "json"])
def test_no_word_of_a_call_is_in_its_log(shape: str, monkeypatch: pytest.MonkeyPatch, as_before: None) -> None:
    logger, text = lines(shape)
    monkeypatch.setattr("api.observers.log.log", logger)
    for envelope in CALL:
        Log().observe(envelope)
    told = text.getvalue()
    assert SECRET not in told
    assert "4111" not in told
    for word in ("call_x", "call started", "call ended", "caller_left", "provider_timeout", "look_up", "barge_in"):
        assert word in told


def test_a_line_for_machines_is_json() -> None:
    logger, text = lines("json")
    logger.warning("turn failed", extra={"call": "call_x", "turn": 3})
    line = json.loads(text.getvalue())
    assert line.pop("at").endswith("Z")
    assert line == {"level": "warning", "logger": "parley.test", "message": "turn failed", "call": "call_x", "turn": 3}


def test_a_line_for_people_is_one_line() -> None:
    logger, text = lines("text")
    logger.warning("turn failed", extra={"call": "call_x", "turn": 3})
    assert text.getvalue().rstrip().endswith("warning parley.test turn failed call=call_x turn=3")


@pytest.mark.parametrize("shape", ["text", "json"])
def test_the_way_to_an_error_is_logged_without_its_words(shape: str) -> None:
    def fail() -> None:
        try:
            raise ValueError(SECRET)
        except ValueError as wrong:
            raise ProviderRefused("llm", SECRET, code="invalid_prompt") from wrong

    for with_messages in (False, True):
        logger, text = lines(shape, with_messages)
        try:
            raise ExceptionGroup(SECRET, [_caught(fail)])
        except ExceptionGroup as group:
            logger.error("crashed", exc_info=group)
        told = text.getvalue()
        assert (SECRET in told) == with_messages
        assert "ValueError" in told
        assert "ProviderRefused" in told
        assert "test_log.py" in told


def _caught(fail: object) -> Exception:
    try:
        fail()  # type: ignore[operator]
    except Exception as raised:
        return raised
    raise AssertionError


def test_libraries_that_would_log_requests_are_kept_quiet(as_before: None) -> None:
    configure("debug", "text")
    for name in ("httpx2", "openai", "aiohttp.client", "aiortc", "sqlalchemy.engine"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
    assert logging.getLogger("parley").isEnabledFor(logging.DEBUG)


def test_what_is_only_for_the_record_is_not_told() -> None:
    told = [type(envelope.event).__name__ for envelope in CALL if tell(envelope) is not None]
    assert "Transcribed" not in told
    assert "SentenceReady" not in told
    assert {"CallStarted", "TurnFailed", "CallEnded"} <= set(told)
