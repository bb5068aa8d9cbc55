"""What MCP servers are asked beside a call: in time, bounded, and with every failure told."""

import asyncio
from typing import Any

import pytest

from api.realtime.mcp import APPROVAL_SECONDS, MOST_OPEN, McpErrands
from api.wire.realtime_mcp import Asking, Calling, Job, Listing
from pipeline.errors import ToolFault, ToolUnknown
from stages.mcp_client import Described, Server
from tests.api.wire.test_realtime_mcp import server
from tests.support.clock import run_virtual

DESCRIBED = Described("find", "Finds.", {}, {})


def tool(**more: Any) -> Any:
    from api.wire.realtime_fields import McpTool

    return McpTool.model_validate(server(**more))


def calling(arguments: str = "{}") -> Calling:
    return Calling("item_1", tool(authorization="abc", headers={"X": "y"}), "find", arguments, 1, "c", "find", 0)


class Teller:
    def __init__(self, *jobs: Job) -> None:
        self.jobs = list(jobs)
        self.told: list[tuple[Any, ...]] = []

    def taken(self) -> list[Job]:
        jobs, self.jobs = self.jobs, []
        return jobs

    def listed(self, job: Job, tools: Any) -> None:
        self.told.append(("listed", [one.name for one in tools]))

    def unlisted(self, job: Job, why: str) -> None:
        self.told.append(("unlisted", why))

    def finished(self, job: Job, output: str) -> None:
        self.told.append(("finished", output))

    def failed(self, job: Job, why: str, *, unknown: bool = False) -> None:
        self.told.append(("failed", why, unknown))

    def is_awaited(self, request: str) -> bool:
        return request.startswith("open")

    def give_up(self, request: str) -> None:
        self.told.append(("given up", request))


class Servers:
    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.asked: list[Server] = []

    async def tools(self, server: Server) -> tuple[Described, ...]:
        self.asked.append(server)
        if self.fault is not None:
            raise self.fault
        return (DESCRIBED,)

    async def call(self, server: Server, tool: str, arguments: dict[str, object]) -> str:
        self.asked.append(server)
        if self.fault is not None:
            raise self.fault
        return f"{tool} {arguments}"


def told(*jobs: Job, servers: Servers | None = None, seconds: float = 1.0, teller: Any = None) -> list[tuple[Any, ...]]:
    teller = teller or Teller(*jobs)

    async def main() -> None:
        errands = McpErrands(teller, lambda: None, lambda _: None)
        errands.servers = servers
        running = asyncio.ensure_future(errands.run())
        errands.take_up()
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.wait([running])

    run_virtual(main())
    said: list[tuple[Any, ...]] = teller.told
    return said


def test_servers_are_asked_and_what_they_say_is_told() -> None:
    servers = Servers()
    assert told(Listing("i", tool()), calling('{"a": 1}'), servers=servers) == [
        ("listed", ["find"]), ("finished", "find {'a': 1}"),
    ]  # fmt: skip
    assert servers.asked[1].headers == {"X": "y", "Authorization": "Bearer abc"}


@pytest.mark.parametrize(
    ("fault", "unknown"), [(ToolFault("down"), False), (ToolUnknown("late"), True), (RuntimeError("bug"), True)]
)
def test_every_failure_is_told_and_none_ends_the_call(fault: Exception, unknown: bool) -> None:
    first, second = told(Listing("i", tool()), calling(), servers=Servers(fault))
    assert (first[0], second[0], second[2]) == ("unlisted", "failed", unknown)


def test_arguments_that_are_no_object_reach_nobody() -> None:
    servers = Servers()
    assert [one[0] for one in told(calling("[1]"), calling("{"), servers=servers)] == ["failed", "failed"]
    assert servers.asked == []


def test_an_approval_is_not_waited_for_for_ever_and_jobs_are_bounded() -> None:
    assert told(Asking("r"), servers=Servers(), seconds=APPROVAL_SECONDS - 1) == []
    assert told(Asking("r"), servers=Servers(), seconds=APPROVAL_SECONDS + 1) == [("given up", "r")]
    many = told(*(Listing("i", tool()) for _ in range(MOST_OPEN + 3)), servers=Servers())
    assert sum(one[0] == "unlisted" for one in many) == 3
    assert told(Listing("i", tool())) == [("unlisted", "too much is being asked of servers already")]


def test_approvals_that_came_keep_no_place_and_those_that_are_awaited_are_bounded() -> None:
    came = [Asking(f"done_{n}") for n in range(2 * MOST_OPEN)]
    assert told(*came, Listing("i", tool()), servers=Servers()) == [("listed", ["find"])]
    awaited = [Asking(f"open_{n}") for n in range(MOST_OPEN + 2)]
    assert [one[1] for one in told(*awaited, servers=Servers())] == [f"open_{MOST_OPEN}", f"open_{MOST_OPEN + 1}"]


@pytest.mark.parametrize("given", ["abc", "Bearer abc", "bearer  abc", " Bearer abc\n"])
def test_an_authorization_may_say_its_kind_or_not(given: str) -> None:
    servers = Servers()
    told(Listing("i", tool(authorization=given)), servers=servers)
    assert servers.asked[0].headers == {"Authorization": "Bearer abc"}


def test_what_goes_wrong_while_a_result_is_told_ends_no_call() -> None:
    class Broken(Teller):
        def listed(self, job: Job, tools: Any) -> None:
            raise RuntimeError("bug")

    teller: Any = Broken(Listing("i", tool()), calling())
    assert told(teller=teller, servers=Servers()) == [("unlisted", "internal error"), ("finished", "find {}")]
