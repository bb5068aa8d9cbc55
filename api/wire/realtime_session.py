"""The session of a Realtime client: what it may set, how an update is merged, and how the whole of it is told.

Unknown fields are left out, values are checked strictly, and an update that is wrong anywhere changes nothing. A field
that is left out keeps its value; null puts its default back.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.wire.realtime_refused import refuse, shown, told

Json = dict[str, Any]
LONGEST_INSTRUCTIONS = 100_000
MOST_TOOLS = 128
SESSION_SECONDS = 60 * 60
"""What a session of the real service may last."""
VOICES = frozenset("alloy ash ballad cedar coral echo fable marin nova onyx sage shimmer verse".split())


class Part(BaseModel):
    """A part of the session. Strict: a number in quotes is no number."""

    model_config = ConfigDict(extra="ignore", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given


class Pcm(Part):
    type: Literal["audio/pcm"] = "audio/pcm"
    rate: Literal[24000] = 24000


class Mulaw(Part):
    type: Literal["audio/pcmu"]


class Alaw(Part):
    type: Literal["audio/pcma"]


Format = Annotated[Pcm | Mulaw | Alaw, Field(discriminator="type")]


class Transcription(Part):
    model: str | None = Field(default=None, max_length=100)
    language: str | None = Field(default=None, max_length=35)
    prompt: str | None = Field(default=None, max_length=2048)


class NoiseReduction(Part):
    type: Literal["near_field", "far_field"]


class ServerVad(Part):
    type: Literal["server_vad"]
    threshold: float = Field(default=0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(default=300, ge=0, le=5_000)
    silence_duration_ms: int = Field(default=500, ge=100, le=10_000)
    idle_timeout_ms: int | None = Field(default=None, ge=1_000, le=120_000)
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Part):
    type: Literal["semantic_vad"]
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


Detection = Annotated[ServerVad | SemanticVad, Field(discriminator="type")]


class Input(Part):
    format: Format = Field(default_factory=Pcm)
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: Detection | None = None


class VoiceId(Part):
    id: str = Field(min_length=1, max_length=100)


class Output(Part):
    format: Format = Field(default_factory=Pcm)
    voice: Annotated[str, Field(min_length=1, max_length=100)] | VoiceId = "alloy"
    speed: float = Field(default=1.0, ge=0.25, le=1.5)


class Audio(Part):
    input: Input = Field(default_factory=Input)
    output: Output = Field(default_factory=Output)


class Function(Part):
    """Flat, as in the Responses API."""

    type: Literal["function"]
    name: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")
    description: str = Field(default="", max_length=16_384)
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})


class Choice(Part):
    type: Literal["function"]
    name: str = Field(min_length=1, max_length=64)


Tools = Annotated[list[Function], Field(max_length=MOST_TOOLS)]
ToolChoice = Literal["auto", "none", "required"] | Choice
Modalities = Annotated[list[Literal["audio", "text"]], Field(min_length=1, max_length=1)]
MostTokens = Annotated[int, Field(ge=1, le=4096)] | Literal["inf"]
Instructions = Annotated[str, Field(max_length=LONGEST_INSTRUCTIONS)]


def _audio() -> list[Literal["audio", "text"]]:
    return ["audio"]


class Realtime(Part):
    """A session in which somebody answers."""

    type: Literal["realtime"] = "realtime"
    model: str = Field(max_length=200)
    output_modalities: Modalities = Field(default_factory=_audio)
    instructions: Instructions = ""
    tools: Tools = Field(default_factory=list)
    tool_choice: ToolChoice = "auto"
    max_output_tokens: MostTokens = "inf"
    tracing: Literal["auto"] | dict[str, Any] | None = None
    truncation: Literal["auto", "disabled"] | dict[str, Any] = "auto"
    prompt: dict[str, Any] | None = None
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
    audio: Audio = Field(default_factory=Audio)


class Hearing(Part):
    input: Input = Field(default_factory=Input)


class TranscriptionOnly(Part):
    """A session that writes down what is said, and answers nothing."""

    type: Literal["transcription"] = "transcription"
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
    audio: Hearing = Field(default_factory=Hearing)


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
    "model instructions tools tool_choice prompt max_output_tokens audio.output.voice audio.output.speed".split()
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
