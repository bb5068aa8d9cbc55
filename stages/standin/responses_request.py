"""Checks a body of POST /v1/responses and turns it into what the engine is asked."""

from typing import Any

from stages.ports import Message, Said, ToolCall, ToolResult
from stages.standin.answering import Asked
from stages.standin.engines.ports import ChatEngineRequest
from stages.standin.errors import bad, missing, unsupported, wrong_choice, wrong_type
from stages.standin.fields import Fields, objected
from stages.standin.models import ChatModel, chat_model
from stages.standin.tiers import service_tier
from stages.standin.tools import answer_schema, flat_tools, tool_choice

KNOWN = frozenset(
    "model input instructions stream stream_options store tools tool_choice parallel_tool_calls max_output_tokens "
    "temperature top_p reasoning text truncation metadata user include previous_response_id conversation background "
    "prompt service_tier "
    "top_logprobs safety_identifier prompt_cache_key prompt_cache_retention prompt_cache_options max_tool_calls".split()
)
_INCLUDES = (
    "message.output_text.logprobs", "reasoning.encrypted_content", "file_search_call.results",
    "web_search_call.results", "web_search_call.action.sources", "message.input_image.image_url",
    "computer_call_output.output.image_url", "code_interpreter_call.outputs",
)  # fmt: skip
_ROLES = ("user", "assistant", "system", "developer")
_ITEMS = ("message", "function_call", "function_call_output", "reasoning")


def read(fields: Fields) -> Asked:
    """The checked request; raises Refused with OpenAI's words."""
    fields.only(KNOWN)
    fields.need("model")
    model = chat_model(fields.text("model"))
    if not fields.has("input"):
        raise missing("input")
    effort = _effort(fields, model)
    _sampling(fields, model, effort)
    for name in ("stream", "store", "parallel_tool_calls", "background"):
        fields.flag(name)
    fields.choice("truncation", ("auto", "disabled"))
    tier = service_tier(fields)
    options = fields.object("stream_options")
    if options is not None:
        options.only(("include_obfuscation",))
        options.flag("include_obfuscation")
        if not fields.flag("stream"):
            raise bad("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    for index, value in enumerate(fields.array("include")):
        if value not in _INCLUDES:
            raise wrong_choice(f"include[{index}]", value, _INCLUDES)
    _metadata(fields)
    _not_simulated(fields)
    tools = flat_tools(fields)
    request = ChatEngineRequest(
        model=model.id,
        instructions=fields.text("instructions"),
        messages=_input(fields),
        tools=tools,
        tool_choice=tool_choice(fields, tools, nested=False),
        schema=_format(fields),
        max_tokens=fields.whole("max_output_tokens", 16),
    )
    return Asked(model, effort, request, fields.flag("parallel_tool_calls", True), tier)


def _effort(fields: Fields, model: ChatModel) -> str:
    reasoning = fields.object("reasoning")
    if reasoning is None:
        return model.effort
    reasoning.only(("effort", "summary", "generate_summary", "context"))
    if not reasoning.has("effort"):
        return model.effort
    if not model.reasons:
        raise unsupported("reasoning.effort")
    return reasoning.choice("effort", model.efforts)


def _sampling(fields: Fields, model: ChatModel, effort: str) -> None:
    """Reasoning and sampling parameters exclude each other."""
    fields.decimal("temperature", 0, 2)
    fields.decimal("top_p", 0, 1)
    fields.whole("top_logprobs", 0, 20)
    for name in ("temperature", "top_p", "top_logprobs"):
        if fields.has(name) and model.reasons and effort != "none":
            raise unsupported(name)
    if model.reasons and "message.output_text.logprobs" in fields.array("include"):
        raise unsupported("include", "Log-probabilities are not available.")


def _metadata(fields: Fields) -> None:
    values: dict[str, Any] = fields.raw("metadata") if fields.object("metadata") is not None else {}
    if len(values) > 16:
        raise bad(
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties.",
            "metadata",
            "object_above_max_properties",
        )
    for key, value in values.items():
        if not isinstance(value, str):
            raise wrong_type(f"metadata.{key}", "a string", value)


def _not_simulated(fields: Fields) -> None:
    """Server-side state is not kept here; saying so beats pretending."""
    if fields.has("previous_response_id"):
        told = f"Previous response with id '{fields.text('previous_response_id')}' not found."
        raise bad(told, "previous_response_id", "previous_response_not_found")
    for name in ("conversation", "prompt"):
        if fields.has(name):
            raise bad(f"'{name}' is not available on this server.", name, "unsupported_parameter")
    if fields.flag("background"):
        raise bad("Background responses are not available on this server.", "background", "unsupported_value")


def _format(fields: Fields) -> dict[str, Any] | None:
    text = fields.object("text")
    if text is None:
        return None
    text.only(("format", "verbosity"))
    text.choice("verbosity", ("low", "medium", "high"))
    form = text.object("format")
    if form is None:
        return None
    form.need("type")
    match form.choice("type", ("text", "json_schema", "json_object")):
        case "json_schema":
            form.only(("type", "name", "description", "schema", "strict"))
            return answer_schema(form, "text.format")
        case "json_object":
            return {"type": "object"}
        case _:
            return None


def _input(fields: Fields) -> tuple[Message, ...]:
    value = fields.raw("input")
    if isinstance(value, str):
        return (Said("user", value),)
    if not isinstance(value, list):
        raise wrong_type("input", "one of a string or an array of input items", value)
    messages: list[Message] = []
    for index, item in enumerate(value):
        messages += _item(objected(item, f"input[{index}]"))
    _paired(messages)
    return tuple(messages)


def _item(item: Fields) -> list[Message]:
    kind = item.choice("type", _ITEMS, "message")
    match kind:
        case "function_call":
            for name in ("call_id", "name", "arguments"):
                item.need(name)
            return [ToolCall(item.text("call_id"), item.text("name"), item.text("arguments"))]
        case "function_call_output":
            item.need("call_id")
            item.need("output")
            return [ToolResult(item.text("call_id"), _content(item, "output", ("input_text",)))]
        case "reasoning":
            return []
    item.need("role")
    role = item.choice("role", _ROLES)
    item.only(("type", "role", "content", "id", "status", "phase"))
    if item.raw("content") is None:
        raise missing(item.named("content"))
    allowed = ("output_text", "refusal") if role == "assistant" else ("input_text", "input_image", "input_file")
    return [Said(role, _content(item, "content", allowed))]


def _content(item: Fields, name: str, allowed: tuple[str, ...]) -> str:
    value = item.raw(name)
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise wrong_type(item.named(name), "one of an array of objects or string", value)
    texts = []
    for part in item.objects(name):
        part.need("type")
        kind = part.choice("type", allowed)
        if kind in ("input_image", "input_file"):
            raise bad("Images and files are not available on this server.", part.named("type"), "unsupported_value")
        field = "refusal" if kind == "refusal" else "text"
        part.need(field)
        texts.append(part.text(field))
    return "".join(texts)


def _paired(messages: list[Message]) -> None:
    """Every call has its output, and every output its call."""
    calls = {message.id for message in messages if isinstance(message, ToolCall)}
    results = {message.id for message in messages if isinstance(message, ToolResult)}
    for message in messages:
        if isinstance(message, ToolCall) and message.id not in results:
            raise bad(f"No tool output found for function call {message.id}.", "input")
        if isinstance(message, ToolResult) and message.id not in calls:
            raise bad(f"No tool call found for function call output with call_id {message.id}.", "input")
