import asyncio
from typing import Any

from tests.api.house import house


def document() -> dict[str, Any]:
    async def story() -> dict[str, Any]:
        async with house() as h, h.client() as client:
            answer = await client.get("/openapi.json")
            assert answer.status_code == 200
            found: dict[str, Any] = answer.json()
            return found

    return asyncio.run(story())


def test_the_document_tells_of_every_door() -> None:
    told = document()
    assert {
        "/v1/calls",
        "/v1/calls/{id}",
        "/v1/calls/{id}/events",
        "/v1/calls/{id}/outcome",
        "/v1/chat",
        "/v1/realtime/calls",
        "/v1/console",
        "/healthz",
        "/readyz",
        "/metrics",
    } <= set(told["paths"])
    assert told["info"]["title"] == "Parley"


def test_every_operation_is_described_and_tells_its_errors_in_our_shape() -> None:
    told = document()
    assert told["security"] == [{"key": []}]
    assert "HTTPValidationError" not in told["components"]["schemas"]
    for path, operations in told["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert "422" not in operation["responses"]
            for status in ("400", "401"):
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert schema["$ref"].endswith("/FaultBody"), path
