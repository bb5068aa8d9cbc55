"""Which request needs which scope, and scopes as people write them."""

import pytest

from api.scopes import EVERYTHING, Scope, needed, read_scopes, write_scopes
from pipeline.errors import SettingsInvalid

NEEDED = [
    ("POST", "/v1/realtime/calls", "", Scope.TALK),
    ("GET", "/v1/realtime", "model=parley:reception", Scope.TALK),
    ("GET", "/v1/realtime", "call_id=call_1", Scope.STEER),
    ("POST", "/v1/realtime/client_secrets", "", Scope.MINT),
    ("POST", "/v1/realtime/calls/call_1/hangup", "", Scope.STEER),
    ("POST", "/v1/chat", "", Scope.TALK),
    ("GET", "/v1/calls", "", Scope.READ),
    ("GET", "/v1/calls/call_1/outcome", "", Scope.READ),
    ("DELETE", "/v1/calls/call_1", "", Scope.STEER),
    ("GET", "/metrics", "", Scope.METRICS),
    ("GET", "/", "", None),
    ("GET", "/openapi.json", "", None),
]


@pytest.mark.parametrize(("method", "path", "query", "scope"), NEEDED)
def test_every_request_needs_one_scope_at_most(method: str, path: str, query: str, scope: Scope | None) -> None:
    assert needed(method, path, query) == scope


def test_scopes_are_read_as_they_are_written() -> None:
    assert read_scopes("talk, mint") == {Scope.TALK, Scope.MINT}
    assert read_scopes("") == EVERYTHING
    assert read_scopes(write_scopes({Scope.TALK, Scope.READ})) == {Scope.TALK, Scope.READ}
    assert write_scopes(EVERYTHING) == ""


def test_a_scope_that_there_is_not_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SettingsInvalid, match="there is no scope sing; there are: talk, read"):
        read_scopes("talk,sing")
