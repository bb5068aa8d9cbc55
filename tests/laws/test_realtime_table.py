"""The table of the Realtime protocol lists what the code takes and tells, all of it and nothing else."""

import ast
import re
from typing import Any, get_args

from pydantic import BaseModel

from api.wire import realtime_table as table
from api.wire.realtime_client import EVENTS, ResponseOptions
from api.wire.realtime_fields import Audio, Input, Output, Realtime, SemanticVad, ServerVad
from api.wire.realtime_items import Message, Said
from tests.laws.source import modules, told

SENT = re.compile(
    r"(session(?!\.tools)|response(?!\.(?:input|tools))|mcp_list_tools|conversation\.item|input_audio_buffer|output_audio_buffer)\.[a-z_.]+|error"
)
NOT_TELLERS = ("table", "beta", "client", "refused", "session")


def names(rows: tuple[Any, ...]) -> set[str]:
    return {row[0] for row in rows}


def fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    return {f"{prefix}{name}" for name in model.model_fields}


def test_every_client_event_is_listed() -> None:
    assert names(table.CLIENT_EVENTS) == EVENTS.keys()


def test_every_field_of_a_session_is_listed() -> None:
    own = fields(Realtime) - {"audio"}
    assert names(table.SESSION) == own | fields(Input, "audio.input.") | fields(Output, "audio.output.")
    assert fields(Audio) == {"input", "output"}
    detected = fields(ServerVad, "server_vad.") | fields(SemanticVad, "semantic_vad.")
    assert names(table.DETECTION) == {name for name in detected if not name.endswith(".type")}


def test_every_field_of_a_response_is_listed() -> None:
    taken = {name for name, how, _ in table.RESPONSE if how != "ignored"}
    assert taken == fields(ResponseOptions)


def test_every_kind_of_content_is_listed() -> None:
    listed = " ".join(names(table.ITEMS))
    kinds = {get_args(part.model_fields["type"].annotation)[0] for part in get_args(get_args(Said)[0])}
    assert not [kind for kind in kinds if kind not in listed]
    assert not [role for role in get_args(Message.model_fields["role"].annotation) if f"({role})" not in listed]


def test_every_server_event_is_listed_and_none_is_made_up() -> None:
    tellers = [
        module
        for module in modules("api/wire")
        if "/realtime" in module.path and not module.path.removesuffix(".py").endswith(NOT_TELLERS)
    ]
    constants = {
        node.value
        for module in tellers
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SENT.fullmatch(node.value)
    }
    listed = set(table.SERVER_EVENTS)
    stems = {name.rpartition(".")[0] for name in listed}
    unlisted = sorted(constants - listed - EVENTS.keys() - stems)
    assert not unlisted, told(unlisted)
    unsaid = sorted(name for name in listed - constants if name.rpartition(".")[0] not in constants)
    assert not unsaid, told(unsaid)
