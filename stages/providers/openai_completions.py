"""POST /v1/chat/completions as a chat model's wire, read leniently: other vendors' servers speak it too."""

from collections.abc import Iterator
from typing import Any

from pipeline.errors import ProviderRefused
from stages.ports import ChatPiece, ChatRequest, Message, Said, TextPiece, ToolCall, ToolResult, ToolSpec, Usage
from stages.providers.capabilities import capabilities
from stages.providers.faults import malformed

PATH = "/chat/completions"
_CHOICES = ("auto", "none", "required")


def body(model: str, request: ChatRequest, tier: str = "") -> dict[str, Any]:
    """The request as this endpoint wants it; nothing that `model` would refuse."""
    able = capabilities(model)
    limit = "max_completion_tokens" if able.effort else "max_tokens"
    sent: dict[str, Any] = {
        "model": model,
        "messages": _messages(request),
        "stream": True,
        "stream_options": {"include_usage": True},
        limit: max(16, request.max_tokens),
    }
    if request.tools:
        sent["tools"] = [_tool(tool) for tool in request.tools]
        named = request.tool_choice not in _CHOICES
        function = {"type": "function", "function": {"name": request.tool_choice}}
        sent["tool_choice"] = function if named else request.tool_choice
    if able.effort:
        sent["reasoning_effort"] = able.effort
    if tier:
        sent["service_tier"] = tier
    if request.temperature is not None and able.temperature:
        sent["temperature"] = request.temperature
    if request.schema is not None:
        form = {"name": "answer", "schema": request.schema, "strict": True}
        sent["response_format"] = {"type": "json_schema", "json_schema": form}
    return sent


class Reading:
    """Reads one stream: feed it each chunk, take what it gives; `usage` is set once the answer is complete."""

    def __init__(self) -> None:
        self._calls: dict[object, dict[str, str]] = {}
        self._latest: object = None
        self._stopped: str | None = None
        self._counts = (0, 0, 0)

    @property
    def usage(self) -> Usage | None:
        """None until the server has said why it stopped: a stream that just ends was cut off."""
        return None if self._stopped is None else Usage(*self._counts, self._stopped)

    def feed(self, chunk: object) -> Iterator[ChatPiece]:
        """Raises ProviderFault where the provider says that it failed."""
        if not isinstance(chunk, dict):
            raise malformed("llm", "a chunk of the stream is no object")
        if isinstance(chunk.get("usage"), dict):
            self._count(chunk["usage"])
        choices = chunk.get("choices")
        for choice in choices[:1] if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                yield from self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> Iterator[ChatPiece]:
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            for name in ("content", "refusal"):
                if isinstance(text := delta.get(name), str) and text:
                    yield TextPiece(text)
            calls = delta.get("tool_calls")
            for part in calls if isinstance(calls, list) else ():
                self._collect(part)
        reason = choice.get("finish_reason")
        if reason == "content_filter":
            raise ProviderRefused("llm", "llm: the content filter stopped the answer", code="content_filter")
        if isinstance(reason, str) and self._stopped is None:
            called = bool(self._calls)
            yield from self._whole_calls()
            self._stopped = "tool_calls" if called else "length" if reason == "length" else "stop"

    def _collect(self, part: object) -> None:
        """A piece of a call. Its index names it, or else its id; without either it goes on with the latest."""
        if not isinstance(part, dict):
            return
        named = (part.get("index"), part.get("id"))
        key = next((name for name in named if isinstance(name, int | str) and name != ""), self._latest)
        self._latest = key
        call = self._calls.setdefault(key, {"id": "", "name": "", "arguments": ""})
        function = part.get("function")
        function = function if isinstance(function, dict) else {}
        call["id"] = call["id"] or _text(part, "id")
        call["name"] = call["name"] or _text(function, "name")
        call["arguments"] += _text(function, "arguments")

    def _whole_calls(self) -> Iterator[ToolCall]:
        for number, call in enumerate(self._calls.values()):
            yield ToolCall(call["id"] or f"call_{number}", call["name"], call["arguments"] or "{}")
        self._calls.clear()

    def _count(self, usage: dict[str, Any]) -> None:
        details = usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else 0
        found = (usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
        prompt, completion, known = (value if isinstance(value, int) else 0 for value in found)
        self._counts = (prompt, completion, known)


def _messages(request: ChatRequest) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = [{"role": "system", "content": request.instructions}] if request.instructions else []
    for message in request.messages:
        sent.append(_message(message))
        before = sent[-2] if len(sent) > 1 else {}
        if isinstance(message, ToolCall) and before.get("role") == "assistant":
            # What was said and what was called in one answer stand in one message here.
            before["tool_calls"] = before.get("tool_calls", []) + sent.pop()["tool_calls"]
    return sent


def _message(message: Message) -> dict[str, Any]:
    match message:
        case Said(role, text):
            return {"role": role, "content": text}
        case ToolCall(call, name, arguments):
            function = {"name": name, "arguments": arguments}
            called = [{"id": call, "type": "function", "function": function}]
            return {"role": "assistant", "content": None, "tool_calls": called}
        case ToolResult(call, output):
            return {"role": "tool", "tool_call_id": call, "content": output}


def _tool(tool: ToolSpec) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    return {"type": "function", "function": function}


def _text(parent: dict[str, Any], name: str) -> str:
    found = parent.get(name)
    return found if isinstance(found, str) else ""
