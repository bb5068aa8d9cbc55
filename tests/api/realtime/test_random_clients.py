"""Random clients, right and wrong: typed errors only, every response comes to its end, and nothing is left behind.

`python -m benchmarks.fuzz_realtime` runs ten thousand of them.
"""

import logging

import pytest

from tests.support.realtime_fuzz import converse


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_whatever_a_client_sends_it_is_answered_and_nothing_breaks(
    start: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        for seed in range(start, start + 20):
            found, told = converse(seed)
            assert not found, (seed, found)
            assert told["session.created"] == 1
    assert caplog.text == ""
