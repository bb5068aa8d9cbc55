import asyncio

import pytest

from stages.providers.config import ProviderConfig
from stages.providers.openai_client import SPARES, Connections
from tests.stages.providers.standing import Standing, against


def config(url: str, model: str = "m") -> ProviderConfig:
    return ProviderConfig("llm", model, url, "key")


def test_stages_at_one_provider_share_their_connections() -> None:
    connections = Connections()
    one = connections.endpoint(config("https://example.com/v1"), "/models")
    same = connections.endpoint(config("https://example.com/v1"), "/models")
    sister = connections.endpoint(config("https://example.com/v1"), "/responses")
    cousin = connections.endpoint(config("https://example.com/v1", "other"), "/models")
    stranger = connections.endpoint(config("https://example.org/v1"), "/models")
    assert one is same and one is not sister and one is not cousin
    assert one._pool is sister._pool is cousin._pool
    assert one._client is sister._client
    assert one._pool is not stranger._pool
    asyncio.run(connections.aclose())


def test_warming_opens_connections_ahead() -> None:
    async def story(standin: Standing) -> None:
        standin.connections.endpoint(standin.config("llm"), "/responses")
        assert await standin.connections.warm() == ()
        assert len(standin.peers) == SPARES
        assert await standin.connections.warm() == ()
        assert len(standin.peers) == SPARES

    # Slow, so that no request finds the connection of another one free again already.
    against("models:slow,seconds=0.5,times=always")(story)


@pytest.mark.parametrize(
    ("fault", "code"),
    [("models:404", None), ("models:403", None), ("models:401", "invalid_key"), ("models:503", "server_error")],
)
def test_a_provider_is_reached_if_it_could_serve(fault: str, code: str | None) -> None:
    async def story(standin: Standing) -> None:
        found = await standin.connections.reach(standin.config("tts"))
        assert (found and found.code) == code

    against(fault)(story)


def test_warming_goes_on_until_it_is_cancelled() -> None:
    async def story(standin: Standing) -> None:
        standin.connections.endpoint(standin.config("llm"), "/responses")
        warming = asyncio.ensure_future(standin.connections.keep_warm(0.01))
        while len(standin.peers) < SPARES:
            await asyncio.sleep(0.01)
        warming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await warming

    against("models:slow,seconds=0.2,times=always")(story)


def test_a_ring_warms_at_once_and_many_rings_once() -> None:
    async def story(standin: Standing) -> None:
        standin.connections.endpoint(standin.config("llm"), "/responses")
        warming = asyncio.ensure_future(standin.connections.keep_warm(every=600, rest=600))
        await asyncio.sleep(0)
        assert not standin.peers
        for _ in range(50):
            standin.connections.ring()
        while len(standin.peers) < SPARES:
            await asyncio.sleep(0.01)
        standin.connections.ring()
        await asyncio.sleep(0.05)
        assert len(standin.peers) == SPARES
        warming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await warming

    against("models:slow,seconds=0.2,times=always")(story)


def test_warming_tells_who_cannot_be_reached() -> None:
    async def story() -> None:
        async with Connections() as connections:
            connections.endpoint(config("http://127.0.0.1:9/v1"), "/responses")
            (fault,) = await connections.warm()
            assert (fault.stage, fault.code) == ("llm", "connection_failed")

    asyncio.run(story())


def test_closing_twice_is_no_error() -> None:
    async def story() -> None:
        connections = Connections()
        connections.endpoint(config("http://127.0.0.1:9/v1"), "/responses")
        await connections.aclose()
        await connections.aclose()

    asyncio.run(story())
