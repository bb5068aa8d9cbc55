"""A page of another origin may use the Realtime door, and nothing else."""

import asyncio

from tests.api.house import KEY, house

PAGE = {"origin": "https://app.example.com"}
ASKS = {**PAGE, "access-control-request-method": "POST", "access-control-request-headers": "authorization, x-sdk"}


def test_a_browser_may_ask_at_the_door_from_any_page() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            answer = await client.options("/v1/realtime/calls", headers=ASKS)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "authorization" in answer.headers["access-control-allow-headers"]
            assert "access-control-allow-credentials" not in answer.headers
            headers = {**PAGE, "authorization": f"Bearer {KEY}"}
            answer = await client.post("/v1/realtime/calls", content=b"", headers=headers)
            assert "location" in answer.headers["access-control-expose-headers"].lower()
            assert (await client.post("/v1/realtime/calls", headers=PAGE)).status_code == 401

    asyncio.run(story())


def test_nothing_else_may_be_read_from_other_pages() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            assert "access-control-allow-origin" not in (await client.options("/v1/calls", headers=ASKS)).headers
            headers = {**PAGE, "authorization": f"Bearer {KEY}"}
            assert "access-control-allow-origin" not in (await client.get("/v1/calls", headers=headers)).headers

    asyncio.run(story())
