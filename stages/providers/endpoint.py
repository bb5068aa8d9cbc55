"""One endpoint of a provider: the SDK says what is sent there and what a refusal means, aiohttp sends it.

Headers and URL are the same each time, so the SDK is asked for them once. Its typed way through every request costs
half a millisecond more, three times in a turn, while a caller waits.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

import aiohttp
import httpx2
import openai
from multidict import CIMultiDict
from openai import AsyncOpenAI
from openai._models import FinalRequestOptions
from yarl import URL

from stages.providers.config import ProviderConfig
from stages.providers.network import Pool

JSON = "application/json"
_OF_ONE_REQUEST = ("host", "connection", "content-length", "content-type")
_OF_THE_WAY = ("content-encoding", "content-length", "transfer-encoding")


class Endpoint:
    """Sends to one path."""

    def __init__(
        self, pool: Pool, client: AsyncOpenAI, config: ProviderConfig, path: str, accept: str = "application/json"
    ) -> None:
        self._pool = pool
        self._client = client
        # The SDK tells nobody what it sends; tests/stages/providers/test_endpoint.py holds this to it.
        options = FinalRequestOptions(method="post", url=path, json_data={}, headers={"Accept": accept})
        self._like = client._build_request(options)
        self._url = URL(str(self._like.url), encoded=True)
        self._head = CIMultiDict(
            (name, value) for name, value in _headers(self._like) if name.lower() not in _OF_ONE_REQUEST
        )
        limits = config.limits
        # Safety nets only: the deadlines proper are kept by stages.deadlines, which knows about the whole stage.
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            connect=limits.connect,
            sock_connect=limits.connect,
            sock_read=max(limits.first, limits.gap) + 1.0,
        )

    async def post(self, body: bytes, kind: str = JSON) -> aiohttp.ClientResponse:
        """The answer, of which only the head may have come; whoever asked closes it. Raises openai.OpenAIError."""
        head = self._head.copy()
        head["Content-Type"] = kind
        return await self._answered("POST", head, body, self._timeout)

    async def get(self, within: float) -> bytes:
        """The whole answer, within so many seconds. Raises openai.OpenAIError."""
        response = await self._answered("GET", self._head, None, aiohttp.ClientTimeout(total=within))
        try:
            return await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error) from error
        finally:
            response.close()

    async def _answered(
        self, method: str, head: CIMultiDict[str], body: bytes | None, timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        try:
            response = await self._pool.send(method, self._url, head, body, timeout)
            if response.status < 400:
                return response
            try:
                refusal = await response.read()
            finally:
                response.close()
        except (aiohttp.ClientError, OSError) as error:
            raise self._broken(error) from error
        headers = [(name, value) for name, value in response.headers.items() if name.lower() not in _OF_THE_WAY]
        raise self._client._make_status_error_from_response(
            httpx2.Response(response.status, headers=headers, content=refusal, request=self._like)
        )

    def _broken(self, error: Exception) -> openai.OpenAIError:
        if isinstance(error, TimeoutError):
            return openai.APITimeoutError(request=self._like)
        return openai.APIConnectionError(request=self._like)


def _headers(request: httpx2.Request) -> list[tuple[str, str]]:
    return [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw]


def packed(fields: Mapping[str, Any]) -> bytes:
    """A body of JSON. Raises ValueError for what JSON cannot hold."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def form(fields: Mapping[str, str | list[str]], name: str, content: bytes, kind: str) -> tuple[bytes, str]:
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
    return body, f"multipart/form-data; boundary={boundary}"
