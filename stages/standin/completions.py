"""POST /v1/chat/completions: streamed in chunks that end with [DONE], or whole."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stages.standin import sse
from stages.standin.answering import Asked, CallBegun, CallEnded, CallPiece, Closed, Opened, Part, Word, answer
from stages.standin.backstage import Stream, backstage, struck
from stages.standin.bodies import json_body
from stages.standin.completions_request import read
from stages.standin.errors import SORRY, Refused, broken
from stages.standin.fields import Fields
from stages.standin.headers import stamp

FINGERPRINT = "fp_standin"


async def create(request: Request) -> Response:
    fields = await json_body(request)
    asked = read(fields)
    parts = answer(backstage(request), asked, empty=struck(request, "empty"))
    if fields.flag("stream"):
        return Stream(_chunks(parts, Chunks(asked, fields), struck(request, "failed")), sse.TYPE)
    if struck(request, "failed"):
        raise Refused(broken())
    return Response(sse.packed(await _whole(parts, asked)), media_type="application/json")


async def _chunks(parts: AsyncGenerator[Part, None], chunks: "Chunks", fails: bool) -> AsyncGenerator[bytes, None]:
    async with aclosing(parts):
        async for part in parts:
            if fails and not isinstance(part, Opened):
                yield sse.data_only({"error": {"message": SORRY, "type": "server_error", "param": None, "code": None}})
                return
            written = chunks.take(part)
            if written:
                yield b"".join(map(sse.data_only, written))
    yield sse.DONE


class Chunks:
    """Writes the chunks of one streamed completion."""

    def __init__(self, asked: Asked, fields: Fields) -> None:
        options = fields.object("stream_options")
        self._usage = options.flag("include_usage") if options is not None else False
        self._padded = options.flag("include_obfuscation", True) if options is not None else True
        self._head = _head("chat.completion.chunk", asked)
        self._opened = False
        self._call = -1

    def take(self, part: Part) -> list[dict[str, Any]]:
        match part:
            case Word(text):
                return [*self._role(""), self._chunk({"content": text})]
            case CallBegun(call_id, name):
                self._call += 1
                call = {
                    "index": self._call,
                    "id": call_id,
                    "type": "function",
                    "function": {"name": name, "arguments": ""},
                }
                if self._opened:
                    return [self._chunk({"tool_calls": [call]})]
                self._opened = True
                return [self._chunk({"role": "assistant", "content": None, "tool_calls": [call], "refusal": None})]
            case CallPiece(arguments):
                return [self._chunk({"tool_calls": [{"index": self._call, "function": {"arguments": arguments}}]})]
            case Closed(reason):
                end = [*self._role(""), self._chunk({}, reason)]
                return [*end, {**self._head, "choices": [], "usage": _usage(part)}] if self._usage else end
            case Opened() | CallEnded():
                return []

    def _role(self, content: str) -> list[dict[str, Any]]:
        if self._opened:
            return []
        self._opened = True
        return [self._chunk({"role": "assistant", "content": content, "refusal": None})]

    def _chunk(self, delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        padding = {"obfuscation": secrets.token_urlsafe(9)} if self._padded else {}
        usage = {"usage": None} if self._usage else {}
        return {**self._head, "choices": [choice], **usage, **padding}


async def _whole(parts: AsyncGenerator[Part, None], asked: Asked) -> dict[str, Any]:
    text: list[str] = []
    calls: list[dict[str, Any]] = []
    closed = Closed("stop", 0, 0, 0)
    async with aclosing(parts):
        async for part in parts:
            match part:
                case Word(word):
                    text.append(word)
                case CallEnded(call_id, name, arguments):
                    calls.append(
                        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
                    )
                case Closed():
                    closed = part
    message: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(text) if text or not calls else None,
        "refusal": None,
        "annotations": [],
    }
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": closed.reason}
    return {**_head("chat.completion", asked), "choices": [choice], "usage": _usage(closed)}


def _head(kind: str, asked: Asked) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": stamp(),
        "model": asked.model.snapshot,
        "service_tier": asked.tier,
        "system_fingerprint": FINGERPRINT,
    }


def _usage(closed: Closed) -> dict[str, Any]:
    spent = closed.tokens + closed.reasoning_tokens
    return {
        "prompt_tokens": closed.prompt_tokens,
        "completion_tokens": spent,
        "total_tokens": closed.prompt_tokens + spent,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": closed.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
