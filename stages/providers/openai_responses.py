"""POST /v1/responses as a chat model's wire: what is sent, and how its stream is read."""

from collections.abc import Iterator
from typing import Any

from pipeline.errors import ProviderFault, ProviderRefused
from stages.ports import ChatPiece, ChatRequest, Message, Said, TextPiece, ToolCall, ToolResult, ToolSpec, Usage
from stages.providers.capabilities import capabilities
from stages.providers.faults import malformed, of_body

PATH = "/responses"
_CHOICES = ("auto", "none", "required")


def body(model: str, request: ChatRequest, tier: str = "") -> dict[str, Any]:
    """The request as this endpoint wants it; nothing that `model` would refuse."""
    able = capabilities(model)
    sent: dict[str, Any] = {
        "model": model,
        "instructions": request.instructions,
        "input": [_item(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_obfuscation": False},
        "store": False,
        "max_output_tokens": max(16, request.max_tokens),
    }
    if request.tools:
        sent["tools"] = [_tool(tool) for tool in request.tools]
        sent["parallel_tool_calls"] = True  # several fields may come in one sentence
        named = request.tool_choice not in _CHOICES
        sent["tool_choice"] = {"type": "function", "name": request.tool_choice} if named else request.tool_choice
    if able.effort:
        sent["reasoning"] = {"effort": able.effort}
    if tier:
        sent["service_tier"] = tier
    if request.temperature is not None and able.temperature:
        sent["temperature"] = request.temperature
    if request.schema is not None:
        form = {"type": "json_schema", "name": "answer", "schema": request.schema, "strict": True}
        sent["text"] = {"format": form}
    return sent


class Reading:
    """Reads one stream: feed it each event, take what it gives; `usage` is set once the answer is complete."""

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self._called = False

    def feed(self, event: object) -> Iterator[ChatPiece]:
        """Raises ProviderFault where the provider says that it failed. Unknown events are passed over."""
        if not isinstance(event, dict):
            raise malformed("llm", "an event of the stream is no object")
        match event.get("type"):
            case "response.output_text.delta" | "response.refusal.delta":
                if text := _text(event, "delta"):
                    yield TextPiece(text)
            case "response.output_item.done":
                item = event.get("item")
                if isinstance(item, dict) and item.get("type") == "function_call":
                    self._called = True
                    yield ToolCall(_text(item, "call_id"), _text(item, "name"), _text(item, "arguments") or "{}")
            case "response.completed":
                self._finish(event, "tool_calls" if self._called else "stop")
            case "response.incomplete":
                self._finish(event, self._incomplete(event))
            case "response.failed":
                raise _failure(_object(event, "response"))
            case "error":
                raise _failure({"error": event})
            case _:
                pass

    def _incomplete(self, event: dict[str, Any]) -> str:
        reason = _object(_object(event, "response"), "incomplete_details").get("reason")
        if reason == "content_filter":
            raise ProviderRefused("llm", "llm: the content filter stopped the answer", code="content_filter")
        return "length"

    def _finish(self, event: dict[str, Any], stopped: str) -> None:
        usage = _object(_object(event, "response"), "usage")
        cached = _object(usage, "input_tokens_details").get("cached_tokens")
        asked, answered = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
        self.usage = Usage(asked, answered, _count(cached), stopped)


def _failure(response: dict[str, Any]) -> ProviderFault:
    error = _object(response, "error")
    return of_body("llm", _text(error, "code") or None, _text(error, "message"))


def _item(message: Message) -> dict[str, Any]:
    match message:
        case Said("assistant", text):
            return {"role": "assistant", "content": [{"type": "output_text", "text": text}]}
        case Said(role, text):
            return {"role": "developer" if role == "system" else role, "content": text}
        case ToolCall(call, name, arguments):
            return {"type": "function_call", "call_id": call, "name": name, "arguments": arguments}
        case ToolResult(call, output):
            return {"type": "function_call_output", "call_id": call, "output": output}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def _text(parent: dict[str, Any], name: str) -> str:
    found = parent.get(name)
    return found if isinstance(found, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
