"""Every answer carries the real API's standing headers."""

import re

import pytest

from stages.standin.headers import duration, limits, request_id, stamp, standing
from tests.stages.standin.running import StillClock, ask


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0s"),
        (6, "6ms"),
        (999, "999ms"),
        (1200, "1.2s"),
        (1000, "1s"),
        (59_999, "59.999s"),
        (360_000, "6m0s"),
        (61_500, "1m1.5s"),
        (3_600_000, "1h0m0s"),
    ],
)
def test_durations_are_written_as_the_rate_limits_write_them(ms: int, text: str) -> None:
    assert duration(ms) == text


def test_the_time_to_the_headers_is_told() -> None:
    clock = StillClock()
    config = {"json": {"model": "gpt-4o-mini-tts", "input": "Hi.", "voice": "marin"}}
    from stages.standin.config import StandinConfig

    answer = ask("POST", "/v1/audio/speech", config=StandinConfig(latency="fixed"), timing=clock.timing, **config)
    assert answer.headers["openai-processing-ms"] == "250"


def test_limits_count_down() -> None:
    values = {name.decode(): value.decode() for name, value in limits(tokens=600, requests_left=9000)}
    assert values["x-ratelimit-remaining-tokens"] == str(30_000_000 - 600)
    assert values["x-ratelimit-reset-requests"] == "6s" and values["x-ratelimit-reset-tokens"] == "1ms"


def test_ids_differ() -> None:
    assert re.fullmatch("req_[0-9a-f]{32}", request_id()) and request_id() != request_id()
    assert dict(standing(1))[b"openai-version"] == b"2020-10-01"
    assert stamp() > 1_700_000_000
