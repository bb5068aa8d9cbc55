"""The headers that every answer of the real API carries."""

import secrets
import time

REQUESTS = 10_000
TOKENS = 30_000_000


def request_id() -> str:
    return f"req_{secrets.token_hex(16)}"


def stamp() -> int:
    """Seconds since 1970, for `created` on the wire."""
    return int(time.time())  # noqa: TID251  a stamp for strangers; nothing is measured with it


def duration(ms: int) -> str:
    """How the rate-limit headers write a time: 6ms, 1.2s, 6m0s."""
    if ms <= 0:
        return "0s"
    if ms < 1000:
        return f"{ms}ms"
    if ms < 60_000:
        return f"{ms / 1000:g}s"
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes}m{rest / 1000:g}s"
    return f"{hours}h{tail}" if hours else tail


def standing(processing_ms: int) -> list[tuple[bytes, bytes]]:
    """Identity and timing; `processing_ms` is the time to the headers."""
    return [
        (b"x-request-id", request_id().encode()),
        (b"openai-processing-ms", str(processing_ms).encode()),
        (b"openai-version", b"2020-10-01"),
        (b"openai-organization", b"parley-standin"),
        (b"openai-project", b"proj_standin"),
        (b"access-control-expose-headers", b"X-Request-ID"),
    ]


def limits(tokens: int = 30, requests_left: int = REQUESTS - 1) -> list[tuple[bytes, bytes]]:
    """The rate limits after a request of about `tokens` tokens."""
    pairs = {
        "limit-requests": str(REQUESTS),
        "remaining-requests": str(requests_left),
        "reset-requests": duration((REQUESTS - requests_left) * 60_000 // REQUESTS),
        "limit-tokens": str(TOKENS),
        "remaining-tokens": str(TOKENS - tokens),
        "reset-tokens": duration(tokens * 60_000 // TOKENS),
    }
    return [(f"x-ratelimit-{name}".encode(), value.encode()) for name, value in pairs.items()]
