"""POST /v1/audio/speech: text in, audio out in pieces."""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from pipeline.pcm import BYTES, LINE_RATE, silence
from stages.standin import sse
from stages.standin.answering import CHARS_PER_TOKEN
from stages.standin.audio_out import TYPES, encoder
from stages.standin.backstage import Backstage, Stream, backstage, struck
from stages.standin.bodies import json_body
from stages.standin.errors import Refused, broken, missing, unsupported, unsupported_value, wrong_choice, wrong_type
from stages.standin.fields import Fields
from stages.standin.latency import SpeechPace
from stages.standin.models import VOICES, speech_model

LONGEST = 4096
KNOWN = frozenset("model input voice instructions response_format speed stream_format".split())
_FORMATS = tuple(TYPES)
_BYTES_PER_S = LINE_RATE * BYTES
_TOKENS_PER_S = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request."""

    model: str
    text: str
    voice: str
    speed: float
    form: str
    events: bool


async def create(request: Request) -> Response:
    wanted = read(await json_body(request))
    if struck(request, "failed"):
        raise Refused(broken())
    stage = backstage(request)
    pcm = _pcm(stage, wanted, empty=struck(request, "empty"), odd=struck(request, "odd"))
    pieces = _encoded(stage, pcm, wanted.form)
    if wanted.events:
        return Stream(_events(pieces, wanted), sse.TYPE)
    return Stream(pieces, TYPES[wanted.form])


def read(fields: Fields) -> Wanted:
    """The checked request; raises Refused with OpenAI's words."""
    fields.only(KNOWN)
    for name in ("model", "input", "voice"):
        fields.need(name)
    model = speech_model(fields.text("model"))
    text = fields.text("input", shortest=1, longest=LONGEST)
    if fields.text("instructions", longest=LONGEST) and not model.instructions:
        raise unsupported("instructions")
    events = fields.choice("stream_format", ("sse", "audio"), "audio") == "sse"
    if events and not model.sse:
        raise unsupported_value("stream_format", "sse", "Only 'audio' is supported.")
    speed = fields.decimal("speed", 0.25, 4.0)
    form = fields.choice("response_format", _FORMATS, "mp3")
    return Wanted(model.id, text, _voice(fields), speed if speed is not None else 1.0, form, events)


def _voice(fields: Fields) -> str:
    value = fields.raw("voice")
    if isinstance(value, dict):
        custom = Fields(value, "voice")
        custom.only(("id",))
        if not custom.has("id"):
            raise missing("voice.id")
        return custom.text("id")
    if not isinstance(value, str):
        raise wrong_type("voice", "one of a string or an object", value)
    if value not in VOICES:
        raise wrong_choice("voice", value, VOICES)
    return value


async def _pcm(stage: Backstage, wanted: Wanted, *, empty: bool, odd: bool) -> AsyncGenerator[bytes, None]:
    """The engine's audio at the pace of the latency profile."""
    begun = stage.timing.now()
    pace = stage.laws.speech(wanted.model, stage.up_s)
    engines = await stage.engines()
    crew = stage.crew("speech", engines.speech_threads)
    async with aclosing(crew.each(lambda: engines.speech.speak(wanted.text, wanted.voice, wanted.speed))) as made:
        async with aclosing(_paced(stage, made, pace, begun)) as paced:
            async for piece in paced:
                if empty:
                    return
                yield piece
    if odd:
        yield b"\0"


async def _paced(
    stage: Backstage, made: AsyncGenerator[bytes, None], pace: SpeechPace, begun: float
) -> AsyncGenerator[bytes, None]:
    """The first burst after the first-byte delay, the others as fast as the audio is made."""
    waiting = bytearray(silence(round(pace.silence * LINE_RATE)))
    due, size = begun + pace.first, pace.burst()
    async for piece in made:
        if not pace.paced:
            await stage.timing.until(due)
            yield piece
            continue
        waiting += piece
        while len(waiting) >= size:
            await stage.timing.until(due)
            yield bytes(waiting[:size])
            del waiting[:size]
            # A late engine does not make the next burst come sooner.
            due = max(due, stage.timing.now()) + pace.after(size / _BYTES_PER_S)
            size = pace.burst()
    if waiting and pace.paced:
        await stage.timing.until(due)
        yield bytes(waiting)


async def _encoded(stage: Backstage, pcm: AsyncGenerator[bytes, None], form: str) -> AsyncGenerator[bytes, None]:
    plain = form in ("pcm", "wav")
    crew = stage.crew("encoding", 0 if plain else 1)
    coder = await crew.call(encoder, form)
    async with aclosing(pcm) as pieces:
        async for piece in pieces:
            encoded = await crew.call(coder.push, piece)
            if encoded:
                yield encoded
    rest = await crew.call(coder.finish)
    if rest:
        yield rest


async def _events(pieces: AsyncGenerator[bytes, None], wanted: Wanted) -> AsyncGenerator[bytes, None]:
    size = 0
    async with aclosing(pieces):
        async for piece in pieces:
            size += len(piece)
            yield sse.data_only({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
    asked = len(wanted.text) // CHARS_PER_TOKEN + 1
    made = round(size / _BYTES_PER_S * _TOKENS_PER_S)
    usage = {"input_tokens": asked, "output_tokens": made, "total_tokens": asked + made}
    yield sse.data_only({"type": "speech.audio.done", "usage": usage})
