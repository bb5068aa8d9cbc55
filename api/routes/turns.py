"""One turn over plain HTTP: a recording or a text in, and the agent's answer as events, with its voice."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.chat import Chat
from api.chats import AGENT, Chats, StillAnswering
from api.faults import fault_responses, refusal
from api.forms import read_form
from api.headless import FORMATS, Samples
from api.hearing import Hearing
from api.pieces import Piece, Tell
from api.routes.calls import ID
from api.routes.chat import LONGEST_TEXT, ChatStream
from api.transports.streams import Stream, stream
from pipeline.errors import ProtocolViolation
from pipeline.flow import Utterance
from pipeline.pcm import LINE_RATE

router = APIRouter(tags=["turns"])

Sound = Literal["pcm", "wav", "opus", "none"]


class TurnAsked(BaseModel):
    """What the caller says: a recording, or a text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    audio: str | None = Field(
        default=None, description="A recording of up to 60 s: WAV, FLAC, Ogg, MP3, M4A, WebM, ...; in JSON as base64."
    )
    audio_format: str | None = Field(
        default=None,
        max_length=64,
        description=f"What `audio` is, where it is no file but raw samples: {FORMATS}.",
    )
    text: str = Field(default="", max_length=LONGEST_TEXT, description="What the caller says, in the place of `audio`.")
    agent: Annotated[str, Field(pattern=f"^{AGENT.pattern}$")] | None = Field(
        default=None, description="Name of a shipped agent, for a new conversation; null takes the one that is set."
    )
    conversation_id: Annotated[str, Field(pattern=ID)] | None = Field(
        default=None, description="The conversation to go on with; null begins a new one, with the agent's greeting."
    )
    format: Sound = Field(
        default="pcm",
        description="The agent's voice: `pcm` (16 bit, little-endian, mono, 24 kHz), `wav`, `opus` (Ogg), or `none`.",
    )


SCHEMA = TurnAsked.model_json_schema()
BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": SCHEMA},
        "multipart/form-data": {
            "schema": {
                **SCHEMA,
                "properties": {**SCHEMA["properties"], "audio": {"type": "string", "format": "binary"}},
            }
        },
    },
}


@dataclass(slots=True)
class _Turn:
    """What is played in one answer: the greeting of a new conversation, and the caller's turn."""

    chat: Chat
    said: str | Utterance
    is_new: bool
    voice: Stream | None
    container: Sound

    async def play(self, tell: Tell) -> None:
        async def shown(piece: Piece) -> None:
            if piece.kind != "audio":
                await tell(piece)
            elif self.voice is not None:
                await self._sound(self.voice.feed(piece.body["pcm"]), tell)

        aloud = self.voice is not None
        if self.is_new:
            await self.chat.greet(shown, aloud=aloud)
        if self.said and self.chat.ended is None:
            if isinstance(self.said, Utterance):
                await self.chat.hear(self.said, shown, aloud=aloud)
            else:
                await tell(Piece("transcript", {"text": self.said, "dropped": None}))
                await self.chat.say(self.said, shown, aloud=aloud)
        if self.voice is not None:
            await self._sound(self.voice.end(), tell)

    async def _sound(self, sound: bytes, tell: Tell) -> None:
        if sound:
            encoded = base64.b64encode(sound).decode()
            await tell(Piece("audio", {"audio": encoded, "format": self.container, "rate": LINE_RATE}))


@router.post(
    "/v1/turns",
    status_code=200,
    summary="Say something to an agent, and hear its answer",
    response_class=ChatStream,
    openapi_extra={"requestBody": BODY},
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "Server-sent events: `conversation` (its `conversation_id`), `transcript` (`text`: what was "
            "heard, `dropped`: why it is not answered, or null), `words` and `audio` (`audio`: base64, `format`, "
            "`rate`: the pieces put together are the file) as they come, everything else as from `/v1/chat`, and at "
            "last `done`.",
        },
        **fault_responses(404, 408, 409, 413, 415, 503),
    },
)
async def turn(request: Request) -> Response:
    """For whoever has no Realtime client: the same brain, the same record, the same conversations as `/v1/chat`.

    A new conversation begins with the agent's greeting. Text or recording may be left out to hear the greeting only.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        asked, recording = _read_json(b"".join([piece async for piece in request.stream()]))
        samples = _samples(asked, "")
    elif kind == "multipart/form-data":
        asked, recording, of_part = await _read_form(request)
        samples = _samples(asked, of_part)
    else:
        return refusal(415, "unsupported_media_type", "Send application/json or multipart/form-data.")
    state = request.app.state
    chats: Chats = state.chats
    hearing: Hearing = state.hearing
    text = asked.text.strip()
    if recording is not None and text:
        raise ProtocolViolation("text: send a text or a recording, not both.")
    found = None
    if asked.conversation_id is not None:
        if asked.agent is not None:
            raise ProtocolViolation("agent: only a new conversation may choose its agent.")
        if not text and recording is None:
            raise ProtocolViolation("audio: say something, as a recording or as a text.")
        try:
            found = chats.idle(asked.conversation_id)
        except StillAnswering as busy:
            return refusal(409, busy.code, str(busy))
    said = await hearing.speech(recording, samples) if recording is not None else text
    chat = found or await chats.begin(asked.agent, request.scope.get("parley.principal"), "turns")
    voice = None if asked.format == "none" else stream(asked.format)
    return ChatStream(chats, chat, _Turn(chat, said, found is None, voice, asked.format).play)


def _read_json(body: bytes) -> tuple[TurnAsked, bytes | None]:
    try:
        asked = TurnAsked.model_validate_json(body)
    except ValidationError as wrong:
        raise _wrong(wrong) from None
    if asked.audio is None:
        return asked, None
    try:
        return asked, base64.b64decode(asked.audio, validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolViolation("audio: this is not base64.", code="recording_unreadable") from None


def _samples(asked: TurnAsked, of_part: str) -> Samples | None:
    """What the request says of raw sound; what the part of a form says counts where nothing else does."""
    if asked.audio_format is None:
        return Samples.named(of_part)
    samples = Samples.named(asked.audio_format)
    if samples is None:
        raise ProtocolViolation(f"audio_format: this is {FORMATS}; leave it out for a file.", code="invalid_value")
    return samples


async def _read_form(request: Request) -> tuple[TurnAsked, bytes | None, str]:
    """The fields, the recording, and the type that its part has."""
    async with read_form(request) as form:
        audio = form.get("audio")
        of_part = (audio.content_type or "") if isinstance(audio, UploadFile) else ""
        recording = await audio.read() if isinstance(audio, UploadFile) else None
        if isinstance(audio, str):
            raise ProtocolViolation("audio: send it as a file (`-F audio=@question.wav`).", code="recording_unreadable")
        fields: dict[str, Any] = {name: value for name, value in form.items() if name != "audio"}
    try:
        return TurnAsked.model_validate_json(json.dumps(fields, default=lambda _: None)), recording, of_part
    except ValidationError as wrong:
        raise _wrong(wrong) from None


def _wrong(wrong: ValidationError) -> ProtocolViolation:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return ProtocolViolation(f"{where}: {first['msg']}." if where else f"{first['msg']}.")
