import asyncio
import logging

import pytest

from pipeline.errors import ProviderFault, ProviderRefused, ProviderUnavailable
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.breaker import State
from stages.pace import LEAST, Purse
from stages.telling import asking_for
from stages.upstream import Condition, Upstream
from tests.support.clock import run_virtual

TURN = Turn(1, Cause.UTTERANCE, None, lambda _: None)


def failing(upstream: Upstream, fault: ProviderFault, times: int = 4) -> State:
    """Requests of a turn that fail with `fault`."""

    async def story() -> State:
        with asking_for(TURN):
            for _ in range(times):
                upstream.failed(upstream.admit(), fault)
        return upstream.breaker.state

    return run_virtual(story())


def refused(code: str) -> ProviderRefused:
    return ProviderRefused("llm", "no", code=code)


@pytest.mark.parametrize("code", ["rate_limited", "server_error", "first_byte_timeout", "silent_audio", "empty"])
def test_what_is_the_providers_own_failure_counts(code: str) -> None:
    assert failing(Upstream("llm"), ProviderUnavailable("llm", "x", code=code)) is State.OPEN


@pytest.mark.parametrize("code", ["bad_request", "invalid_key", "content_filter", "model_not_found"])
def test_what_it_refuses_because_of_the_request_does_not(code: str) -> None:
    assert failing(Upstream("llm"), refused(code), 30) is State.CLOSED


def test_an_account_without_credit_does() -> None:
    assert failing(Upstream("llm"), refused("quota_exhausted")) is State.OPEN


def test_what_no_caller_waits_for_opens_nothing_but_is_a_good_probe() -> None:
    async def story() -> None:
        upstream = Upstream("llm")
        for _ in range(10):
            upstream.failed(upstream.admit(), ProviderUnavailable("llm", "x"))
        assert upstream.breaker.state is State.CLOSED
        with asking_for(TURN):
            for _ in range(4):
                upstream.failed(upstream.admit(), ProviderUnavailable("llm", "x"))
        await asyncio.sleep(10)
        upstream.failed(upstream.admit(), ProviderUnavailable("llm", "x"))
        assert upstream.breaker.state is State.OPEN

    run_virtual(story())


def test_a_provider_that_is_failing_is_refused_with_a_code_and_not_asked_again() -> None:
    upstream = Upstream("llm", "m")
    failing(upstream, ProviderUnavailable("llm", "x"))

    async def ask() -> None:
        upstream.admit()

    with pytest.raises(ProviderUnavailable) as shut:
        run_virtual(ask())
    assert (shut.value.code, shut.value.retryable) == ("circuit_open", False)


def test_every_change_is_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "parley.providers"):
        failing(Upstream("tts", "voice", "api.example.com"), ProviderUnavailable("tts", "x"))
    (line,) = caplog.records
    fields = {name: getattr(line, name) for name in ("stage", "provider", "model", "state")}
    assert fields == {"stage": "tts", "provider": "api.example.com", "model": "voice", "state": "open"}
    assert line.levelno == logging.WARNING


def test_it_is_not_asked_twice_while_it_is_unwell_or_nothing_pays_for_it() -> None:
    async def story() -> None:
        poor, rich = Upstream("llm"), Upstream("llm", purse=Purse())
        for upstream in (poor, rich):
            assert upstream.hedge_after() is None
            for _ in range(LEAST):
                upstream.pace.took(0.5)
        assert poor.hedge_after() is None and not poor.may_hedge()
        assert rich.hedge_after() == 0.75
        assert rich.may_hedge() and not rich.may_hedge()
        for _ in range(10):
            rich.purse.pay_in()  # type: ignore[union-attr]
        with asking_for(TURN):
            for _ in range(2):
                rich.failed(rich.admit(), ProviderUnavailable("llm", "x"))
        assert rich.hedge_after() is None and not rich.may_hedge()

    run_virtual(story())


def test_a_race_begins_at_once_and_without_a_purse_but_never_at_a_provider_that_fails() -> None:
    async def story() -> None:
        racing = Upstream("stt", races=True)
        assert racing.hedge_after() == 0.0
        assert all(racing.may_hedge() for _ in range(20))
        with asking_for(TURN):
            for _ in range(2):
                racing.failed(racing.admit(), ProviderUnavailable("stt", "x"))
        assert racing.hedge_after() is None and not racing.may_hedge()

    run_virtual(story())


def test_a_provider_that_asks_to_slow_down_is_not_raced_for_a_while() -> None:
    async def story() -> None:
        racing = Upstream("stt", races=True)
        with asking_for(TURN):
            racing.failed(racing.admit(), ProviderUnavailable("stt", "x", code="rate_limited"))
        assert racing.hedge_after() is None
        await asyncio.sleep(31)
        assert racing.hedge_after() == 0.0

    run_virtual(story())


def test_how_it_stands_can_be_told() -> None:
    assert Upstream("stt", "m", "h").condition == Condition("stt", "h", "m", State.CLOSED, None)
