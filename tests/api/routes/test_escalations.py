"""The operators' queue over HTTP."""

import asyncio
from pathlib import Path

from tests.api.house import house
from tests.api.store.test_escalations import filled


def test_an_operator_sees_takes_and_closes_what_waits(tmp_path: Path) -> None:
    async def story() -> None:
        store = await filled("", tmp_path)
        async with house() as h, h.client() as client, h.client(known=False) as stranger:
            h.app.state.store.escalations = store.escalations
            told = (await client.get("/v1/escalations")).json()["data"]
            assert [(one["call"], one["status"]) for one in told] == [
                ("call_early", "waiting"),
                ("call_late", "waiting"),
            ]
            taken = (await client.post("/v1/escalations/call_late/claim", json={"by": "Ann"})).json()
            assert (taken["status"], taken["claimed_by"]) == ("claimed", "Ann")
            refused = await client.post("/v1/escalations/call_late/claim", json={"by": "Bob"})
            assert refused.status_code == 409
            assert refused.json()["error"]["code"] == "already_claimed"
            assert "by Ann" in refused.json()["error"]["message"]
            closed = await client.post("/v1/escalations/call_late/close")
            assert closed.json()["status"] == "closed"
            assert [one["call"] for one in (await client.get("/v1/escalations")).json()["data"]] == ["call_early"]
            done = (await client.get("/v1/escalations?status=closed")).json()["data"]
            assert [one["call"] for one in done] == ["call_late"]
            for path in ("call_none/claim", "call_none/close"):
                body = {"json": {}} if path.endswith("claim") else {}
                assert (await client.post(f"/v1/escalations/{path}", **body)).status_code == 404
            assert (await stranger.get("/v1/escalations")).status_code == 401
        await store.close()

    asyncio.run(story())
