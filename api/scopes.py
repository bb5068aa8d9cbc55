"""What a key may do, and which request needs what."""

from collections.abc import Iterable
from enum import StrEnum

from pipeline.errors import SettingsInvalid


class Scope(StrEnum):
    """One thing that a key may do."""

    TALK = "talk"
    """Begin and hold calls, conversations and turns."""
    READ = "read"
    """Read calls: transcripts, events, outcomes."""
    STEER = "steer"
    """Hang up on somebody else's call, or steer it from the side."""
    MINT = "mint"
    """Make client secrets."""
    METRICS = "metrics"


EVERYTHING = frozenset(Scope)
MINTING = frozenset({"/v1/realtime/client_secrets", "/v1/realtime/sessions", "/v1/realtime/transcription_sessions"})
TALKING = frozenset({"/v1/realtime", "/v1/realtime/calls", "/v1/chat", "/v1/turns"})


def needed(method: str, path: str, query: str = "") -> Scope | None:
    """What a request needs; None for what everybody who is let in may ask for. A WebSocket's method is GET."""
    if path == "/metrics":
        return Scope.METRICS
    if path in MINTING:
        return Scope.MINT
    if path == "/v1/realtime" and "call_id=" in query:
        return Scope.STEER
    if path in TALKING:
        return Scope.TALK
    if path.startswith("/v1/"):
        return Scope.READ if method in ("GET", "HEAD") else Scope.STEER
    return None


def read_scopes(text: str) -> frozenset[Scope]:
    """Scopes separated by commas, as `parley keys create --scope` takes them; empty means all of them."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in EVERYTHING]
    if unknown:
        raise SettingsInvalid(f"there is no scope {', '.join(unknown)}; there are: {', '.join(Scope)}")
    return frozenset(Scope(name) for name in names) or EVERYTHING


def write_scopes(scopes: Iterable[Scope]) -> str:
    """The same as text; empty where it is all of them."""
    given = frozenset(scopes)
    return "" if given == EVERYTHING else ",".join(sorted(given))
