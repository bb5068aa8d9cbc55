"""What the settings of ICE servers must look like, and how browsers are told of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.webhook_settings import listed


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server, as browsers are told of it."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


def read_ice_servers(value: Any) -> Any:
    """URLs separated by commas, or JSON (`[{urls, username, credential}]`). Raises ValueError."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    found = json.loads(text) if text.startswith("[") else [{"urls": url} for url in listed(text)]
    return tuple(_ice_server(entry) for entry in found)


def _ice_server(entry: Any) -> IceServer:
    named = entry.get("urls") if isinstance(entry, Mapping) else None
    urls = (named,) if isinstance(named, str) else tuple(named) if isinstance(named, list) else ()
    if not urls:
        raise ValueError("each ICE server needs `urls`")
    for url in urls:
        if not str(url).startswith(("stun:", "stuns:", "turn:", "turns:")):
            raise ValueError(f"{url!r} is not a stun: or turn: URL")
    return IceServer(urls, entry.get("username"), entry.get("credential"))
