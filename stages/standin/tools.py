"""Checks of tools, tool choice and schemas as strict as the real API's."""

import re
from typing import Any

from stages.ports import ToolSpec
from stages.standin.errors import Refused, bad, missing, wrong_choice, wrong_type
from stages.standin.fields import Fields, objected

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_PATTERN = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")


def flat_tools(fields: Fields) -> tuple[ToolSpec, ...]:
    """The tools of /responses: the name lies at the top, and strict is the default."""
    read = []
    for tool in fields.objects("tools"):
        tool.need("type")
        if tool.choice("type", ("function",)) == "function":
            tool.only(("type", "name", "description", "parameters", "strict"))
            read.append(_function(tool, strict=True))
    return tuple(read)


def nested_tools(fields: Fields) -> tuple[ToolSpec, ...]:
    """The tools of /chat/completions: name and parameters lie under `function`, and strict must be asked for."""
    read = []
    for tool in fields.objects("tools"):
        tool.need("type")
        tool.choice("type", ("function",))
        tool.need("function")
        tool.only(("type", "function"))
        function = tool.object("function")
        assert function is not None
        function.only(("name", "description", "parameters", "strict"))
        read.append(_function(function, strict=False))
    return tuple(read)


def _function(tool: Fields, *, strict: bool) -> ToolSpec:
    tool.need("name")
    name = tool.text("name", shortest=1, longest=64)
    if not _NAME.fullmatch(name):
        path = tool.named("name")
        message = f"Invalid '{path}': string does not match pattern. {_PATTERN}"
        raise bad(message, path, "invalid_value")
    tool.object("parameters")
    schema: dict[str, Any] = tool.raw("parameters") or {"type": "object", "properties": {}}
    path = tool.named("parameters")
    what = f"function '{name}'"
    if schema.get("type") != "object":
        shown = schema.get("type")
        raise _schema_fault(what, f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{shown}\"'.", path)
    if tool.flag("strict", strict) and tool.raw("parameters") is not None:
        check_strict(schema, what, path)
    return ToolSpec(name, tool.text("description"), schema)


def check_strict(
    schema: Any, what: str, path: str, context: tuple[str, ...] = (), code: str = "invalid_function_parameters"
) -> None:
    """Refuses what strict mode refuses: open objects, optional properties, untyped parts."""
    if not isinstance(schema, dict):
        raise _schema_fault(what, f"In context={context}, schema must be an object.", path, code)
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind is not None and kind not in _TYPES:
            raise _schema_fault(what, f"'{kind}' is not valid under any of the given schemas.", path, code)
    if kinds is None and not any(name in schema for name in ("anyOf", "$ref", "enum", "const")):
        raise _schema_fault(what, f"In context={context}, schema must have a 'type' key.", path, code)
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds) or "properties" in schema:
        _check_object(schema, what, path, context, code)
    if kinds == "array" and "items" not in schema:
        raise _schema_fault(what, f"In context={context}, array schema missing items.", path, code)
    if "items" in schema:
        check_strict(schema["items"], what, path, (*context, "items"), code)
    for word in ("oneOf", "allOf", "not"):
        if word in schema:
            raise _schema_fault(what, f"In context={context}, '{word}' is not permitted.", path, code)
    for index, option in enumerate(schema.get("anyOf", ())):
        check_strict(option, what, path, (*context, "anyOf", str(index)), code)
    for name, definition in schema.get("$defs", {}).items():
        check_strict(definition, what, path, (*context, "$defs", name), code)


def _check_object(schema: dict[str, Any], what: str, path: str, context: tuple[str, ...], code: str) -> None:
    if schema.get("additionalProperties") is not False:
        told = f"In context={context}, 'additionalProperties' is required to be supplied and to be false."
        raise _schema_fault(what, told, path, code)
    properties = schema.get("properties", {})
    if not isinstance(properties, dict):
        raise _schema_fault(what, f"In context={context}, 'properties' must be an object.", path, code)
    required = schema.get("required", [])
    listed = required if isinstance(required, list) else []
    told = f"In context={context}, 'required' is required to be supplied and to be an array including every key in"
    told += " properties."
    for name in properties:
        if name not in listed:
            raise _schema_fault(what, f"{told} Missing '{name}'.", path, code)
    for name in listed:
        if name not in properties:
            raise _schema_fault(what, f"{told} Extra required key '{name}' supplied.", path, code)
    for name, value in properties.items():
        check_strict(value, what, path, (*context, "properties", name), code)


def _schema_fault(what: str, told: str, path: str, code: str = "invalid_function_parameters") -> Refused:
    return bad(f"Invalid schema for {what}: {told}", path, code)


def tool_choice(fields: Fields, tools: tuple[ToolSpec, ...], *, nested: bool) -> str:
    """auto, none, required or the name of one of the tools."""
    value = fields.raw("tool_choice")
    path = fields.named("tool_choice")
    if value is None:
        return "auto"
    if isinstance(value, str):
        if value not in ("none", "auto", "required"):
            raise wrong_choice(path, value, ("none", "auto", "required"))
        if value == "required" and not tools:
            raise bad("Tool choice 'required' must be specified with 'tools' parameter.", path)
        return value
    choice = objected(value, path) if isinstance(value, dict) else None
    if choice is None:
        raise wrong_type(path, "one of a string or an object", value)
    choice.need("type")
    choice.choice("type", ("function",))
    if nested:
        inner = choice.object("function")
        if inner is None:
            raise missing(choice.named("function"))
        choice = inner
    choice.need("name")
    name = choice.text("name")
    if name not in {tool.name for tool in tools}:
        raise bad(f"Tool choice '{name}' not found in 'tools' parameter.", path)
    return name


def answer_schema(form: Fields, path: str) -> dict[str, Any]:
    """The schema of a structured answer (`json_schema`), checked when it is strict."""
    form.need("name")
    name = form.text("name", shortest=1, longest=64)
    if not _NAME.fullmatch(name):
        told = f"Invalid '{path}.name': string does not match pattern. {_PATTERN}"
        raise bad(told, f"{path}.name", "invalid_value")
    form.need("schema")
    form.object("schema")
    schema: dict[str, Any] = form.raw("schema")
    what = f"response_format '{name}'"
    if schema.get("type") != "object":
        raise _schema_fault(
            what, "schema must be a JSON Schema of 'type: \"object\"'.", f"{path}.schema", "invalid_json_schema"
        )
    if form.flag("strict"):
        check_strict(schema, what, f"{path}.schema", code="invalid_json_schema")
    return schema
