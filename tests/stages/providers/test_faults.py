import json
from unittest.mock import Mock

import aiohttp
import httpx2
import openai
import pytest

from pipeline.errors import ProviderFault, ProviderRefused, ProviderTimeout, ProviderUnavailable
from stages.providers.faults import CODES, fault, faults, of_body

REQUEST = httpx2.Request("POST", "http://x/v1/responses")


def answered(
    status: int, error: dict[str, object] | None = None, headers: dict[str, str] | None = None
) -> ProviderFault:
    response = httpx2.Response(status, json={"error": error or {}}, headers=headers, request=REQUEST)
    client = openai.OpenAI(api_key="x", base_url="http://x/v1")
    return fault("llm", client._make_status_error_from_response(response))


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, ProviderRefused, "bad_request"),
        (401, ProviderRefused, "invalid_key"),
        (403, ProviderRefused, "forbidden"),
        (404, ProviderRefused, "model_not_found"),
        (408, ProviderUnavailable, "conflict"),
        (409, ProviderUnavailable, "conflict"),
        (413, ProviderRefused, "bad_request"),
        (422, ProviderRefused, "bad_request"),
        (429, ProviderUnavailable, "rate_limited"),
        (500, ProviderUnavailable, "server_error"),
        (529, ProviderUnavailable, "server_error"),
    ],
)
def test_a_status_has_one_meaning(status: int, kind: type[ProviderFault], code: str) -> None:
    found = answered(status)
    assert (type(found), found.code, found.stage) == (kind, code, "llm")
    assert found.retryable is (kind is ProviderUnavailable)


def test_an_empty_purse_is_no_rate_limit() -> None:
    found = answered(429, {"code": "insufficient_quota", "type": "insufficient_quota"})
    assert (type(found), found.code) == (ProviderRefused, "quota_exhausted")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:05 GMT", "date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 5.0),
        ({"retry-after": "Sat, 21 Nov 2026 10:00:05 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_the_provider_asks_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert answered(429, headers=headers).retry_after == seconds


def test_a_message_never_carries_a_key() -> None:
    found = answered(401, {"message": "Incorrect API key provided: sk-proj-abc123def456.\nSee"})
    assert "abc123" not in str(found)
    assert "\n" not in str(found)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def not_connected(cause: Exception) -> Exception:
    return caused(openai.APIConnectionError(request=REQUEST), cause)


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (caused(openai.APITimeoutError(REQUEST), aiohttp.ConnectionTimeoutError()), ProviderTimeout, "connect_timeout"),
        (caused(openai.APITimeoutError(REQUEST), aiohttp.SocketTimeoutError()), ProviderTimeout, "first_byte_timeout"),
        (caused(openai.APITimeoutError(REQUEST), TimeoutError()), ProviderTimeout, "first_byte_timeout"),
        (aiohttp.SocketTimeoutError(), ProviderTimeout, "gap_timeout"),
        (openai.APIConnectionError(request=REQUEST), ProviderUnavailable, "connection_failed"),
        (not_connected(aiohttp.ClientOSError()), ProviderUnavailable, "connection_failed"),
        (not_connected(aiohttp.ServerDisconnectedError()), ProviderUnavailable, "connection_lost"),
        (not_connected(aiohttp.ClientResponseError(Mock(), ())), ProviderUnavailable, "connection_lost"),
        (aiohttp.ClientPayloadError(), ProviderUnavailable, "connection_lost"),
        (aiohttp.ClientOSError(), ProviderUnavailable, "connection_lost"),
        (json.JSONDecodeError("", "", 0), ProviderUnavailable, "malformed"),
        (UnicodeDecodeError("utf-8", b"", 0, 1, ""), ProviderUnavailable, "malformed"),
        (openai.APIError("oh", REQUEST, body={"code": "server_error"}), ProviderUnavailable, "server_error"),
    ],
)
def test_what_the_libraries_raise_has_one_meaning(error: Exception, kind: type[ProviderFault], code: str) -> None:
    with pytest.raises(kind) as raised, faults("tts"):
        raise error
    assert (raised.value.code, raised.value.stage) == (code, "tts")
    assert raised.value.__cause__ is error


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(KeyError), faults("tts"):
        raise KeyError("bug")


def test_an_error_in_a_stream_is_read_by_its_code() -> None:
    assert of_body("llm", "insufficient_quota", None).retryable is False
    assert of_body("llm", None, None).code == "server_error"


def test_every_code_is_explained() -> None:
    assert all(text.endswith(".") for text in CODES.values())
