import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.app import Parts, create_app, opened
from api.auth import ConsoleToken
from api.settings import Settings
from api.store import Journal
from pipeline.errors import SpecInvalid
from pipeline.ports import Observer
from tests.api.house import PORT, TOKEN, FakeParts, House, house


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


def test_parts_that_cannot_be_opened_are_told_as_they_are() -> None:
    @asynccontextmanager
    async def nothing(observers: Sequence[Observer]) -> AsyncIterator[Parts]:
        raise SpecInvalid("no")
        yield  # type: ignore[unreachable]

    async def story() -> None:
        app = create_app(Settings(), ConsoleToken(TOKEN, PORT))
        with pytest.raises(SpecInvalid):
            async with opened(app, nothing):
                raise AssertionError
        assert app.state.decided.is_set()

    asyncio.run(story())


def test_the_metrics_of_two_applications_are_their_own() -> None:
    first, second = (create_app(Settings(), ConsoleToken(TOKEN, PORT)) for _ in range(2))
    assert first.state.metrics.registry is not second.state.metrics.registry


def test_every_call_is_observed() -> None:
    async def story(h: House) -> str:
        await h.start()
        h.calls.hang_up_all("hung_up")
        await h.calls.empty()
        text: bytes = h.app.state.metrics.told()[0]
        return text.decode()

    async def observed() -> str:
        async with house() as h:
            return await story(h)

    assert 'parley_calls_total{reason="hung_up",transport="fake"} 1.0' in asyncio.run(observed())


def test_the_state_of_the_journal_is_measured(tmp_path: Path) -> None:
    async def story() -> str:
        app = create_app(Settings(), ConsoleToken(TOKEN, PORT))
        async with Journal(tmp_path) as journal:

            @asynccontextmanager
            async def recorded(observers: Sequence[Observer]) -> AsyncIterator[Parts]:
                yield FakeParts(observers, record=SimpleNamespace(journal=journal))

            async with opened(app, recorded):
                return str(app.state.metrics.told()[0].decode())

    text = asyncio.run(story())
    for name in ("waiting", "lost", "failures"):
        assert f"parley_journal_{name} 0.0" in text
