"""The whole app: keys, routes that do not exist, standing headers and health."""

import asyncio
from typing import Any

import pytest

from stages.standin.config import StandinConfig
from stages.standin.server import create_app
from tests.stages.standin.running import CANNED, KEY, ask, error_of


def test_a_key_is_asked_for_before_anything_else() -> None:
    for headers in ({}, {"authorization": ""}, {"authorization": "Bearer "}, {"authorization": "Basic abc"}):
        answer = ask("POST", "/v1/responses", headers=headers, content=b"{")
        assert error_of(answer) == (401, None, None)
    assert ask("GET", "/v1/models", headers={"authorization": "bearer anything"}).status_code == 200


def test_a_configured_key_is_the_only_one() -> None:
    config = StandinConfig(key="sk-right")
    assert ask("GET", "/v1/models", config=config, headers={"authorization": "Bearer sk-right"}).status_code == 200
    assert error_of(ask("GET", "/v1/models", config=config)) == (401, "invalid_api_key", None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/nothing", 404),
        ("GET", "/v1/responses", 405),
        ("GET", "/", 404),
        ("POST", "/v1/models/x/y", 404),
        ("GET", "/v1/models/", 404),
    ],
)
def test_a_route_that_does_not_exist_says_so_in_openais_shape(method: str, path: str, status: int) -> None:
    answer = ask(method, path)
    assert error_of(answer)[0] == status
    assert path in answer.json()["error"]["message"]


def test_every_answer_has_the_standing_headers_and_the_post_its_limits() -> None:
    fine = ask("POST", "/v1/responses", json={"model": "gpt-4.1", "input": "hi"})
    wrong = ask("POST", "/v1/responses", json={})
    for answer in (fine, wrong):
        assert answer.headers["x-request-id"].startswith("req_")
        assert answer.headers["openai-processing-ms"].isdigit()
        assert answer.headers["x-ratelimit-remaining-requests"] == "9999"
    assert fine.headers["x-request-id"] != wrong.headers["x-request-id"]
    assert "x-ratelimit-limit-tokens" not in ask("GET", "/v1/models", headers=KEY).headers


def test_health_needs_no_key_and_names_the_engine() -> None:
    health = ask("GET", "/healthz", headers={})
    assert (health.status_code, health.json()["engine"]) == (200, "canned")
    assert "x-request-id" not in health.headers


def test_who_leaves_in_the_middle_of_the_question_is_no_fault_of_ours() -> None:
    sent: list[Any] = []

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer sk-test"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/responses", "query_string": b"", "headers": headers}
    asyncio.run(create_app(CANNED)(scope, gone, send))
    assert sent[0]["status"] == 400
