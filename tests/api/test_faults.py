import asyncio
from typing import Any

import pytest

from api.faults import fault_responses, refuse_fault, status_of
from pipeline import errors
from tests.api.house import house


class Away(errors.ParleyError):
    code = "database_unavailable"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (errors.ProtocolViolation("x"), 400),
        (errors.CallerFault("x"), 400),
        (errors.Unauthorised("x"), 401),
        (errors.NotFound("x"), 404),
        (errors.TooBusy("x"), 503),
        (errors.ProviderUnavailable("tts", "x"), 502),
        (errors.ProviderTimeout("tts", "x"), 504),
        (errors.SpecInvalid("x"), 500),
        (errors.ToolRefused("x"), 500),
        (Away("x"), 503),
    ],
)
def test_a_fault_is_answered_by_whose_fault_it_is(fault: errors.ParleyError, status: int) -> None:
    assert status_of(fault) == status
    answer = refuse_fault(fault)
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status == 503)
    assert fault.code.encode() in answer.body


def ask(method: str, path: str, **options: Any) -> tuple[int, dict[str, Any], Any]:
    async def story() -> tuple[int, dict[str, Any], Any]:
        async with house() as h, h.client() as client:
            answer = await client.request(method, path, **options)
            return answer.status_code, answer.json()["error"], answer.headers

    return asyncio.run(story())


def test_what_is_not_there_is_told_in_our_own_shape() -> None:
    status, error, _ = ask("GET", "/nowhere")
    assert (status, error["code"], error["type"]) == (404, "not_found", "not_found_error")
    status, error, headers = ask("PATCH", "/v1/calls")
    assert (status, error["code"]) == (405, "method_not_allowed")
    assert headers["allow"] == "GET"
    assert ask("GET", "/console/nothing.js")[0] == 404


def test_a_wrong_parameter_is_named() -> None:
    status, error, _ = ask("GET", "/v1/calls", params={"limit": "many"})
    assert (status, error["code"], error["param"]) == (400, "invalid_value", "limit")
    assert set(error) == {"type", "code", "message", "param"}


def test_the_openapi_page_lists_the_shape() -> None:
    assert set(fault_responses(503)) == {400, 401, 503}
