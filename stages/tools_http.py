"""An HTTP endpoint as a tool: JSON both ways, signed, sent to a checked address, bounded in size and time."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from standardwebhooks import Webhook

from pipeline.errors import SpecInvalid, ToolFault, ToolTimedOut, ToolUnknown
from stages.answer import Answer, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import Access, Endpoint
from stages.dialogue.spec import Tool as Declared
from stages.tls import tls
from stages.tools_address import Network, Target, target

LARGEST = 1024 * 1024
"""Bytes of an answer that are read."""
SECONDS = 5.0
"""All that one request may take: name, connection, answer."""
RESERVED = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class Egress:
    """What the settings say of tools: networks that are opened to them, and the secrets that sign their requests."""

    networks: tuple[Network, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def http_tool(declared: Declared, egress: Egress) -> Tool:
    """The tool that calls the endpoint. Raises SpecInvalid for a secret that is not set or is none."""
    endpoint = declared.http
    assert endpoint is not None
    signer = _signer(declared.name, endpoint, egress)
    writes = declared.access == Access.WRITE

    async def run(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        try:
            async with asyncio.timeout(SECONDS):
                where = await target(endpoint.url, egress.networks)
                status, body = await _call(endpoint, where, signer, arguments, key)
        except TimeoutError:
            if writes:
                raise ToolUnknown(f"{declared.name} did not answer in time; whether it was done is not known") from None
            raise ToolTimedOut(f"{declared.name} did not answer in time") from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise ToolFault(f"{declared.name} cannot be reached") from None
        except httpx2.HTTPError:
            if writes:
                raise ToolUnknown(f"{declared.name} broke off; whether it was done is not known") from None
            raise ToolFault(f"{declared.name} broke off") from None
        return Answer(_result(declared.name, writes, status, body))

    return run


def _signer(name: str, endpoint: Endpoint, egress: Egress) -> Webhook | None:
    if not endpoint.secret:
        return None
    try:
        return Webhook(egress.secrets[endpoint.secret])
    except KeyError:
        raise SpecInvalid(
            f"the tool {name!r} is signed with {endpoint.secret}, which is not among the secrets"
        ) from None
    except Exception:
        raise SpecInvalid(f"the secret {endpoint.secret} of the tool {name!r} is not base64") from None


async def _call(
    endpoint: Endpoint, where: Target, signer: Webhook | None, arguments: Mapping[str, Any], key: str
) -> tuple[int, bytes]:
    """One request to the address that was checked, under the name that was asked for; redirects are not followed."""
    sends = endpoint.method not in ("GET", "DELETE")
    url = httpx2.URL(endpoint.url)
    if not sends:
        url = url.copy_merge_params({name: _plain(value) for name, value in arguments.items() if value is not None})
    body = json.dumps(arguments, ensure_ascii=False, sort_keys=True) if sends else ""
    request = httpx2.Request(
        endpoint.method,
        url.copy_with(host=where.address),
        headers=_headers(endpoint, where, signer, body, key),
        content=body.encode() if sends else None,
        extensions={"sni_hostname": where.host, "timeout": httpx2.Timeout(SECONDS).as_dict()},
    )
    verify = tls() if where.https else False
    async with httpx2.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, max_redirects=0) as client:
        response = await client.send(request, stream=True)
        try:
            read = bytearray()
            async for piece in response.aiter_raw():
                read += piece
                if len(read) > LARGEST:
                    raise httpx2.ReadError("the answer is too large")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise httpx2.ReadError("the answer is compressed")
            return response.status_code, bytes(read)
        finally:
            await response.aclose()


def _headers(endpoint: Endpoint, where: Target, signer: Webhook | None, body: str, key: str) -> dict[str, str]:
    usual = 443 if where.https else 80
    name = f"[{where.host}]" if ":" in where.host else where.host
    headers = {header: value for header, value in endpoint.headers if header.lower() not in RESERVED}
    headers |= {
        "Host": name if where.port == usual else f"{name}:{where.port}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "parley",
        "Idempotency-Key": key,
    }
    if endpoint.method not in ("GET", "DELETE"):
        headers["Content-Type"] = "application/json"
    if signer is not None:
        message, now = f"msg_{secrets.token_hex(12)}", time.time_ns() // 1_000_000_000
        headers["webhook-id"] = message
        headers["webhook-timestamp"] = str(now)
        headers["webhook-signature"] = signer.sign(message, datetime.fromtimestamp(now, UTC), body)
    return headers


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _result(name: str, writes: bool, status: int, body: bytes) -> Mapping[str, Any]:
    """What a 2xx answer says; a refusal (4xx) was not done, and what else a server says of a write is unclear."""
    if 200 <= status < 300:
        try:
            answer = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            if writes:
                return {"status": status}
            raise ToolFault(f"{name} did not answer with JSON") from None
        return answer if isinstance(answer, dict) else {"result": answer}
    if writes and not 400 <= status < 500:
        raise ToolUnknown(f"{name} answered with status {status}; whether it was done is not known")
    raise ToolFault(f"{name} answered with status {status}")
