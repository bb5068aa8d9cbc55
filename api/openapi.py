"""The OpenAPI document: what FastAPI finds, and what it cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth import LOOPBACK_ONLY, OPEN

BEARER = {"type": "http", "scheme": "bearer", "description": "A key made by `parley keys create`."}
FAULT = {"$ref": "#/components/schemas/FaultBody"}
"""FastAPI would say that a stream's errors are streams too."""


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the way to sign in, and without the answer 422, which this API gives as 400."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        document.setdefault("components", {})["securitySchemes"] = {"key": BEARER}
        document["security"] = [{"key": []}]
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["responses"].pop("422", None)
                for status, response in operation["responses"].items():
                    if status.startswith(("4", "5")) and "application/json" not in response.get("content", {}):
                        response["content"] = {"application/json": {"schema": FAULT}}
                if path in OPEN | LOOPBACK_ONLY:
                    operation["security"] = []
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"].get("schemas", {}).pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
