import asyncio

import pytest

from api.app import create_app
from api.auth import ConsoleToken
from api.settings import Settings
from tests.api.house import PORT, TOKEN, House, house


def test_the_calls_are_closed_before_their_parts() -> None:
    ended: list[bool] = []

    async def story() -> None:
        async with house() as h:
            id = await h.start()
            bus = h.calls.recall(id)
        assert bus is not None
        ended.append(bus.since(0)[-1].event.reason == "drained")  # type: ignore[union-attr]

    asyncio.run(story())
    assert ended == [True]


def test_what_goes_wrong_inside_goes_on_as_it_is() -> None:
    async def story() -> None:
        async with house():
            raise LookupError("as it is")

    with pytest.raises(LookupError):
        asyncio.run(story())


def test_the_metrics_of_two_applications_are_their_own() -> None:
    first, second = (create_app(Settings(), ConsoleToken(TOKEN, PORT)) for _ in range(2))
    assert first.state.metrics.registry is not second.state.metrics.registry


def test_every_call_is_observed() -> None:
    async def story(h: House) -> str:
        await h.start()
        h.calls.hang_up_all("hung_up")
        await h.calls.empty()
        text: bytes = h.app.state.metrics.text()
        return text.decode()

    async def opened() -> str:
        async with house() as h:
            return await story(h)

    assert 'parley_calls_total{reason="hung_up",transport="fake"} 1.0' in asyncio.run(opened())
