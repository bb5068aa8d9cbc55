"""Every event that a Realtime client may send: read, checked, and refused with the right code.

Unknown fields are passed over; values are taken strictly. `read` never raises anything but Refused.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.wire.realtime_fields import Format, Instructions, Modalities, MostTokens, Part, ToolChoice, Tools, VoiceId
from api.wire.realtime_items import Item, read_item
from api.wire.realtime_refused import Refused, refuse, shown, told

LONGEST_APPEND = 15 * 1024 * 1024
LONGEST_EVENT_ID = 512
MOST_METADATA = 16
MOST_INPUT = 256
DEEPEST = 64


class Event(BaseModel):
    """`event_id` is the client's own; an error that the event causes carries it."""

    model_config = ConfigDict(extra="ignore", strict=True)
    event_id: str | None = Field(default=None, max_length=LONGEST_EVENT_ID)


class SessionUpdate(Event):
    type: Literal["session.update"]
    session: dict[str, Any]


class AudioAppend(Event):
    type: Literal["input_audio_buffer.append"]
    audio: str = Field(max_length=LONGEST_APPEND)


class AudioCommit(Event):
    type: Literal["input_audio_buffer.commit"]


class AudioClear(Event):
    type: Literal["input_audio_buffer.clear"]


class ItemCreate(Event):
    type: Literal["conversation.item.create"]
    item: dict[str, Any]
    previous_item_id: str | None = None


class ItemRetrieve(Event):
    type: Literal["conversation.item.retrieve"]
    item_id: str


class ItemTruncate(Event):
    type: Literal["conversation.item.truncate"]
    item_id: str
    content_index: int = Field(ge=0)
    audio_end_ms: int = Field(ge=0)


class ItemDelete(Event):
    type: Literal["conversation.item.delete"]
    item_id: str


class ResponseOutput(Part):
    format: Format | None = None
    voice: Annotated[str, Field(min_length=1, max_length=100)] | VoiceId | None = None


class ResponseAudio(Part):
    output: ResponseOutput = Field(default_factory=ResponseOutput)


class ResponseOptions(Part):
    """What one response does otherwise than the session; null or left out is the session's."""

    instructions: Instructions | None = None
    output_modalities: Modalities | None = None
    audio: ResponseAudio = Field(default_factory=ResponseAudio)
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: MostTokens | None = None
    metadata: dict[str, str] | None = Field(default=None, max_length=MOST_METADATA)
    conversation: Literal["auto", "none"] = "auto"
    input: list[dict[str, Any]] | None = Field(default=None, max_length=MOST_INPUT)

    @property
    def is_apart(self) -> bool:
        """Out of band: it is no part of the conversation."""
        return self.conversation == "none"


class ResponseCreate(Event):
    type: Literal["response.create"]
    response: ResponseOptions | None = None

    @property
    def options(self) -> ResponseOptions:
        return self.response or ResponseOptions()


class ResponseCancel(Event):
    type: Literal["response.cancel"]
    response_id: str | None = None


class OutputClear(Event):
    type: Literal["output_audio_buffer.clear"]


ClientEvent = (
    SessionUpdate | AudioAppend | AudioCommit | AudioClear | ItemCreate | ItemRetrieve | ItemTruncate | ItemDelete
    | ResponseCreate | ResponseCancel | OutputClear
)  # fmt: skip
EVENTS: dict[str, type[Event]] = {
    "session.update": SessionUpdate,
    "input_audio_buffer.append": AudioAppend,
    "input_audio_buffer.commit": AudioCommit,
    "input_audio_buffer.clear": AudioClear,
    "conversation.item.create": ItemCreate,
    "conversation.item.retrieve": ItemRetrieve,
    "conversation.item.truncate": ItemTruncate,
    "conversation.item.delete": ItemDelete,
    "response.create": ResponseCreate,
    "response.cancel": ResponseCancel,
    "output_audio_buffer.clear": OutputClear,
}


def parse(message: str | bytes) -> dict[str, Any]:
    """A message as a JSON object with a `type`. Raises Refused."""
    try:
        given = json.loads(message)
    except (ValueError, RecursionError):
        raise refuse("invalid_json", "The message is not JSON.") from None
    if not isinstance(given, dict):
        raise refuse("invalid_event", "A client event is a JSON object with a `type`.")
    if _is_deep(given):
        raise refuse("invalid_event", f"An event may be nested {DEEPEST} levels deep at most.")
    halves = ("\\ud", "\\uD") if isinstance(message, str) else (b"\\ud", b"\\uD")
    if any(half in message for half in halves):  # type: ignore[operator]
        whole = json.dumps(given, ensure_ascii=False).encode("utf-8", "replace")
        given = dict(json.loads(whole))  # half of a surrogate pair is no character
    return dict(given)


def _is_deep(given: Any) -> bool:
    level: list[Any] = [given]
    for _ in range(DEEPEST):
        inner = [one.values() if isinstance(one, dict) else one for one in level]
        level = [one for values in inner for one in values if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def own_id(given: dict[str, Any]) -> str | None:
    """The client's `event_id`, to be given back with an error."""
    id = given.get("event_id")
    return id[:LONGEST_EVENT_ID] if isinstance(id, str) else None


def read(given: dict[str, Any]) -> ClientEvent:
    """The event in a JSON object. Raises Refused."""
    kind = given.get("type")
    if kind is None:
        raise refuse("missing_required_parameter", "Missing required parameter: 'type'.", "type")
    model = EVENTS.get(kind) if isinstance(kind, str) else None
    if model is None:
        names = ", ".join(f"'{name}'" for name in EVENTS)
        raise refuse("invalid_value", f"Invalid value: {shown(kind)}. Supported values are: {names}.", "type")
    try:
        return model.model_validate(given)  # type: ignore[return-value]
    except ValidationError as wrong:
        raise told(wrong) from None
    except RecursionError:
        raise refuse("invalid_event", "The event is nested too deeply.") from None


def read_input(options: ResponseOptions) -> list[Item | str] | None:
    """The items that a response is to answer instead of the conversation; a str refers to one of its items."""
    if options.input is None:
        return None
    items: list[Item | str] = []
    for index, given in enumerate(options.input):
        where = f"response.input[{index}]"
        if given.get("type") == "item_reference":
            if not isinstance(given.get("id"), str):
                raise refuse("missing_required_parameter", f"Missing required parameter: '{where}.id'.", f"{where}.id")
            items.append(given["id"])
        else:
            items.append(read_item(given, where))
    return items


__all__ = ["EVENTS", "ClientEvent", "Refused", "own_id", "parse", "read", "read_input"]
