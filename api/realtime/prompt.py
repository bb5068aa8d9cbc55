"""What the chat model is asked in a session without an agent's file: the client's instructions, items and functions."""

import json
from collections.abc import Iterable, Iterator

from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_fields import Choice, Function, McpChoice, McpTool, Realtime
from api.wire.realtime_items import ApprovalResponse, Entry, FunctionCall, FunctionCallOutput, Item, Message
from api.wire.realtime_mcp import McpTeller
from stages.dialogue.history import CUT, UNHEARD
from stages.ports import ChatRequest, Said, ToolCall, ToolResult, ToolSpec
from stages.ports import Message as Line

MOST_TOKENS = 4096
LONGEST_HISTORY = 100_000
"""Characters of the conversation that are sent to the model; the newest."""
INSTRUCTIONS = "You are a helpful voice assistant. Answer briefly, in words that are to be heard and not read."
"""What holds where the client gives none."""
PENDING = '{"status": "pending", "note": "no output has been given yet"}'


def request(
    session: Realtime,
    options: ResponseOptions,
    items: Iterable[Item | Entry],
    said: str,
    servers: McpTeller | None = None,
) -> ChatRequest:
    """`said`: what the caller has just said and no item has yet; may be empty. `servers`: whose tools are offered."""
    lines = [line for item in items for line in (_of_entry(item) if isinstance(item, Entry) else _of_item(item))]
    if said:
        lines.append(Said("user", said))
    tools = functions(session, options)
    if servers is not None:
        tools += servers.offered(_labels(options))
    most = options.max_output_tokens or session.max_output_tokens
    choice = options.tool_choice or session.tool_choice
    return ChatRequest(
        options.instructions or session.instructions or INSTRUCTIONS,
        tuple(_paired(_newest(lines))),
        tools,
        _choice(choice, tools, servers),
        MOST_TOKENS if most == "inf" else most,
    )


def functions(session: Realtime, options: ResponseOptions) -> tuple[ToolSpec, ...]:
    """The client's own, as the model is told of them."""
    tools = options.tools if options.tools is not None else session.tools
    own = (tool for tool in tools if isinstance(tool, Function))
    return tuple(ToolSpec(tool.name, tool.description, tool.parameters, strict=False) for tool in own)


def _labels(options: ResponseOptions) -> frozenset[str] | None:
    """The servers that a response names; None: those of the session."""
    if options.tools is None:
        return None
    return frozenset(tool.server_label for tool in options.tools if isinstance(tool, McpTool))


def _choice(choice: str | Choice | McpChoice, tools: tuple[ToolSpec, ...], servers: McpTeller | None) -> str:
    """A function that is not there cannot be chosen: providers refuse to be asked for it."""
    if isinstance(choice, McpChoice):
        if choice.name is None or servers is None:
            return "required" if tools else "auto"
        name = servers.name_of(choice.server_label, choice.name)
    elif isinstance(choice, Choice):
        name = choice.name
    else:
        return choice if tools else "auto"
    return name if name is not None and any(tool.name == name for tool in tools) else "auto"


def _of_entry(entry: Entry) -> Iterator[Line]:
    wire = entry.wire
    match wire["type"]:
        case "function_call":
            yield ToolCall(wire["call_id"], wire["name"], wire["arguments"])
        case "function_call_output":
            yield ToolResult(wire["call_id"], wire["output"])
        case "mcp_call":
            yield ToolCall(entry.id, entry.called_as or wire["name"], wire["arguments"])
            if "output" in wire or "error" in wire:
                yield ToolResult(entry.id, wire["output"] if "output" in wire else json.dumps(wire["error"]))
        case "mcp_list_tools" | "mcp_approval_request" | "mcp_approval_response":
            pass
        case _:
            text = " ".join(part.get("text") or part.get("transcript") or "" for part in wire["content"]).strip()
            if text:
                yield Said(wire["role"], text)
            if entry.cut:
                yield Said("system", CUT if text else UNHEARD)


def _of_item(item: Item) -> Iterator[Line]:
    match item:
        case FunctionCall():
            yield ToolCall(item.call_id or "call", item.name, item.arguments)
        case FunctionCallOutput():
            yield ToolResult(item.call_id, item.output)
        case ApprovalResponse():
            pass
        case Message():
            texts = [getattr(part, "text", None) or getattr(part, "transcript", None) or "" for part in item.content]
            if text := " ".join(texts).strip():
                yield Said(item.role, text)


def _newest(lines: list[Line]) -> list[Line]:
    room, first = LONGEST_HISTORY, len(lines)
    while first and room > 0:
        first -= 1
        line = lines[first]
        room -= len(
            line.text if isinstance(line, Said) else line.arguments if isinstance(line, ToolCall) else line.output
        )
    return lines[first:]


def _paired(lines: list[Line]) -> Iterator[Line]:
    """Every call with its output right behind it, which is what models' interfaces insist on."""
    outputs = {line.id: line for line in lines if isinstance(line, ToolResult)}
    calls = {line.id for line in lines if isinstance(line, ToolCall)}
    for line in lines:
        match line:
            case ToolCall():
                yield line
                yield outputs.get(line.id, ToolResult(line.id, PENDING))
            case ToolResult() if line.id in calls:
                pass
            case ToolResult():
                yield Said("system", f"A function gave this output: {line.output}")
            case Said():
                yield line
