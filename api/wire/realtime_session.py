"""The session of a Realtime client: what it may set, how an update is merged, and how the whole of it is told.

Unknown fields are left out, values are checked strictly, and an update that is wrong anywhere changes nothing. A field
that is left out keeps its value; null puts its default back.
"""

from typing import Any, Literal

from pydantic import ValidationError

from api.wire.realtime_fields import (
    SECRET,
    Audio,
    Function,
    Hearing,
    Input,
    McpTool,
    Output,
    Realtime,
    ServerVad,
    Transcription,
    TranscriptionOnly,
)
from api.wire.realtime_refused import refuse, shown, told

Json = dict[str, Any]
SESSION_SECONDS = 60 * 60
"""What a session of the real service may last."""
VOICES = frozenset("alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split())


class Session:
    """One client's session. `realtime` is None in a session that only transcribes."""

    def __init__(self, id: str, effective: Realtime | TranscriptionOnly, locked: frozenset[str] = frozenset()) -> None:
        self.id = id
        self.expires_at = 0
        """Unix seconds; 0 until somebody says."""
        self._effective = effective
        self._locked = locked
        """Paths that the client does not decide: what it asks for there is passed over; the echo shows what holds."""
        self.has_spoken = False
        """Audio was produced: the voice is fixed from here on."""
        self._own: frozenset[str] = frozenset()
        """The names of the agent's own tools."""
        self._allowed: tuple[str, ...] | None = None
        """Functions that the agent takes of a client; None: any."""
        self.takes_servers = False
        """The MCP client is installed."""

    @property
    def realtime(self) -> Realtime | None:
        return self._effective if isinstance(self._effective, Realtime) else None

    @property
    def input(self) -> Input:
        return self._effective.audio.input

    @property
    def modality(self) -> Literal["audio", "text"]:
        return self.realtime.output_modalities[0] if self.realtime is not None else "text"

    @property
    def creates(self) -> bool:
        """Is each turn of the caller answered without being asked for?"""
        detection = self.input.turn_detection
        return self.realtime is not None and detection is not None and detection.create_response

    @property
    def interrupts(self) -> bool:
        detection = self.input.turn_detection
        return detection is None or detection.interrupt_response

    @property
    def wants_logprobs(self) -> bool:
        return bool(self._effective.include)

    def begin(self, agent: str) -> None:
        """The call has begun; a session that did not say who answers says so now."""
        if isinstance(self._effective, Realtime) and not self._effective.model:
            self._effective.model = f"parley:{agent}"

    def engage(self, own: frozenset[str], allowed: tuple[str, ...] | None) -> None:
        """An agent answers, with tools of its own. Raises Refused where the session already has one of their names."""
        self._own, self._allowed = own, allowed
        if isinstance(self._effective, Realtime):
            self._effective.tools = self.functions(self._effective.tools, "session.tools")

    def functions(self, given: list[Function | McpTool], param: str) -> list[Function | McpTool]:
        """Those that may come; what the agent's file does not allow is passed over. Raises Refused."""
        names = [tool.name if isinstance(tool, Function) else f"mcp:{tool.server_label}" for tool in given]
        for index, name in enumerate(names):
            if isinstance(given[index], McpTool):
                self._check_server(f"{param}[{index}]")
            if name in self._own:
                said = f"Invalid name: {shown(name)} is a tool of the agent's own."
                raise refuse("tool_name_taken", said, f"{param}[{index}].name")
            if name in names[:index]:
                raise refuse(
                    "tool_name_taken", f"Invalid name: {shown(name)} is given twice.", f"{param}[{index}].name"
                )
        return [one for one, name in zip(given, names, strict=True) if self._allowed is None or name in self._allowed]

    def _check_server(self, param: str) -> None:
        if self._own:
            raise refuse("mcp_not_here", "An agent's own file says which servers it calls.", param)
        if not self.takes_servers:
            raise refuse("mcp_not_installed", "MCP servers need an extra: pip install 'parley[mcp]'.", param)

    def update(self, patch: Json) -> None:
        """Merge and keep it, or raise Refused and keep what was."""
        kind = patch.get("type")
        if kind is None:
            raise refuse("missing_required_parameter", "Missing required parameter: 'session.type'.", "session.type")
        if kind != self._effective.type:
            said = f"Invalid value: {shown(kind)}. This is a session of type '{self._effective.type}'."
            raise refuse("invalid_value", said, "session.type")
        current = self._effective.model_dump()
        merged = merge(current, unlocked(patch, self._locked))
        try:
            after = type(self._effective).model_validate(merged)
        except ValidationError as wrong:
            raise told(wrong, "session") from None
        if isinstance(after, Realtime) and isinstance(self._effective, Realtime):
            self._check(self._effective, after)
            after.tools = self.functions(after.tools, "session.tools")
        self._effective = after

    def _check(self, before: Realtime, after: Realtime) -> None:
        voice = after.audio.output.voice
        if isinstance(voice, str) and voice not in VOICES and voice != before.audio.output.voice:
            said = f"Invalid value: {shown(voice)}. Supported values are: {', '.join(sorted(VOICES))}."
            raise refuse("invalid_value", said, "session.audio.output.voice")
        if self.has_spoken and after.audio.output.voice != before.audio.output.voice:
            said = "Cannot update a conversation's voice if assistant audio is present."
            raise refuse("cannot_update_voice", said, "session.audio.output.voice")

    def told(self) -> Json:
        """The whole effective session."""
        body = self._effective.model_dump()
        for tool in body.get("tools", ()):
            for key in SECRET & tool.keys():
                del tool[key]
        kind = "realtime.session" if self.realtime is not None else "realtime.transcription_session"
        return {"type": body.pop("type"), "object": kind, "id": self.id, "expires_at": self.expires_at, **body}


def merge(current: Json, patch: Json) -> Json:
    """`patch` over `current`, objects key by key; another type of a thing replaces it whole."""
    merged = dict(current)
    for key, value in patch.items():
        before = merged.get(key)
        is_same = isinstance(before, dict) and isinstance(value, dict)
        if is_same and key != "parameters" and value.get("type", before.get("type")) == before.get("type"):  # type: ignore[union-attr]
            merged[key] = merge(before, value)  # type: ignore[arg-type]
        else:
            merged[key] = value
    return merged


def unlocked(patch: Json, locked: frozenset[str], path: str = "") -> Json:
    """`patch` without the paths that are locked (`tools`, `audio.output.voice`)."""
    kept = {}
    for key, value in patch.items():
        here = f"{path}{key}"
        if here not in locked:
            kept[key] = unlocked(value, locked, f"{here}.") if isinstance(value, dict) else value
    return kept


DETECTION = ServerVad(type="server_vad")
AGENTS = frozenset(
    "model instructions tool_choice prompt max_output_tokens audio.output.voice audio.output.speed".split()
)
"""What an agent's file decides."""
OPEN = frozenset({"model"})
"""The address named it; clients send their own default once more, whatever that is."""


def agent_session(id: str, voice: str = "alloy", stt_model: str = "gpt-4o-transcribe") -> Session:
    """The session of a call with an agent's file: who answers, how, and in which voice is not the client's."""
    hearing = Input(transcription=Transcription(model=stt_model), turn_detection=DETECTION)
    effective = Realtime(model="", audio=Audio(input=hearing, output=Output(voice=voice)))
    return Session(id, effective, AGENTS)


def open_session(id: str, model: str, voice: str = "alloy", *, transcribed: bool = False) -> Session:
    """The session of a client that brings its own instructions and functions; is it told what was heard?"""
    transcription = Transcription(model="whisper-1") if transcribed else None
    hearing = Input(transcription=transcription, turn_detection=DETECTION)
    return Session(id, Realtime(model=model, audio=Audio(input=hearing, output=Output(voice=voice))), OPEN)


def transcription_session(id: str, stt_model: str = "gpt-4o-transcribe") -> Session:
    hearing = Input(transcription=Transcription(model=stt_model), turn_detection=DETECTION)
    return Session(id, TranscriptionOnly(audio=Hearing(input=hearing)))
