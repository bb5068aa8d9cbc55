import asyncio

import pytest

from stages.providers.config import ProviderConfig
from stages.providers.openai_client import KEEPALIVE, SPARES, Connections
from stages.tls import tls
from tests.stages.providers.standing import Standing, against


def config(url: str, model: str = "m") -> ProviderConfig:
    return ProviderConfig("llm", model, url, "key")


def test_stages_at_one_provider_share_their_connections() -> None:
    connections = Connections()
    one = connections.client(config("https://example.com/v1"))
    same = connections.client(config("https://example.com/v1"))
    cousin = connections.client(config("https://example.com/v1", "other"))
    stranger = connections.client(config("https://example.org/v1"))
    assert one is same
    assert one is not cousin and one._client is cousin._client
    assert one._client is not stranger._client
    asyncio.run(connections.aclose())


def test_the_library_neither_repeats_nor_forgets_its_connections() -> None:
    connections = Connections()
    client = connections.client(config("https://example.com/v1"))
    pool = client._client._transport._pool  # type: ignore[attr-defined]
    assert client.max_retries == 0
    assert pool._keepalive_expiry == KEEPALIVE
    asyncio.run(connections.aclose())


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("http://127.0.0.1:8090/v1", False),
        ("http://localhost:8090/v1", False),
        ("http://[::1]:8090/v1", False),
        ("https://example.com/v1", True),
    ],
)
def test_a_proxy_is_not_asked_for_our_own_machine(url: str, trusted: bool) -> None:
    connections = Connections()
    assert connections.client(config(url))._client.trust_env is trusted
    asyncio.run(connections.aclose())


def test_warming_opens_connections_ahead() -> None:
    async def story(standin: Standing) -> None:
        standin.connections.client(standin.config("llm"))
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
        standin.connections.client(standin.config("llm"))
        warming = asyncio.ensure_future(standin.connections.keep_warm(0.01))
        while len(standin.peers) < SPARES:
            await asyncio.sleep(0.01)
        warming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await warming

    against("models:slow,seconds=0.2,times=always")(story)


def test_a_ring_warms_at_once_and_many_rings_once() -> None:
    async def story(standin: Standing) -> None:
        standin.connections.client(standin.config("llm"))
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


def test_certificates_are_read_for_https_only_and_once() -> None:
    connections = Connections()
    contexts = []
    for url in ("http://127.0.0.1:9/v1", "https://one.example/v1", "https://two.example/v1"):
        pool = connections.client(config(url))._client._transport._pool  # type: ignore[attr-defined]
        contexts.append(pool._ssl_context)
    assert contexts[1] is contexts[2] is tls()
    assert contexts[0] is not tls()
    asyncio.run(connections.aclose())


def test_warming_tells_who_cannot_be_reached() -> None:
    async def story() -> None:
        async with Connections() as connections:
            connections.client(config("http://127.0.0.1:9/v1"))
            (fault,) = await connections.warm()
            assert (fault.stage, fault.code) == ("llm", "connection_failed")

    asyncio.run(story())


def test_closing_twice_is_no_error() -> None:
    async def story() -> None:
        connections = Connections()
        connections.client(config("http://127.0.0.1:9/v1"))
        await connections.aclose()
        await connections.aclose()

    asyncio.run(story())
