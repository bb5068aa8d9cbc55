import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from api.settings import Settings
from api.standin import Standin, command, standing_in
from pipeline.errors import ProviderUnavailable
from tests.support.clock import run_virtual

PROGRAM = """
import asyncio
from api.standin import Standin
async def main():
    standin = Standin("canned", "zero")
    tending = asyncio.create_task(standin.tend())
    await standin.listening.wait()
    print(standin.child.pid, flush=True)
    await tending
asyncio.run(main())
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def models(standin: Standin) -> int:
    async with httpx.AsyncClient(base_url=standin.url, headers={"authorization": "Bearer x"}, timeout=None) as client:
        return (await client.get(f"{standin.url}/models")).status_code


def test_the_stand_in_answers_is_started_again_and_goes_when_it_is_told_to() -> None:
    async def story() -> None:
        standin = Standin("canned", "zero")
        tending = asyncio.create_task(standin.tend())
        await standin.listening.wait()
        assert standin.child is not None
        first = standin.child.pid
        assert await models(standin) == 200
        os.kill(first, signal.SIGKILL)
        while standin.starts < 2 or not standin.listening.is_set():
            await asyncio.sleep(0.02)
        assert await models(standin) == 200, "at the same address"
        second = standin.child.pid
        tending.cancel()
        await asyncio.gather(tending, return_exceptions=True)
        assert not is_running(first)
        assert not is_running(second)
        assert not standin.listening.is_set()

    asyncio.run(story())


def test_the_stand_in_does_not_outlive_a_service_that_is_killed() -> None:
    service = subprocess.Popen((sys.executable, "-c", PROGRAM), stdout=subprocess.PIPE, text=True)
    assert service.stdout is not None
    pid = int(service.stdout.readline())
    assert is_running(pid)
    service.kill()
    service.communicate()
    while is_running(pid):
        time.sleep(0.02)


def test_two_stand_ins_do_not_share_a_port() -> None:
    first, second = Standin("canned", "zero"), Standin("canned", "zero")
    assert first.url != second.url
    assert first.url.endswith("/v1")
    first.close()
    second.close()


def test_it_is_started_as_the_settings_say() -> None:
    standin = Standin.of(Settings(standin_engine="canned", standin_latency="fixed:stt=300"))
    standin.close()
    words = command(1, 2, standin.options)
    assert words[1:4] == ("-m", "api.cli", "standin")
    assert ("--engine", "canned", "--latency", "fixed:stt=300") == words[-4:]


class Idle:
    """A stand-in that runs and never takes a request."""

    url = "http://127.0.0.1:9/v1"

    def __init__(self) -> None:
        self.listening = asyncio.Event()
        self.tended = False

    async def tend(self) -> None:
        self.tended = True
        try:
            await asyncio.sleep(1e9)
        finally:
            self.tended = False


def test_what_needs_none_waits_for_none() -> None:
    async def main() -> str:
        async with standing_in(None) as url:
            return url

    assert run_virtual(main()) == ""


def test_one_that_does_not_start_is_told_and_is_not_left_behind() -> None:
    standin = Idle()

    async def main() -> None:
        async with standing_in(standin):  # type: ignore[arg-type]
            raise AssertionError("it does not take requests")

    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(main())
    assert isinstance(caught.value.exceptions[0], ProviderUnavailable) and not standin.tended


def test_who_does_not_require_it_is_given_its_address_all_the_same() -> None:
    standin = Idle()

    async def main() -> str:
        async with standing_in(standin, required=False) as url:  # type: ignore[arg-type]
            assert standin.tended
            return url

    assert run_virtual(main()) == standin.url and not standin.tended
