"""Checks of tools, tool choice and schemas as strict as the real API's."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from stages.ports import ToolSpec
from stages.standin.errors import Refused, bad, kind_of, missing, wrong_choice, wrong_type
from stages.standin.fields import Fields, objected

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_PATTERN = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
_DEEPEST = 40
T = TypeVar("T", list[Any], dict[str, Any])
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
    if "properties" not in schema:
        raise _schema_fault(what, "In context=(), object schema missing properties.", path)
    if tool.flag("strict", strict) and tool.raw("parameters") is not None:
        check_strict(schema, what, path)
    return ToolSpec(name, tool.text("description"), schema)


def check_strict(schema: Any, what: str, path: str, code: str = "invalid_function_parameters") -> None:
    """Refuses what strict mode refuses: open objects, optional properties, untyped parts."""

    def fault(told: str) -> Refused:
        return _schema_fault(what, told, path, code)

    _check_part(schema, (), fault)


def _check_part(schema: Any, context: tuple[str, ...], fault: Callable[[str], Refused]) -> None:
    if not isinstance(schema, dict):
        raise fault(f"In context={context}, schema must be an object.")
    if len(context) > _DEEPEST:
        raise fault("it is nested too deeply.")
    kinds = schema.get("type")
    listed = kinds if isinstance(kinds, list) else [] if kinds is None else [kinds]
    for kind in listed:
        if kind not in _TYPES:
            raise fault(f"In context={context}, '{kind}' is not valid under any of the given schemas.")
    if not listed and not any(name in schema for name in ("anyOf", "$ref", "enum", "const")):
        raise fault(f"In context={context}, schema must have a 'type' key.")
    if "object" in listed or "properties" in schema:
        _check_object(schema, context, fault)
    if "array" in listed and "items" not in schema:
        raise fault(f"In context={context}, array schema missing items.")
    for word in ("oneOf", "allOf", "not"):
        if word in schema:
            raise fault(f"In context={context}, '{word}' is not permitted.")
    if "items" in schema:
        _check_part(schema["items"], (*context, "items"), fault)
    for index, option in enumerate(_inside(schema, "anyOf", list, context, fault)):
        _check_part(option, (*context, "anyOf", str(index)), fault)
    for name, definition in _inside(schema, "$defs", dict, context, fault).items():
        _check_part(definition, (*context, "$defs", name), fault)


def _check_object(schema: dict[str, Any], context: tuple[str, ...], fault: Callable[[str], Refused]) -> None:
    if schema.get("additionalProperties") is not False:
        raise fault(f"In context={context}, 'additionalProperties' is required to be supplied and to be false.")
    properties = _inside(schema, "properties", dict, context, fault)
    required = _inside(schema, "required", list, context, fault)
    told = f"In context={context}, 'required' is required to be supplied and to be an array including every key in"
    told += " properties."
    for name in properties:
        if name not in required:
            raise fault(f"{told} Missing '{name}'.")
    for name in required:
        if not isinstance(name, str) or name not in properties:
            raise fault(f"{told} Extra required key '{name}' supplied.")
    for name, value in properties.items():
        _check_part(value, (*context, "properties", name), fault)


def _inside(
    schema: dict[str, Any], name: str, kind: type[T], context: tuple[str, ...], fault: Callable[[str], Refused]
) -> T:
    """A part of the schema that must be of one kind; empty when it is absent."""
    value = schema.get(name, kind())
    if not isinstance(value, kind):
        raise fault(f"In context={context}, '{name}' must be {kind_of(kind())}.")
    return value


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
