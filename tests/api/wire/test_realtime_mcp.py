"""MCP servers as clients see them, without any: what is listed, which calls need an approval, and how each ends."""

from typing import Any

import pytest

from api.realtime.prompt import request
from api.wire.realtime import RealtimeWriter
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_fields import McpFilter, McpTool
from api.wire.realtime_mcp import DENIED, MOST_TOOLS, UNASKED, Asking, Calling, Listed, Listing, McpTeller
from api.wire.realtime_refused import Refused
from api.wire.realtime_session import open_session
from api.wire.realtime_story import Story
from pipeline.events import Envelope, ModelAsked, ToolFinished, ToolStarted, TurnBegan, TurnSettled
from stages.ports import ToolResult
from tests.api.wire.test_realtime import check

READ = Listed("find", "Finds.", {"type": "object"}, {"readOnlyHint": True})
WRITE = Listed("cancel", "", {"type": "object"}, {})


def server(**more: Any) -> dict[str, Any]:
    return {"type": "mcp", "server_label": "shop", "server_url": "https://mcp.example.com", **more}


class Talk:
    def __init__(self, *servers: dict[str, Any]) -> None:
        session = open_session("s", "m")
        session.takes_servers = True
        self.story = Story("call_1", session)
        self.writer = RealtimeWriter(self.story)
        self.told: list[dict[str, Any]] = []
        self.bring(*servers)

    @property
    def mcp(self) -> McpTeller:
        return self.writer.mcp

    def bring(self, *servers: dict[str, Any]) -> None:
        self.story.session.update({"type": "realtime", "tools": list(servers)})
        self.mcp.update()
        self.flush()

    def tell(self, *tools: Listed) -> None:
        for job in self.mcp.taken():
            assert isinstance(job, Listing)
            self.mcp.listed(job, tools)
        self.flush()

    def call(self, name: str, generation: int = 1) -> Any:
        """A turn calls it; what is due then."""
        for fact in (
            TurnBegan(generation, "utterance", True, None),
            ModelAsked(generation, "m"),
            ToolStarted(generation, f"call_{generation}", name, "{}", False),
        ):
            self.writer.feed(Envelope("call_1", 1, 1, fact))
        return self.mcp.taken()

    def flush(self) -> list[dict[str, Any]]:
        told = self.story.taken()
        for event in told:
            check(event)
        self.told += told
        return told


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        (None, ["find", "cancel"]), (["cancel"], ["cancel"]), ({"read_only": True}, ["find"]),
        ({"read_only": False}, ["cancel"]), ({"tool_names": ["find"], "read_only": False}, []),
    ],
)  # fmt: skip
def test_only_what_the_session_allows_is_offered(allowed: Any, names: list[str]) -> None:
    talk = Talk(server(allowed_tools=allowed))
    talk.tell(READ, WRITE)
    assert [tool.name for tool in talk.mcp.offered()] == names
    assert not any(tool.strict for tool in talk.mcp.offered())


@pytest.mark.parametrize(
    ("asked", "needs"),
    [
        ("always", ["find", "cancel"]), ("never", []), ({"never": {"read_only": True}}, ["cancel"]),
        ({"always": {"tool_names": ["find"]}, "never": {}}, ["find"]), (None, ["find", "cancel"]),
    ],
)  # fmt: skip
def test_who_needs_an_approval(asked: Any, needs: list[str]) -> None:
    found = []
    for name in ("find", "cancel"):
        talk = Talk(server(require_approval=asked))
        talk.tell(READ, WRITE)
        (job,) = talk.call(name)
        found += [name] if isinstance(job, Asking) else []
    assert found == needs


def test_a_server_is_asked_once_and_again_when_it_changes() -> None:
    talk = Talk(server())
    assert len(talk.mcp.taken()) == 1
    talk.bring(server())
    assert talk.mcp.taken() == []
    talk.bring(server(server_url="https://other.example.com"))
    (job,) = talk.mcp.taken()
    talk.bring()
    assert isinstance(job, Listing)
    talk.mcp.listed(job, (READ,))
    assert talk.mcp.offered() == (), "it is no server of the session any more"


