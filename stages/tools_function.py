"""A Python function as a tool: its schema from its signature, its arguments checked, its work off the event loop."""

import asyncio
import importlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from pipeline.errors import SpecInvalid, ToolRefused
from stages.answer import Answer, Tool
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import AgentSpec
from stages.dialogue.spec import Tool as Declared

KEY = "idempotency_key"
"""A function that has a parameter of this name is given the key under which its work is done at most once."""


def function(path: str) -> Callable[..., Any]:
    """The function at `module:name`. Raises SpecInvalid."""
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:
        raise SpecInvalid(f"the function {path!r} cannot be imported: {error}") from None
    if not callable(found):
        raise SpecInvalid(f"{path!r} is no function")
    return found  # type: ignore[no-any-return]


def shape(work: Callable[..., Any]) -> type[BaseModel]:
    """The arguments of a function as a model that takes nothing else and turns nothing into something else."""
    try:
        hints = get_type_hints(work, include_extras=True)
    except Exception as error:
        raise SpecInvalid(f"{work.__qualname__}: its annotations cannot be read: {error}") from None
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(work).parameters.items():
        if name == KEY:
            continue
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) or name not in hints:
            raise SpecInvalid(f"{work.__qualname__}: the parameter {name!r} needs a name and a type")
        fields[name] = (hints[name], Field(... if parameter.default is parameter.empty else parameter.default))
    try:
        return create_model(f"{work.__name__}_arguments", __config__=ConfigDict(extra="forbid", strict=True), **fields)
    except Exception as error:
        raise SpecInvalid(f"{work.__qualname__}: no schema can be made of its signature: {error}") from None


def equipped(spec: AgentSpec) -> AgentSpec:
    """The agent with what its functions say of themselves: schema and description. Raises SpecInvalid."""
    if not any(tool.python for tool in spec.declared):
        return spec
    return replace(spec, declared=tuple(_described(tool) if tool.python else tool for tool in spec.declared))


def _described(tool: Declared) -> Declared:
    work = function(tool.python)
    described = tool.description or (inspect.getdoc(work) or "").split("\n\n")[0]
    try:
        schema = shape(work).model_json_schema()
    except SpecInvalid:
        raise
    except Exception as error:
        raise SpecInvalid(f"{tool.python}: no schema can be made of its signature: {error}") from None
    return replace(tool, description=" ".join(described.split()), parameters=json.dumps(_plain(schema)))


def _plain(schema: Any) -> Any:
    """The schema without titles and defaults, which say nothing to a model."""
    if isinstance(schema, dict):
        return {
            key: {name: _plain(part) for name, part in value.items()}
            if key in ("properties", "$defs")
            else _plain(value)
            for key, value in schema.items()
            if key not in ("title", "default") or not isinstance(value, str | int | float | bool | list | None)
        }
    return [_plain(part) for part in schema] if isinstance(schema, list) else schema


def function_tool(declared: Declared) -> Tool:
    """The tool that runs the function: a coroutine function on the loop, any other in a thread."""
    work = function(declared.python)
    arguments_of = shape(work)
    keyed = KEY in inspect.signature(work).parameters

    async def run(dialogue: Dialogue, arguments: Mapping[str, Any], key: str) -> Answer:
        optional = {name for name, field in arguments_of.model_fields.items() if not field.is_required()}
        given = {name: value for name, value in arguments.items() if value is not None or name not in optional}
        try:
            checked = arguments_of.model_validate_json(json.dumps(given))
        except ValidationError as error:
            raise ToolRefused(f"the arguments do not fit: {_first(error)}") from None
        values = {name: getattr(checked, name) for name in arguments_of.model_fields}
        if keyed:
            values[KEY] = key
        if inspect.iscoroutinefunction(work):
            result = await work(**values)
        else:
            result = await asyncio.to_thread(work, **values)
        return Answer(result if isinstance(result, dict) else {"result": _written(result)})

    return run


def _first(error: ValidationError) -> str:
    mistake = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in mistake['loc'])}: {mistake['msg']}"


def _written(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
