"""What the chat model is asked in a session without an agent's file: the client's instructions, items and functions."""

from collections.abc import Iterable, Iterator

from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_fields import Choice, Realtime
from api.wire.realtime_items import Entry, FunctionCall, FunctionCallOutput, Item, Message
from stages.dialogue.history import CUT, UNHEARD
from stages.ports import ChatRequest, Said, ToolCall, ToolResult, ToolSpec
from stages.ports import Message as Line

MOST_TOKENS = 4096
LONGEST_HISTORY = 100_000
"""Characters of the conversation that are sent to the model; the newest."""
INSTRUCTIONS = "You are a helpful voice assistant. Answer briefly, in words that are to be heard and not read."
"""What holds where the client gives none."""
PENDING = '{"status": "pending", "note": "no output has been given yet"}'


def request(session: Realtime, options: ResponseOptions, items: Iterable[Item | Entry], said: str) -> ChatRequest:
    """`said`: what the caller has just said and no item has yet; may be empty."""
    lines = [line for item in items for line in (_of_entry(item) if isinstance(item, Entry) else _of_item(item))]
    if said:
        lines.append(Said("user", said))
    tools = functions(session, options)
    most = options.max_output_tokens or session.max_output_tokens
    choice = options.tool_choice or session.tool_choice
    return ChatRequest(
        options.instructions or session.instructions or INSTRUCTIONS,
        tuple(_paired(_newest(lines))),
        tools,
        _choice(choice, tools),
        MOST_TOKENS if most == "inf" else most,
    )


def functions(session: Realtime, options: ResponseOptions) -> tuple[ToolSpec, ...]:
    """The client's own, as the model is told of them."""
    tools = options.tools if options.tools is not None else session.tools
    return tuple(ToolSpec(tool.name, tool.description, tool.parameters, strict=False) for tool in tools)


def _choice(choice: str | Choice, tools: tuple[ToolSpec, ...]) -> str:
    """A function that is not there cannot be chosen: providers refuse to be asked for it."""
    if isinstance(choice, Choice):
        return choice.name if any(tool.name == choice.name for tool in tools) else "auto"
    return choice if tools else "auto"


def _of_entry(entry: Entry) -> Iterator[Line]:
    wire = entry.wire
    match wire["type"]:
        case "function_call":
            yield ToolCall(wire["call_id"], wire["name"], wire["arguments"])
        case "function_call_output":
            yield ToolResult(wire["call_id"], wire["output"])
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
