"""One endpoint of a provider: what the SDK would send there, without making all of it anew for every request.

Headers, URL and timeouts are the same each time, so the SDK is asked for them once; its typed way through every request
costs half a millisecond more, three times in a turn, while a caller waits. What goes wrong is raised as the SDK does.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI
from openai._models import FinalRequestOptions

JSON = b"application/json"


class Endpoint:
    """POSTs to one path."""

    def __init__(self, client: AsyncOpenAI, path: str, accept: str = "application/json") -> None:
        self.client = client
        # The SDK tells nobody what it sends; tests/stages/providers/test_endpoint.py holds this to it.
        options = FinalRequestOptions(method="post", url=path, json_data={}, headers={"Accept": accept})
        made = client._build_request(options)
        self._url, self._extensions = made.url, made.extensions
        of_body = (b"content-length", b"content-type")
        self._head = [(name, value) for name, value in made.headers.raw if name.lower() not in of_body]

    async def post(self, body: bytes, kind: bytes = JSON) -> httpx2.Response:
        """The answer, of which only the head may have come; whoever asked closes it. Raises openai.OpenAIError."""
        head = [*self._head, (b"Content-Type", kind)]
        request = httpx2.Request("POST", self._url, headers=head, content=body, extensions=dict(self._extensions))
        try:
            response = await self.client._client.send(request, stream=True)
        except httpx2.TimeoutException as error:
            raise openai.APITimeoutError(request=request) from error
        except httpx2.HTTPError as error:
            raise openai.APIConnectionError(request=request) from error
        if response.is_success:
            return response
        try:
            await response.aread()
        finally:
            await response.aclose()
        raise self.client._make_status_error_from_response(response)


def packed(fields: Mapping[str, Any]) -> bytes:
    """A body of JSON. Raises ValueError for what JSON cannot hold."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def form(fields: Mapping[str, str | list[str]], name: str, content: bytes, kind: str) -> tuple[bytes, bytes]:
    """A multipart body with one file in it, and its content type. A list is sent as the SDK does, a part for each."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for key, given in fields.items()
        for field, value in ([(key, given)] if isinstance(given, str) else [(f"{key}[]", each) for each in given])
    ]
    opening = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}'
    head = "".join([*parts, opening, "\r\n\r\n"]).encode()
    body = b"".join((head, content, f"\r\n--{boundary}--\r\n".encode()))
    return body, f"multipart/form-data; boundary={boundary}".encode()
