"""The settings of an agent's own tools: the secrets that sign their requests, by name."""

import re
from collections.abc import Mapping

from pydantic import SecretStr
from standardwebhooks import Webhook

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


def secrets_of(text: str) -> Mapping[str, str]:
    """`NAME=whsec_...` pairs, separated by commas. Raises ValueError, which repeats no secret."""
    found: dict[str, str] = {}
    for number, pair in enumerate([part.strip() for part in text.split(",") if part.strip()], start=1):
        name, _, secret = pair.partition("=")
        if not _NAME.fullmatch(name):
            raise ValueError(f"pair {number} must be NAME=secret, the name in capital letters")
        try:
            Webhook(secret)
        except Exception:
            raise ValueError(f"the secret {name} must be `whsec_` and base64") from None
        found[name] = secret
    return found


def check_secrets(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        secrets_of(value.get_secret_value())
    return value
