"""POST /v1/audio/transcriptions: a recording in, its text out, whole or streamed."""

import json
import math
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipeline.pcm import BYTES, EAR_RATE
from stages.standin import sse
from stages.standin.answering import CHARS_PER_TOKEN, tokens
from stages.standin.audio_in import decoded
from stages.standin.backstage import Stream, backstage, struck
from stages.standin.bodies import LARGEST, form_body, too_large
from stages.standin.engines.ports import Heard, Token
from stages.standin.errors import (
    Refused,
    bad,
    broken,
    missing,
    unknown,
    unsupported,
    unsupported_value,
    wrong_choice,
    wrong_type,
)
from stages.standin.models import HearingModel, hearing_model

_LISTS = (
    "include",
    "timestamp_granularities",
    "keywords",
    "languages",
    "known_speaker_names",
    "known_speaker_references",
)
_SINGLES = ("model", "file", "language", "prompt", "response_format", "temperature", "stream", "chunking_strategy")
_STRATEGY = re.compile(r"chunking_strategy\[(type|silence_duration_ms|prefix_padding_ms|threshold)\]")
_LANGUAGE = re.compile(r"[a-z]{2}")
_AUDIO_TOKENS_PER_S = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request."""

    model: HearingModel
    file: UploadFile
    language: str | None
    prompt: str
    form: str
    stream: bool
    logprobs: bool


async def create(request: Request) -> Response:
    form = await form_body(request)
    try:
        wanted = read(form)
        upload = await wanted.file.read()
    finally:
        await form.close()
    if len(upload) > LARGEST:
        raise too_large(len(upload), LARGEST)
    stage = backstage(request)
    begun = stage.timing.now()
    engines = await stage.engines()
    pcm = await stage.crew("hearing", engines.hearing_threads).call(
        decoded, upload, wanted.file.filename or "", wanted.model
    )
    if struck(request, "failed"):
        raise Refused(broken())
    if struck(request, "empty"):
        heard = Heard("")
    else:
        heard = await stage.crew("hearing", engines.hearing_threads).call(
            engines.hearing.hear, pcm, wanted.language, wanted.prompt
        )
    await stage.timing.until(begun + stage.laws.hearing(wanted.model.id, len(pcm) / BYTES / EAR_RATE, stage.up_s))
    if wanted.stream and wanted.model.streams:
        return Stream(_events(heard, pcm, wanted), sse.TYPE)
    return _whole(heard, pcm, wanted)


def read(form: FormData) -> Wanted:
    """The checked form; raises Refused with OpenAI's words."""
    for name in form:
        if name not in _SINGLES and name.removesuffix("[]") not in _LISTS and not _STRATEGY.fullmatch(name):
            raise unknown(name)
    file = form.get("file")
    if file is None:
        raise missing("file")
    if not isinstance(file, UploadFile):
        raise wrong_type("file", "a file", file)
    if form.get("model") is None:
        raise missing("model")
    model = hearing_model(_text(form, "model"))
    shape = _text(form, "response_format") or "json"
    _check_format(model, shape)
    _check_lists(form, model, shape)
    _check_numbers(form)
    language = _text(form, "language") or None
    if language is not None and not _LANGUAGE.fullmatch(language):
        told = f"Invalid language '{language}'. Language parameter must be specified in ISO-639-1 format."
        raise bad(told, "language", "invalid_language_format")
    stream = _text(form, "stream") or "false"
    if stream.lower() not in ("true", "false"):
        raise wrong_type("stream", "a boolean", stream)
    logprobs = "logprobs" in _list(form, "include")
    return Wanted(model, file, language, _text(form, "prompt"), shape, stream.lower() == "true", logprobs)


def _check_format(model: HearingModel, shape: str) -> None:
    every = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
    if shape not in every:
        raise wrong_choice("response_format", shape, every)
    if shape not in model.formats:
        told = f"response_format '{shape}' is not compatible with model '{model.id}'. Use 'json' instead."
        raise bad(told, "response_format", "unsupported_value")


def _check_lists(form: FormData, model: HearingModel, shape: str) -> None:
    for value in _list(form, "include"):
        if value != "logprobs":
            raise wrong_choice("include[0]", value, ("logprobs",))
        if not model.logprobs or shape != "json":
            raise unsupported_value(
                "include", value, "Log-probabilities need gpt-4o-transcribe or gpt-4o-mini-transcribe and json."
            )
    for value in _list(form, "timestamp_granularities"):
        if value not in ("word", "segment"):
            raise wrong_choice("timestamp_granularities[0]", value, ("word", "segment"))
        if not model.timestamps or shape != "verbose_json":
            raise unsupported("timestamp_granularities", "It needs whisper-1 and verbose_json.")
    for name in ("keywords", "languages"):
        if _list(form, name) and not model.keywords:
            raise unsupported(name)
    for name in ("known_speaker_names", "known_speaker_references"):
        if _list(form, name):
            raise unsupported(name)


