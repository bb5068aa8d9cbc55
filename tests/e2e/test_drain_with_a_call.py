"""The service is told to stop while somebody talks: nobody is let in, the call goes on, and then the process ends."""

import asyncio
import signal
from pathlib import Path

import pytest

from api.store import open_store
from tests.support.phone import PATIENCE, Phone, answered, lines
from tests.support.service import Service, serving
from tests.support.speech import sentences

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

LONG = {"PARLEY_DRAIN_SECONDS": "3600", "PARLEY_STANDIN_ENGINE": "canned"}


async def stop(service: Service, phone: Phone) -> None:
    """A signal, and it was heard."""
    service.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE):
        while (ready := await phone.client.get("/readyz")).status_code != 503:
            await asyncio.sleep(0.05)
    assert (ready.json()["status"], ready.json()["reasons"]) == ("not_ready", ["draining"])


async def exit_code(service: Service) -> int:
    async with asyncio.timeout(PATIENCE):
        return await asyncio.to_thread(service.process.wait)


async def reason_on_record(data_dir: Path, id: str) -> str | None:
    store = await open_store("", data_dir)
    try:
        call = await store.call(id)
        return None if call is None else call.reason
    finally:
        await store.close()


def test_a_signal_lets_the_call_be_finished_and_nobody_in(tmp_path: Path) -> None:
    async def story(service: Service) -> None:
        first, second = sentences()[2:4]
        async with service.async_client() as client, Phone(client) as phone:
            assert (await phone.dial()).status_code == 201
            before = await phone.ask(first)
            await stop(service, phone)
            async with Phone(client) as late:
                refused = await late.dial()
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "draining")
            assert int(refused.headers["retry-after"]) > 0
            heard = phone.audible_frames
            after = await phone.ask(second)
            assert len(lines(after, "caller")) > len(lines(before, "caller"))
            assert phone.audible_frames > heard
            assert service.process.poll() is None
            await phone.leave()
            assert await exit_code(service) == 0
            assert await reason_on_record(service.data_dir, phone.id) == "caller_left"

    with serving(tmp_path / "data", **LONG) as service:
        service.wait_until_ready()
        asyncio.run(story(service))


def test_a_second_signal_ends_the_call_at_once(tmp_path: Path) -> None:
    async def story(service: Service) -> None:
        async with service.async_client() as client, Phone(client) as phone:
            assert (await phone.dial()).status_code == 201
            await phone.until(lambda call: answered(call, 0))
            await stop(service, phone)
            service.process.send_signal(signal.SIGTERM)
            assert await exit_code(service) == 0
            assert await reason_on_record(service.data_dir, phone.id) == "drained"

    with serving(tmp_path / "data", **LONG) as service:
        service.wait_until_ready()
        asyncio.run(story(service))
