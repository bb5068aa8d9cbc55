"""Checks a body of POST /v1/chat/completions and turns it into what the engine is asked."""

from typing import Any

from stages.ports import Message, Said, ToolCall, ToolResult
from stages.standin.answering import Asked
from stages.standin.engines.ports import ChatEngineRequest
from stages.standin.errors import bad, missing, unsupported, unsupported_value, wrong_type
from stages.standin.fields import Fields, objected
from stages.standin.models import EFFORTS, ChatModel, chat_model
from stages.standin.tiers import service_tier
from stages.standin.tools import answer_schema, nested_tools, tool_choice

KNOWN = frozenset(
    "model messages stream stream_options tools tool_choice parallel_tool_calls max_tokens max_completion_tokens "
    "temperature top_p n stop seed user metadata store response_format reasoning_effort verbosity service_tier "
    "logprobs top_logprobs frequency_penalty presence_penalty logit_bias modalities prompt_cache_key "
    "prompt_cache_retention prompt_cache_options safety_identifier".split()
)
_ROLES = ("system", "developer", "user", "assistant", "tool")


def read(fields: Fields) -> Asked:
    """The checked request; raises Refused with OpenAI's words."""
    fields.only(KNOWN)
    fields.need("model")
    model = chat_model(fields.text("model"))
    if not fields.has("messages"):
        raise missing("messages")
    fields.array("messages", shortest=1)
    effort = _effort(fields, model)
    _sampling(fields, model, effort)
    _options(fields)
    tools = nested_tools(fields)
    if not tools:
        for name in ("tool_choice", "parallel_tool_calls"):
            if fields.has(name):
                raise bad(f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.", name)
    elif model.reasons and effort != "none":
        told = "Function calling with reasoning is not available for this model in /v1/chat/completions."
        raise bad(f"{told} Use /v1/responses, or set reasoning_effort to 'none'.", "tools", "unsupported_parameter")
    messages = _messages(fields)
    request = ChatEngineRequest(
        model=model.id,
        instructions="\n\n".join(m.text for m in messages if isinstance(m, Said) and m.role in ("system", "developer")),
        messages=tuple(m for m in messages if not (isinstance(m, Said) and m.role in ("system", "developer"))),
        tools=tools,
        tool_choice=tool_choice(fields, tools, nested=True),
        schema=_format(fields),
        max_tokens=_longest(fields, model),
    )
    return Asked(model, effort, request, fields.flag("parallel_tool_calls", True), service_tier(fields))


def _effort(fields: Fields, model: ChatModel) -> str:
    if not fields.has("reasoning_effort"):
        return model.effort
    if not model.reasons:
        raise unsupported("reasoning_effort")
    effort = fields.choice("reasoning_effort", EFFORTS)
    if effort not in model.efforts:
        hint = f"Supported values are: {', '.join(repr(name) for name in model.efforts)}."
        raise unsupported_value("reasoning_effort", effort, hint)
    return effort


def _sampling(fields: Fields, model: ChatModel, effort: str) -> None:
    fields.decimal("temperature", 0, 2)
    fields.decimal("top_p", 0, 1)
    fields.decimal("frequency_penalty", -2, 2)
    fields.decimal("presence_penalty", -2, 2)
    fields.flag("logprobs")
    fields.whole("top_logprobs", 0, 20)
    if fields.has("top_logprobs") and not fields.flag("logprobs"):
        raise bad("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs")
    if not model.reasons or effort == "none":
        return
    for name in ("temperature", "top_p"):
        if fields.has(name):
            raise unsupported_value(name, fields.raw(name), "Only the default (1) value is supported.")
    for name in ("frequency_penalty", "presence_penalty", "logprobs", "top_logprobs", "stop"):
        if fields.has(name):
            raise unsupported(name)


def _options(fields: Fields) -> None:
    for name in ("stream", "store", "parallel_tool_calls"):
        fields.flag(name)
    fields.whole("seed", -(2**63), 2**63 - 1)
    count = fields.whole("n", 1, 128)
    if count not in (None, 1):
        raise bad("More than one choice is not available on this server.", "n", "unsupported_value")
    fields.choice("verbosity", ("low", "medium", "high"))
    options = fields.object("stream_options")
    if options is None:
        return
    options.only(("include_usage", "include_obfuscation"))
    options.flag("include_usage")
    options.flag("include_obfuscation")
    if not fields.flag("stream"):
        raise bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")


def _longest(fields: Fields, model: ChatModel) -> int | None:
    old = fields.whole("max_tokens", 1)
    new = fields.whole("max_completion_tokens", 1)
    if old is not None and model.reasons:
        raise unsupported("max_tokens", "Use 'max_completion_tokens' instead.")
    if old is not None and new is not None:
        raise bad(
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        )
    return new if new is not None else old


def _format(fields: Fields) -> dict[str, Any] | None:
    form = fields.object("response_format")
    if form is None:
        return None
    form.need("type")
    match form.choice("type", ("text", "json_object", "json_schema")):
        case "json_schema":
            inner = form.object("json_schema")
            if inner is None:
                raise missing("response_format.json_schema")
            inner.only(("name", "description", "schema", "strict"))
            return answer_schema(inner, "response_format.json_schema")
        case "json_object":
            return {"type": "object"}
        case _:
            return None


def _messages(fields: Fields) -> list[Message]:
    read: list[Message] = []
    waiting: list[str] = []
    for index, item in enumerate(fields.objects("messages")):
        item.need("role")
        role = item.choice("role", _ROLES)
        if role != "tool" and waiting:
            raise _unanswered(waiting, index)
        if role == "tool":
            read.append(_result(item, waiting, index))
            continue
        item.only(("role", "content", "name", "refusal", "tool_calls", "audio"))
        text = _content(item)
        if text is None and not (role == "assistant" and item.has("tool_calls")):
            told = f"Invalid value for 'content': expected a string, got null. (messages[{index}])"
            raise bad(told, f"messages.[{index}].content")
        if text:
            read.append(Said(role, text))
        if role == "assistant":
            calls = [_call(call) for call in item.objects("tool_calls")]
            read += calls
            waiting = [call.id for call in calls]
    if waiting:
        raise _unanswered(waiting, len(fields.array("messages")))
    return read


def _result(item: Fields, waiting: list[str], index: int) -> ToolResult:
    item.only(("role", "content", "tool_call_id", "name"))
    item.need("tool_call_id")
    call_id = item.text("tool_call_id")
    if call_id not in waiting:
        told = (
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
        )
        raise bad(told, f"messages.[{index}].role")
    waiting.remove(call_id)
    if item.raw("content") is None:
        raise missing(item.named("content"))
    return ToolResult(call_id, _content(item) or "")


def _call(call: Fields) -> ToolCall:
    call.need("id")
    call.need("type")
    call.choice("type", ("function",))
    function = call.object("function")
    if function is None:
        raise missing(call.named("function"))
    function.need("name")
    if function.raw("arguments") is None:
        raise missing(function.named("arguments"))
    return ToolCall(call.text("id"), function.text("name"), function.text("arguments"))


def _unanswered(waiting: list[str], index: int) -> Exception:
    told = "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'."
    return bad(
        f"{told} The following tool_call_ids did not have response messages: {', '.join(waiting)}",
        f"messages.[{index}].role",
    )


def _content(item: Fields) -> str | None:
    value = item.raw("content")
    if value is None or isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise wrong_type(item.named("content"), "one of a string or array of objects", value)
    texts = []
    for index, raw in enumerate(value):
        part = objected(raw, f"{item.named('content')}[{index}]")
        part.need("type")
        kind = part.choice("type", ("text", "refusal", "image_url", "input_audio", "file"))
        if kind not in ("text", "refusal"):
            raise bad(
                "Images, audio and files are not available on this server.", part.named("type"), "unsupported_value"
            )
        part.need(kind)
        texts.append(part.text(kind))
    return "".join(texts)