def _check_numbers(form: FormData) -> None:
    temperature = _text(form, "temperature")
    if temperature:
        value = _number(temperature, "temperature")
        if not 0 <= value <= 1:
            edge, code = (
                ("below minimum value. Expected a value >= 0", "below_min")
                if value < 0
                else ("above maximum value. Expected a value <= 1", "above_max")
            )
            raise bad(
                f"Invalid 'temperature': decimal {edge}, but got {temperature} instead.",
                "temperature",
                f"decimal_{code}_value",
            )
    strategy = _text(form, "chunking_strategy")
    if strategy and strategy != "auto":
        raise wrong_choice("chunking_strategy", strategy, ("auto",))
    for name in form:
        part = _STRATEGY.fullmatch(name)
        if part is None:
            continue
        if part[1] == "type":
            if form[name] != "server_vad":
                raise wrong_choice(name, form[name], ("server_vad",))
        else:
            _number(_text(form, name), name)


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise wrong_type(name, "a decimal", text)
    return value


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    return value or ""


def _list(form: FormData, name: str) -> list[str]:
    """The values of a list part, sent with or without brackets."""
    values = [*form.getlist(f"{name}[]"), *form.getlist(name)]
    return [value for value in values if isinstance(value, str) and value]


def _logprob(token: Token) -> dict[str, Any]:
    return {"token": token.text, "logprob": token.logprob, "bytes": list(token.text.encode())}


def _extras(heard: Heard, pcm: bytes, wanted: Wanted) -> dict[str, Any]:
    """What stands beside the text: usage, languages and, where asked for, the engine's own log-probabilities."""
    seconds = len(pcm) / BYTES / EAR_RATE
    audio, text, out = (
        math.ceil(seconds * _AUDIO_TOKENS_PER_S),
        len(wanted.prompt) // CHARS_PER_TOKEN,
        len(tokens(heard.text)) + 1,
    )
    usage = {
        "type": "tokens",
        "input_tokens": audio + text,
        "input_token_details": {"text_tokens": text, "audio_tokens": audio},
        "output_tokens": out,
        "total_tokens": audio + text + out,
    }
    extras: dict[str, Any] = {"logprobs": [_logprob(token) for token in heard.tokens]} if wanted.logprobs else {}
    if wanted.model.keywords:
        extras["languages"] = [{"code": heard.language}] if heard.text else []
    extras["usage"] = {"type": "duration", "seconds": math.ceil(seconds)} if wanted.model.bills_seconds else usage
    return extras


async def _events(heard: Heard, pcm: bytes, wanted: Wanted) -> AsyncGenerator[bytes, None]:
    pieces = heard.tokens or tuple(Token(text, math.nan) for text in tokens(heard.text))
    for piece in pieces:
        event: dict[str, Any] = {"type": "transcript.text.delta", "delta": piece.text}
        if wanted.logprobs:
            event["logprobs"] = [_logprob(piece)] if heard.tokens else []
        yield sse.data_only(event)
    yield sse.data_only({"type": "transcript.text.done", "text": heard.text, **_extras(heard, pcm, wanted)})
    yield sse.DONE


def _whole(heard: Heard, pcm: bytes, wanted: Wanted) -> Response:
    seconds = len(pcm) / BYTES / EAR_RATE
    match wanted.form:
        case "json":
            return Response(
                sse.packed({"text": heard.text, **_extras(heard, pcm, wanted)}), media_type="application/json"
            )
        case "verbose_json":
            verbose = {"task": "transcribe", "language": "english", "duration": seconds, "text": heard.text}
            segment = {"id": 0, "seek": 0, "start": 0.0, "end": seconds, "text": heard.text, "tokens": [],
                       "temperature": 0.0, "avg_logprob": 0.0, "compression_ratio": 1, "no_speech_prob": 0}  # fmt: skip
            body = {
                **verbose,
                "segments": [segment] if heard.text else [],
                "usage": _extras(heard, pcm, wanted)["usage"],
            }
            return Response(json.dumps(body), media_type="application/json")
        case "srt":
            return PlainTextResponse(f"1\n00:00:00,000 --> {_stamp(seconds, ',')}\n{heard.text}\n\n")
        case "vtt":
            return PlainTextResponse(f"WEBVTT\n\n00:00:00.000 --> {_stamp(seconds, '.')}\n{heard.text}\n\n")
        case _:
            return PlainTextResponse(f"{heard.text}\n")


def _stamp(seconds: float, mark: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{mark}{ms % 1000:03}"
