"""The fields of a Realtime session: their names, types and bounds, and what holds where a client says nothing.

Unknown fields are left out and values are checked strictly; null puts a field's default back.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

LONGEST_INSTRUCTIONS = 100_000
MOST_TOOLS = 128


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

    @field_validator("parameters")
    @classmethod
    def _is_of_an_object(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Arguments are an object; providers refuse a schema that does not say so."""
        if given.get("type", "object") != "object":
            raise ValueError("The parameters of a function are a JSON Schema of type 'object'")
        return {"type": "object", "properties": {}, **given}


class McpFilter(Part):
    """Tools of a server by their names, or by what the server says of them."""

    tool_names: list[Annotated[str, Field(max_length=128)]] | None = Field(default=None, max_length=MOST_TOOLS)
    read_only: bool | None = None


class McpApproval(Part):
    always: McpFilter | None = None
    never: McpFilter | None = None


class McpTool(Part):
    """An MCP server, whose tools are called from here. Its secrets are told to nobody."""

    type: Literal["mcp"]
    server_label: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$")
    server_url: str = Field(pattern=r"^https?://[^\s]+$", max_length=2048)
    server_description: str | None = Field(default=None, max_length=4096)
    authorization: str | None = Field(default=None, max_length=8192, repr=False)
    headers: dict[str, Annotated[str, Field(max_length=8192)]] | None = Field(default=None, max_length=32, repr=False)
    allowed_tools: list[Annotated[str, Field(max_length=128)]] | McpFilter | None = None
    require_approval: Literal["always", "never"] | McpApproval = "always"


SECRET = frozenset({"authorization", "headers"})


class Choice(Part):
    type: Literal["function"]
    name: str = Field(min_length=1, max_length=64)


class McpChoice(Part):
    type: Literal["mcp"]
    server_label: str = Field(min_length=1, max_length=64)
    name: str | None = Field(default=None, max_length=128)


Tool = Annotated[Function | McpTool, Field(discriminator="type")]
Tools = Annotated[list[Tool], Field(max_length=MOST_TOOLS)]
ToolChoice = Literal["auto", "none", "required"] | Annotated[Choice | McpChoice, Field(discriminator="type")]
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

    @property
    def functions(self) -> list[Function]:
        """The client's own."""
        return [tool for tool in self.tools if isinstance(tool, Function)]


class Hearing(Part):
    input: Input = Field(default_factory=Input)


class TranscriptionOnly(Part):
    """A session that writes down what is said, and answers nothing."""

    type: Literal["transcription"] = "transcription"
    include: list[Literal["item.input_audio_transcription.logprobs"]] | None = None
    audio: Hearing = Field(default_factory=Hearing)
