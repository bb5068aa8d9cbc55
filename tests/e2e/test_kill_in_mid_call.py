"""The process is killed while somebody talks: nothing that was final is lost, and the next one says how it ended."""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.api.routes.test_events import parse
from tests.support.phone import PATIENCE, Phone, Told, final, lines
from tests.support.service import Service, serving
from tests.support.speech import sentences

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def is_running(pid: int) -> bool:
    """It is there, and no corpse."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


Event = tuple[int, str, dict[str, object]]
Reading = tuple[Told, list[Event]]
"""A call and its events, as the API tells them."""


@dataclass(frozen=True)
class Story:
    before: Told
    """What was told of the call last, before the process was killed."""
    followed: list[int]
    """The numbers of the events that a follower of the call had received by then."""
    children: list[int]
    after: Reading
    once_more: Reading
    """The same after another start."""


async def follow(client: httpx.AsyncClient, id: str, followed: list[int]) -> None:
    """Until the connection dies."""
    with contextlib.suppress(httpx.HTTPError):
        async with client.stream("GET", f"/v1/calls/{id}/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("id: "):
                    followed.append(int(line.removeprefix("id: ")))


async def kill_in_an_answer(service: Service, followed: list[int]) -> tuple[str, Told]:
    """Two questions; the process dies while the second is being answered."""
    first, second = sentences()[2:4]
    async with service.async_client() as client, Phone(client) as phone:
        assert (await phone.dial()).status_code == 201
        following = asyncio.create_task(follow(client, phone.id, followed))
        before = await phone.ask(first)
        asked = len(lines(before, "caller"))
        await phone.say(second)
        told = await phone.until(lambda call: len(lines(call, "caller")) > asked and call["lines"][-1]["open"])
        service.process.kill()
        service.process.wait()
        await following
        return phone.id, told


def read_again(data_dir: Path, id: str) -> Reading:
    """By a process that is started for it."""

    async def read(service: Service) -> Reading:
        async with service.async_client() as client, asyncio.timeout(PATIENCE):
            while not (found := await client.get(f"/v1/calls/{id}")).is_success or not found.json()["reason"]:
                await asyncio.sleep(0.1)
            listed = (await client.get("/v1/calls")).json()["data"]
            assert [call["id"] for call in listed] == [id]
            return found.json(), parse((await client.get(f"/v1/calls/{id}/events")).text)

    with serving(data_dir) as service:
        return asyncio.run(read(service))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    data_dir = tmp_path_factory.mktemp("service")
    with serving(data_dir) as service:
        service.wait_until_ready()
        started = children(service.process.pid)
        followed: list[int] = []
        id, before = asyncio.run(kill_in_an_answer(service, followed))
    return Story(before, followed, started, read_again(data_dir, id), read_again(data_dir, id))


def test_every_line_that_was_final_is_in_the_record(story: Story) -> None:
    kept, (after, _) = final(story.before), story.after
    assert [line["who"] for line in kept][:3] == ["agent", "caller", "agent"]
    assert len(lines(story.before, "caller")) >= 2
    assert final(after) == kept


def test_a_follower_was_told_nothing_that_is_not_in_the_record(story: Story) -> None:
    _, events = story.after
    assert len(story.followed) > 10
    assert story.followed == [seq for seq, _, _ in events[:-1]][: len(story.followed)]


def test_the_call_has_ended_with_a_reason(story: Story) -> None:
    after, events = story.after
    assert (after["status"], after["reason"]) == ("ended", "interrupted")
    assert events[-1][1] == "call_ended"
    assert events[-1][2]["body"] == {"reason": "interrupted"}
    assert [seq for seq, _, _ in events] == list(range(1, len(events) + 1))


def test_what_the_agent_was_saying_is_told_as_broken_off(story: Story) -> None:
    last = story.after[0]["lines"][-1]
    assert last["who"] == "agent"
    assert last["open"]


def test_another_start_changes_nothing(story: Story) -> None:
    assert story.once_more == story.after


def test_the_stand_in_goes_with_the_service_that_started_it(story: Story) -> None:
    assert story.children
    assert not [pid for pid in story.children if is_running(pid)]
