"""What the settings that hold addresses must look like: base URLs of providers, origins of pages."""

from typing import Any
from urllib.parse import urlsplit

from api.webhook_settings import listed


def check_base_url(value: str) -> str:
    """Without its last slash. Raises ValueError."""
    if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
        raise ValueError("must be a URL such as http://127.0.0.1:8000/v1")
    return value.rstrip("/")


def read_origins(value: Any) -> tuple[str, ...]:
    """Origins separated by commas. Raises ValueError."""
    origins = listed(value) if isinstance(value, str) else tuple(value)
    for origin in origins:
        parts = urlsplit(origin)
        if origin == "*" or parts.scheme not in ("http", "https") or not parts.netloc or parts.path:
            raise ValueError(f"{origin!r} is not an origin such as https://app.example.com")
    return origins
