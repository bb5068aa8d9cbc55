import asyncio

import pytest

from api.lag import EVERY_SECONDS, measure_lag
from api.observers.metrics import Metrics
from tests.support.clock import VirtualLoop, run_virtual


def test_the_lag_of_the_loop_is_measured_and_its_worst_forgotten_after_a_while() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        metrics = Metrics()
        measuring = asyncio.create_task(measure_lag(metrics))
        await asyncio.sleep(EVERY_SECONDS / 2)
        loop.jump(1.0)  # as if something had blocked it
        await asyncio.sleep(EVERY_SECONDS)
        worst = metrics.registry.get_sample_value("parley_loop_lag_worst_seconds")
        assert worst == pytest.approx(1.0 - EVERY_SECONDS / 2)
        assert metrics.registry.get_sample_value("parley_loop_lag_seconds_bucket", {"le": "0.5"}) == 0
        await asyncio.sleep(10)
        assert metrics.registry.get_sample_value("parley_loop_lag_worst_seconds") == pytest.approx(0)
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)

    run_virtual(story())