def test_names_that_two_have_are_told_apart_and_tools_are_bounded() -> None:
    talk = Talk(server(), server(server_label="desk"))
    talk.tell(READ, Listed("odd name!", "", {}, {}))
    names = [tool.name for tool in talk.mcp.offered()]
    assert names == ["find", "odd_name_", "desk__find", "desk__odd_name_"]
    assert (talk.mcp.name_of("desk", "find"), talk.mcp.name_of("desk", "nothing")) == ("desk__find", None)
    many = Talk(server())
    many.tell(*(Listed(f"t{n}", "", {}, {}) for n in range(MOST_TOOLS + 9)))
    assert len(many.mcp.offered()) == MOST_TOOLS


def test_a_result_stands_in_the_item_and_in_the_response_that_is_still_given() -> None:
    talk = Talk(server(require_approval="never"))
    talk.tell(READ)
    (job,) = talk.call("find")
    assert isinstance(job, Calling) and not talk.mcp.are_done
    fact = talk.mcp.finished(job, "found")
    assert fact == ToolFinished(1, "call_1", "find", "ok", "found") and talk.mcp.are_done
    assert talk.mcp.finished(job, "again") is None
    talk.flush()
    (done,) = [
        event for event in talk.writer.feed(Envelope("call_1", 9, 9, TurnSettled(1, "nothing", ())))
        if event["type"] == "response.done"
    ]  # fmt: skip
    check(done)
    assert done["response"]["output"][0]["output"] == "found"


def test_a_call_that_is_not_approved_fails_and_one_that_nobody_answers_too() -> None:
    talk = Talk(server())
    talk.tell(READ)
    ends = []
    for generation in (1, 2):
        (asking,) = talk.call("find", generation)
        assert talk.mcp.is_awaited(asking.request)
        fact = talk.mcp.approve(asking.request, False) if generation == 1 else talk.mcp.give_up(asking.request)
        assert fact is not None and fact.outcome == "failed"
        ends.append(talk.flush()[-1]["item"]["error"]["message"])
    assert ends == [DENIED, UNASKED]
    assert talk.mcp.give_up("mcpr_none") is None


def test_a_response_may_narrow_the_servers_and_bring_none() -> None:
    talk = Talk(server())
    talk.tell(READ)
    own = talk.story.session.realtime
    assert own is not None and isinstance(own.tools[0], McpTool)
    talk.mcp.check(own.tools)
    with pytest.raises(Refused):
        talk.mcp.check([McpTool.model_validate(server(server_label="new"))])
    assert talk.mcp.offered(frozenset()) == ()
    assert "authorization" not in str(talk.story.session.told()) and isinstance(McpFilter(), McpFilter)


def test_what_cannot_be_listed_is_told_with_its_reason() -> None:
    talk = Talk(server())
    (job,) = talk.mcp.taken()
    assert isinstance(job, Listing)
    talk.mcp.unlisted(job, "it is down")
    assert [event["type"] for event in talk.flush()] == ["error", "conversation.item.done", "mcp_list_tools.failed"]


def test_a_schema_that_leaves_out_what_providers_insist_on_is_completed() -> None:
    talk = Talk(server())
    talk.tell(READ, Listed("any", "", {}, {}))
    assert [tool.parameters for tool in talk.mcp.offered()] == [{"type": "object", "properties": {}}] * 2


def test_an_empty_result_is_a_result() -> None:
    talk = Talk(server(require_approval="never"))
    talk.tell(READ)
    (job,) = talk.call("find")
    fact = talk.mcp.finished(job, "")
    assert fact is not None and fact.result == ""
    session = talk.story.session.realtime
    assert session is not None
    asked = request(session, ResponseOptions(), talk.story.conversation, "", talk.mcp)
    assert asked.messages[-1] == ToolResult(job.item, "")


def test_listings_count_for_what_a_conversation_may_hold() -> None:
    talk = Talk(server())
    talk.tell(Listed("find", "x" * 50_000, {}, {}))
    for number in range(90):
        talk.bring(server(server_url=f"https://mcp.example.com/{number}"))
        talk.tell(Listed("find", "x" * 50_000, {}, {}))
    assert len(talk.story.conversation) < 85
