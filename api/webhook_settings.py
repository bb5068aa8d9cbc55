"""What the settings of the webhook must look like."""

import base64
import ipaddress
from urllib.parse import urlsplit

from pydantic import SecretStr

SHORTEST, LONGEST = 24, 64
"""Bytes of a secret, as Standard Webhooks has it."""


def listed(text: str) -> tuple[str, ...]:
    """Parts separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def check_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username):
        raise ValueError("must be a URL such as https://example.com/hooks/parley")
    return value


def check_secret(value: SecretStr | None) -> SecretStr | None:
    for secret in listed(value.get_secret_value()) if value is not None else ():
        try:
            size = len(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
        except ValueError:
            size = 0
        if not SHORTEST <= size <= LONGEST:
            raise ValueError(f"must be whsec_ and {SHORTEST} to {LONGEST} bytes as base64")
    return value


def check_networks(value: str) -> str:
    for part in listed(value):
        ipaddress.ip_network(part, strict=False)
    return value
