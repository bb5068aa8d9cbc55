"""The one place where what the SDK and aiohttp raise becomes a provider fault: a stage, a stable code and a verdict."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import openai

from pipeline.errors import ProviderFault, ProviderRefused, ProviderTimeout, ProviderUnavailable

CODES: dict[str, str] = {
    "connect_timeout": "No connection to the provider within its deadline.",
    "first_byte_timeout": "The provider did not begin its answer in time.",
    "signs_of_life": "The provider began its answer, and sent nothing in time but that (keep-alives, empty events).",
    "blank_text": "The provider's answer held blanks and no words, in time or at all.",
    "silent_audio": "The provider sent sound that nobody can hear: in time, at all, or for three seconds on end.",
    "circuit_open": "The provider kept failing, so it is not asked for a while.",
    "gap_timeout": "The provider's answer stopped in mid-stream.",
    "total_timeout": "The provider's answer took too long altogether.",
    "connection_failed": "The provider could not be reached, or the connection broke before it answered.",
    "connection_lost": "The connection broke in mid-answer.",
    "rate_limited": "The provider asks us to slow down (429).",
    "server_error": "The provider failed on its side (5xx).",
    "conflict": "The provider could not take the request just now (408, 409).",
    "malformed": "The provider's answer could not be understood.",
    "empty": "The provider answered with nothing.",
    "invalid_key": "The provider does not accept the API key (401).",
    "forbidden": "The API key may not use this model or this endpoint (403).",
    "model_not_found": "The provider does not know the model or the endpoint (404).",
    "bad_request": "The provider refuses the request as wrong.",
    "quota_exhausted": "The account at the provider has no credit left.",
    "content_filter": "The provider's content filter stopped the answer.",
    "wrong_format": "The provider sends audio in another format than 24 kHz PCM.",
}
"""Every code a provider fault can carry, with what it means."""

_SECRET = re.compile(r"\b(sk|ek|pk)[-_][A-Za-z0-9*_-]{3,}")
_LONGEST = 300


@contextmanager
def faults(stage: str) -> Iterator[None]:
    """Raise what the SDK, aiohttp or a parser raises in this block as a ProviderFault of `stage`."""
    try:
        yield
    except (openai.OpenAIError, aiohttp.ClientError, ValueError) as error:
        raise fault(stage, error) from error


def fault(stage: str, error: Exception) -> ProviderFault:
    """The provider fault that `error` amounts to."""
    match error:
        case openai.APIStatusError():
            return _of_status(stage, error)
        case openai.APITimeoutError() | aiohttp.ServerTimeoutError():
            return _of_timeout(stage, error)
        case openai.APIResponseValidationError():
            return ProviderUnavailable(stage, f"{stage}: {_clean(str(error))}", code="malformed")
        case openai.APIConnectionError():
            lost = isinstance(error.__cause__, aiohttp.ServerDisconnectedError | aiohttp.ClientResponseError)
            code = "connection_lost" if lost else "connection_failed"
            return ProviderUnavailable(stage, f"{stage}: no connection to the provider", code=code)
        case openai.APIError():
            return of_body(stage, error.code, error.message)
        case aiohttp.ClientError():
            return ProviderUnavailable(stage, f"{stage}: the connection broke in mid-answer", code="connection_lost")
        case _:
            return ProviderUnavailable(stage, f"{stage}: the answer could not be understood", code="malformed")


def of_body(stage: str, code: str | None, message: str | None) -> ProviderFault:
    """The fault that an error object inside a stream amounts to."""
    text = f"{stage}: {_clean(message or code or 'the provider failed in mid-answer')}"
    match code:
        case "rate_limit_exceeded":
            return ProviderUnavailable(stage, text, code="rate_limited")
        case "insufficient_quota":
            return ProviderRefused(stage, text, code="quota_exhausted")
        case "content_filter":
            return ProviderRefused(stage, text, code="content_filter")
        case "invalid_request_error" | "invalid_prompt" | "context_length_exceeded" | "model_not_found":
            return ProviderRefused(stage, text, code="bad_request")
        case _:
            return ProviderUnavailable(stage, text, code="server_error")


def malformed(stage: str, what: str) -> ProviderFault:
    return ProviderUnavailable(stage, f"{stage}: {what}", code="malformed")


def _of_status(stage: str, error: openai.APIStatusError) -> ProviderFault:
    status = error.status_code
    message = f"{stage}: HTTP {status}: {_clean(error.message)}"
    after = _retry_after(error.response.headers)
    if "insufficient_quota" in (error.code, error.type):
        return ProviderRefused(stage, message, code="quota_exhausted")
    match status:
        case 429:
            return ProviderUnavailable(stage, message, code="rate_limited", retry_after=after)
        case 408 | 409:
            return ProviderUnavailable(stage, message, code="conflict", retry_after=after)
        case _ if status >= 500:
            return ProviderUnavailable(stage, message, code="server_error", retry_after=after)
        case _:
            refused = {401: "invalid_key", 403: "forbidden", 404: "model_not_found"}
            return ProviderRefused(stage, message, code=refused.get(status, "bad_request"))


def _of_timeout(stage: str, error: Exception) -> ProviderFault:
    if isinstance(error.__cause__, aiohttp.ConnectionTimeoutError):
        return ProviderTimeout(stage, f"{stage}: no connection to the provider in time", code="connect_timeout")
    code = "gap_timeout" if isinstance(error, aiohttp.ServerTimeoutError) else "first_byte_timeout"
    return ProviderTimeout(stage, f"{stage}: the provider did not answer in time", code=code)


def _retry_after(headers: Any) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after` (a number, or a date beside the answer's own date)."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    try:
        until: datetime = parsedate_to_datetime(headers["retry-after"])
        return max(0.0, (until - parsedate_to_datetime(headers["date"])).total_seconds())
    except (KeyError, ValueError, TypeError):
        return None


def _clean(message: str) -> str:
    """The provider's message without anything that looks like a key, on one line, of bounded length."""
    return _SECRET.sub(r"\1-****", " ".join(message.split()))[:_LONGEST]
