import asyncio

from stages.breaker import State
from stages.upstream import Condition
from tests.api.house import house


def test_the_service_is_ready_until_something_is_not() -> None:
    async def story() -> None:
        async with house(max_calls=1) as h, h.client(known=False) as client:
            h.app.state.health._keep = 0
            assert (await client.get("/healthz")).json() == {"status": "ok"}
            assert (await client.get("/readyz")).json() == {"status": "ready", "reasons": [], "failing": []}
            h.parts.failing = {"database", "tts"}
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["reasons"]) == (503, ["database", "tts"])
            assert answer.headers["retry-after"]
            h.parts.failing = set()
            await h.start()
            assert (await client.get("/readyz")).json()["reasons"] == ["too_busy"]
            h.parts.trouble = "disk_full"
            assert (await client.get("/readyz")).json()["reasons"] == ["journal_disk_full"]
            h.calls.close_door()
            assert (await client.get("/readyz")).json()["reasons"] == ["draining"]
            assert (await client.get("/healthz")).status_code == 200

    asyncio.run(story())


def test_a_provider_that_is_left_alone_is_named_and_keeps_nobody_out() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            states = (State.CLOSED, State.OPEN)
            h.parts.conditions = tuple(Condition("llm", "api.example.com", f"m-{one}", one, None) for one in states)
            answer = await client.get("/readyz")
            assert answer.status_code == 200
            assert answer.json()["failing"] == [{"stage": "llm", "model": "m-open", "breaker": "open"}]
            assert (
                'parley_provider_breaker{model="m-open",provider="api.example.com",stage="llm"} 2.0'
                in (await h.client().get("/metrics")).text
            )

    asyncio.run(story())
