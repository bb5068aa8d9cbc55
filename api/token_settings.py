"""What the token of the console must look like."""

import re

from pydantic import SecretStr

_TOKEN = re.compile(r"[A-Za-z0-9_\-.~]{16,200}")


def check_token(value: SecretStr | None) -> SecretStr | None:
    """Fit for an address and a header. Raises ValueError."""
    if value is not None and not _TOKEN.fullmatch(value.get_secret_value()):
        raise ValueError("must be 16 to 200 letters, digits, and - _ . ~")
    return value
