"""The settings of the providers that a stage falls back on, and of the keys that are called by name."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from api.address_settings import check_base_url
from api.webhook_settings import listed
from stages.dialogue.bounds import FallbackChoice

KEY_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
PARTS = ("model", "base_url", "key", "api", "voice")
APIS = ("responses", "chat")


def read_fallback(value: Any) -> FallbackChoice | None:
    """A model's name, then `base_url=`, `key=`, `api=`, `voice=`, separated by commas. Raises ValueError."""
    if value is None or isinstance(value, FallbackChoice):
        return value
    given: dict[str, str] = {}
    for part in listed(str(value)):
        name, equals, text = part.partition("=")
        name, text = (name.strip(), text.strip()) if equals else ("model", part)
        if name not in PARTS or name in given or not text:
            raise ValueError(f"{part[:80]!r}: give the model's name, then any of base_url=, key=, api=, voice=")
        given[name] = text
    if not given:
        return None
    if "model" not in given:
        raise ValueError("begins with a model's name")
    if given.get("api", "chat") not in APIS:
        raise ValueError("api is `responses` or `chat`")
    if "key" in given and not KEY_NAME.fullmatch(given["key"]):
        raise ValueError("key is the NAME that PARLEY_PROVIDER_KEYS gives it, never the key itself")
    if "base_url" in given:
        given["base_url"] = check_base_url(given["base_url"])
    return FallbackChoice(**given)


def keys_of(value: SecretStr | None) -> Mapping[str, str]:
    """`NAME=key` pairs, separated by commas. Raises ValueError, which repeats no key."""
    found: dict[str, str] = {}
    for number, pair in enumerate(listed(value.get_secret_value()) if value is not None else (), start=1):
        name, _, key = pair.partition("=")
        if not KEY_NAME.fullmatch(name) or not key:
            raise ValueError(f"pair {number} must be NAME=key, the name in capital letters")
        found[name] = key
    return found


def check_keys(value: SecretStr | None) -> SecretStr | None:
    keys_of(value)
    return value
