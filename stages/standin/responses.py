"""POST /v1/responses: streamed as typed, numbered events, or whole."""

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
from stages.standin.errors import SORRY, Refused, broken
from stages.standin.fields import Fields
from stages.standin.headers import stamp
from stages.standin.responses_request import read


async def create(request: Request) -> Response:
    fields = await json_body(request)
    asked = read(fields)
    stage = backstage(request)
    writer = Writer(asked, fields)
    parts = answer(stage, asked, empty=struck(request, "empty"))
    if fields.flag("stream"):
        return Stream(_events(parts, writer, struck(request, "failed")), sse.TYPE)
    if struck(request, "failed"):
        raise Refused(broken())
    async with aclosing(parts):
        async for part in parts:
            writer.take(part)
    return Response(sse.packed(writer.response), media_type="application/json")


async def _events(parts: AsyncGenerator[Part, None], writer: "Writer", fails: bool) -> AsyncGenerator[bytes, None]:
    async with aclosing(parts):
        async for part in parts:
            if fails and not isinstance(part, Opened):
                yield b"".join(map(sse.with_event, writer.fail()))
                return
            events = writer.take(part)
            if events:
                yield b"".join(map(sse.with_event, events))


class Writer:
    """Builds the response object and the events that tell of it, part by part."""

    def __init__(self, asked: Asked, fields: Fields) -> None:
        self._asked = asked
        self._number = 0
        options = fields.object("stream_options")
        self._padded = options.flag("include_obfuscation", True) if options is not None else True
        self._text: list[str] = []
        self._item: dict[str, Any] | None = None
        self.response = _shell(asked, fields)

    def take(self, part: Part) -> list[dict[str, Any]]:
        """The events that a part of the answer causes."""
        match part:
            case Opened():
                return [self._told("response.created"), self._told("response.in_progress")]
            case Word(text):
                opening = [] if self._item is not None else self._begin_message()
                self._text.append(text)
                return [
                    *opening,
                    self._event(
                        "response.output_text.delta", **self._where(0), delta=text, logprobs=[], **self._padding()
                    ),
                ]
            case CallBegun(call_id, name):
                item = {
                    "id": f"fc_{secrets.token_hex(12)}",
                    "type": "function_call",
                    "status": "in_progress",
                    "arguments": "",
                    "call_id": call_id,
                    "name": name,
                }
                return [*self._end_message(), *self._begin(item)]
            case CallPiece(arguments):
                self._text.append(arguments)
                return [
                    self._event(
                        "response.function_call_arguments.delta", **self._where(), delta=arguments, **self._padding()
                    )
                ]
            case CallEnded():
                return self._end_call("completed")
            case Closed():
                return self._close(part)

    def fail(self) -> list[dict[str, Any]]:
        """The engine broke off: the stream ends with `response.failed`."""
        self.response |= {"status": "failed", "error": {"code": "server_error", "message": SORRY}}
        return [self._told("response.failed")]

    def _close(self, closed: Closed) -> list[dict[str, Any]]:
        status = "incomplete" if closed.reason == "length" else "completed"
        if self._item is not None and self._item["type"] == "function_call":
            events = self._end_call(status)
        else:
            # An answer without a word still has its message.
            opening = (
                self._begin_message()
                if not self.response["output"] and self._item is None and status == "completed"
                else []
            )
            events = opening + self._end_message(status)
        self.response |= {
            "status": status,
            "completed_at": stamp() if status == "completed" else None,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "usage": _usage(closed),
        }
        return [*events, self._told(f"response.{status}")]

    def _begin_message(self) -> list[dict[str, Any]]:
        item = {
            "id": f"msg_{secrets.token_hex(12)}",
            "type": "message",
            "status": "in_progress",
            "content": [],
            "role": "assistant",
        }
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
        return [*self._begin(item), self._event("response.content_part.added", **self._where(0), part=part)]

    def _end_message(self, status: str = "completed") -> list[dict[str, Any]]:
        if self._item is None:
            return []
        text = "".join(self._text)
        part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
        return [
            self._event("response.output_text.done", **self._where(0), text=text, logprobs=[]),
            self._event("response.content_part.done", **self._where(0), part=part),
            self._end_item(status, content=[part]),
        ]

    def _end_call(self, status: str) -> list[dict[str, Any]]:
        assert self._item is not None
        arguments = "".join(self._text)
        if status != "completed":
            return [self._end_item(status, arguments=arguments)]
        done = self._event(
            "response.function_call_arguments.done", **self._where(), name=self._item["name"], arguments=arguments
        )
        return [done, self._end_item(status, arguments=arguments)]

    def _begin(self, item: dict[str, Any]) -> list[dict[str, Any]]:
        self._item = item
        self._text = []
        return [self._event("response.output_item.added", output_index=len(self.response["output"]), item=item)]

    def _end_item(self, status: str, **final: Any) -> dict[str, Any]:
        item = {**(self._item or {}), "status": status, **final}
        event = self._event("response.output_item.done", output_index=len(self.response["output"]), item=item)
        self.response["output"].append(item)
        self._item = None
        return event

    def _where(self, content: int | None = None) -> dict[str, Any]:
        assert self._item is not None
        place = {"item_id": self._item["id"], "output_index": len(self.response["output"])}
        return place if content is None else {**place, "content_index": content}

    def _event(self, kind: str, **values: Any) -> dict[str, Any]:
        event = {"type": kind, "sequence_number": self._number, **values}
        self._number += 1
        return event

    def _told(self, kind: str) -> dict[str, Any]:
        return self._event(kind, response={**self.response, "output": list(self.response["output"])})

    def _padding(self) -> dict[str, str]:
        return {"obfuscation": secrets.token_urlsafe(9)} if self._padded else {}


def _shell(asked: Asked, fields: Fields) -> dict[str, Any]:
    """The response object as it is before the first token."""
    model = asked.model
    text = fields.raw("text") or {}
    return {
        "id": f"resp_{secrets.token_hex(16)}",
        "object": "response",
        "created_at": stamp(),
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": fields.raw("instructions"),
        "max_output_tokens": fields.raw("max_output_tokens"),
        "max_tool_calls": None,
        "model": model.snapshot,
        "output": [],
        "parallel_tool_calls": asked.parallel,
        "previous_response_id": None,
        "prompt_cache_key": fields.raw("prompt_cache_key"),
        "reasoning": {"effort": asked.effort if model.reasons else None, "summary": None},
        "safety_identifier": None,
        "service_tier": asked.tier,
        "store": fields.flag("store", True),
        "temperature": fields.raw("temperature") if fields.has("temperature") else 1.0,
        "text": {"format": _effective_format(text.get("format")), "verbosity": text.get("verbosity") or "medium"},
        "tool_choice": fields.raw("tool_choice") or "auto",
        "tools": [{"description": None, "strict": True, **tool} for tool in fields.array("tools")],
        "top_logprobs": 0,
        "top_p": fields.raw("top_p") if fields.has("top_p") else 1.0,
        "truncation": "disabled",
        "usage": None,
        "user": None,
        "metadata": fields.raw("metadata") or {},
    }


def _effective_format(form: dict[str, Any] | None) -> dict[str, Any]:
    if not form:
        return {"type": "text"}
    return {"description": None, "strict": False, **form} if form["type"] == "json_schema" else form


def _usage(closed: Closed) -> dict[str, Any]:
    spent = closed.tokens + closed.reasoning_tokens
    return {
        "input_tokens": closed.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": spent,
        "output_tokens_details": {"reasoning_tokens": closed.reasoning_tokens},
        "total_tokens": closed.prompt_tokens + spent,
    }
