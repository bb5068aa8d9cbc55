import asyncio
import json

import httpx

from api.routes.events import BEHIND, PING_SECONDS, READERS, follow
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.events import CallEnded, LineUp
from tests.api.house import House, house
from tests.api.routes.test_calls import store_calls
from tests.support.clock import run_virtual


def parse(text: str) -> list[tuple[int, str, dict[str, object]]]:
    """id, event and data of each event; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def read(h: House, id: str, hang_up_after: float | None = None, **headers: str) -> httpx.Response:
    """The whole stream; the call is hung up meanwhile, if it is live."""
    if hang_up_after is not None:
        asyncio.get_running_loop().call_later(hang_up_after, h.calls.hang_up, id)
    async with h.client() as client:
        return await client.get(f"/v1/calls/{id}/events", headers=headers)


def test_a_live_call_is_followed_from_its_beginning_to_its_end() -> None:
    async def story() -> None:
        async with house() as h:
            id = await h.start()
            answer = await read(h, id, hang_up_after=2 * PING_SECONDS + 1)
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            events = parse(answer.text)
            assert [(number, name) for number, name, _ in events] == [
                (1, "call_started"),
                (2, "line_up"),
                (3, "call_ended"),
            ]
            assert events[0][2]["call"] == id
            assert events[0][2]["body"]["agent"] == "reception"  # type: ignore[index]
            assert answer.text.count(": ping\n\n") == 2

    run_virtual(story())


def test_a_reader_comes_back_where_it_left() -> None:
    async def story() -> None:
        async with house() as h:
            id = await h.start()
            answer = await read(h, id, hang_up_after=1, **{"last-event-id": "1"})
            assert [number for number, _, _ in parse(answer.text)] == [2, 3]
            async with h.client() as client:
                url = f"/v1/calls/{id}/events"
                assert [e[0] for e in parse((await client.get(url, params={"after": 2})).text)] == [3]
                assert (await client.get(url, headers={"last-event-id": "3"})).status_code == 204
                both = await client.get(url, params={"after": 0}, headers={"last-event-id": "2"})
                assert [e[0] for e in parse(both.text)] == [3]

    run_virtual(story())


def test_a_call_that_still_puts_its_things_away_is_over_for_its_readers() -> None:
    async def story() -> None:
        async with house() as h:
            id = await h.start()
            await asyncio.sleep(0)
            live = h.calls.find(id)
            assert live is not None
            live.bus.publish(CallEnded("hung_up"))
            live.bus.close()
            async with h.client() as client:
                assert (await client.get(f"/v1/calls/{id}/events", headers={"last-event-id": "3"})).status_code == 204
            h.calls.hang_up(id)

    run_virtual(story())


def test_a_past_call_is_recounted() -> None:
    async def story() -> None:
        async with house() as h:
            store_calls(h, 1)
            assert [e[1] for e in parse((await read(h, "call_000")).text)] == ["call_started", "line_up", "call_ended"]
            assert (await read(h, "call_000", **{"last-event-id": "3"})).status_code == 204
            assert (await read(h, "call_001", **{"last-event-id": "3"})).status_code == 404

    run_virtual(story())


def test_an_id_that_is_no_number_is_refused() -> None:
    async def story() -> None:
        async with house() as h:
            id = await h.start()
            for odd in ("x", "-1", "1.5", "9" * 30):
                assert (await read(h, id, **{"last-event-id": odd})).status_code == 400

    run_virtual(story())


def test_a_reader_who_falls_behind_is_cut_and_may_come_back() -> None:
    async def story() -> None:
        bus = Bus("call_x", CallClock.start())
        stream = follow(bus, 0)
        bus.publish(LineUp())
        assert (await anext(stream)).startswith("id: 1\n")
        for _ in range(BEHIND + 2):
            bus.publish(LineUp())
        rest = [piece async for piece in stream]
        assert rest[-1].startswith(":")
        last = parse("".join(rest))[-1][0]
        assert 1 < last < BEHIND + 3
        bus.close()
        again = [piece async for piece in follow(bus, last)]
        assert parse("".join(again))[-1][0] == BEHIND + 3

    run_virtual(story())


def test_nothing_is_told_before_it_is_on_record() -> None:
    async def story() -> None:
        async with house() as h:
            id = await h.start()
            answer = await read(h, id, hang_up_after=1)
            assert h.parts.asked_for_record == len(parse(answer.text)) == 3
        bus = Bus("call_x", CallClock.start())
        bus.publish(LineUp())
        written = asyncio.Event()

        async def recorded() -> None:
            await written.wait()

        stream = follow(bus, 0, recorded)
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(1)
        assert not first.done()
        written.set()
        assert (await first).startswith("id: 1\n")
        await stream.aclose()

    run_virtual(story())


def test_a_reader_who_leaves_is_forgotten() -> None:
    async def story() -> None:
        bus = Bus("call_x", CallClock.start())
        bus.publish(LineUp())
        stream = follow(bus, 0)
        await anext(stream)
        await stream.aclose()
        bus.publish(LineUp())
        assert bus._readers == []

    run_virtual(story())


def test_there_is_an_end_to_open_streams() -> None:
    async def story() -> None:
        async with house() as h:
            id = await h.start()
            readers = [asyncio.create_task(read(h, id)) for _ in range(READERS)]
            await asyncio.sleep(1)
            refused = await read(h, id)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_streams")
            h.calls.hang_up(id)
            assert {answer.status_code for answer in await asyncio.gather(*readers)} == {200}
            again = await h.start()
            assert (await read(h, again, hang_up_after=1)).status_code == 200

    run_virtual(story())
