import asyncio
import logging

import pytest

from tests.api.house import house


def test_every_answer_has_a_name_and_keeps_browsers_safe() -> None:
    async def story() -> None:
        async with house() as h, h.client(known=False) as client:
            for path in ("/healthz", "/v1/calls", "/nowhere"):
                answer = await client.get(path)
                assert answer.headers["x-request-id"].startswith("req_")
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["permissions-policy"].startswith("microphone=(self)")
                assert answer.headers["referrer-policy"] == "no-referrer"
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "access-control-allow-origin" not in answer.headers
                assert "strict-transport-security" not in answer.headers

    asyncio.run(story())


def test_a_callers_own_name_for_a_request_is_kept_if_it_is_one() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            given = {"x-request-id": "abc-1"}
            assert (await client.get("/healthz", headers=given)).headers["x-request-id"] == "abc-1"
            for odd in ("x" * 65, "a b", 'a"b'):
                answer = await client.get("/healthz", headers={"x-request-id": odd})
                assert answer.headers["x-request-id"].startswith("req_")

    asyncio.run(story())


def test_a_bug_is_answered_in_our_shape_and_its_words_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            h.parts.store.failure = RuntimeError("the caller said: my card number is 4111")
            answer = await client.get("/v1/calls")
            assert answer.status_code == 500
            assert answer.json()["error"]["code"] == "internal_error"
            assert answer.headers["x-request-id"] in answer.json()["error"]["message"]
            assert "4111" not in answer.text
            assert "x-content-type-options" in answer.headers

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())
    assert [record.message for record in caplog.records] == ["request crashed"]


def test_answers_are_counted_by_route_and_never_by_what_was_asked_for() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client:
            for path in ("/v1/calls/call_a", "/v1/calls/call_b", "/secret-words"):
                await client.get(path)
            text = h.app.state.metrics.told()[0].decode()
            assert 'parley_http_answers_total{route="/v1/calls/{id}",status="404"} 2.0' in text
            assert 'parley_http_answers_total{route="none",status="404"} 1.0' in text
            assert "secret-words" not in text

    asyncio.run(story())
