"""The turn bank: utterances with pauses in them whose lengths are known, and where each turn really ends.

Two kinds. *Synthesised*: the templates of `_turn_texts`, each part spoken by the local voice, joined with pauses drawn
from a published law of pauses inside turns (log-normal, median 0.33 s, sigma 0.95). *Recorded*: a person's words, cut
at their pauses and joined again with pauses of the same law: phrases of a reader, and digits, letters and dates of a
telephone announcer. Every part is cut at its first and its last audible block, so the truth is known to 5 ms.

Nothing of it is in the repository but the recipe: sound and transcripts are made when first asked for, and cached.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from benchmarks._line import Pcm
from benchmarks._speech import exact, phrases
from benchmarks._turn_texts import CHOICES, TEXTS
from benchmarks.recordings import RATE, Unavailable, announcer, cache_directory
from stages.dialogue.spec import Expects, Field, FieldType, State

SEED = 20_261_128
MEDIAN_S, SIGMA = 0.33, 0.95
"""Pauses inside turns: 54 % are longer than 0.3 s, 27 % than 0.6 s, 12 % than 1 s, 5 % than 1.6 s."""
SHORTEST_S, LONGEST_S = 0.08, 3.0
DRAWS = 3
"""Turns made of each template that has a pause; one without is drawn twice."""
LEAD_S, TAIL_S = 1.0, 4.0
ROOM_DB = -65.0

CONTEXTS: dict[str, tuple[State, Field | None]] = {
    "yes_no": (State("s", expects=Expects.YES_NO), None),
    "open": (State("s", expects=Expects.OPEN), None),
    "digits": (State("s", expects="phone"), Field("phone", "The caller's phone number", FieldType.PHONE)),
    "code": (State("s", expects="code"), Field("code", "The 6-digit code from the letter", FieldType.NUMBER)),
    "spelling": (State("s", expects=Expects.SPELLING), None),
    "address": (State("s", expects="address"), Field("address", "Where the caller lives", FieldType.ADDRESS)),
    "date": (State("s", expects="day"), Field("day", "The day of the visit", FieldType.DATE)),
    "name": (State("s", expects="name"), Field("name", "The caller's full name", FieldType.NAME)),
}
"""What the state of the call waits for, as an agent file would say it."""


@dataclass(frozen=True, slots=True, eq=False)
class BankTurn:
    name: str
    context: str
    parts: tuple[str, ...]
    pcm: Pcm
    """16 kHz, with a quiet room before, between and after."""
    onset: int
    ends: tuple[int, ...]
    """Sample after the last audible one of each part; the last is the true end of the turn."""
    held_out: bool
    recorded: bool

    @property
    def end(self) -> int:
        return self.ends[-1]


def bank(recorded: bool = True) -> list[BankTurn]:
    """All turns, the same every time."""
    return [*synthesised(), *(human() if recorded else ())]


def synthesised() -> Iterator[BankTurn]:
    random = np.random.default_rng(SEED)
    for context, templates in TEXTS.items():
        for number, template in enumerate(templates):
            for draw in range(DRAWS if "|" in template else 2):
                text = re.sub(r"\{(\w+)\}", lambda found: str(random.choice(CHOICES[found[1]])), template)
                parts = tuple(part.strip() for part in text.split("|"))
                voiced = [spoken(part) for part in parts]
                name = f"{context}/{number}/{draw}"
                yield _joined(name, context, parts, voiced, random, number % 2 == 1, recorded=False)


def human() -> Iterator[BankTurn]:
    """Real voices: two or three phrases of a story, and what an announcer says one word at a time."""
    random = np.random.default_rng(SEED + 1)
    told = phrases()
    for number in range(48):
        first = int(random.integers(0, len(told) - 1))
        chosen = told[first : first + 1 + int(random.integers(1, 3))]
        texts = tuple(speech.text for speech in chosen)
        yield _joined(f"reader/{number}", "open", texts, [speech.pcm for speech in chosen], random, number % 2 == 1)
    try:
        said = announcer()
    except Unavailable:
        return
    words = {name: exact(name, name, recording.pcm).pcm for name, recording in said.items()}
    for number in range(72):
        kind = ("digits", "code", "spelling", "date")[number % 4]
        groups = _groups(kind, random)
        voiced = [_row([words[name] for name in group], random) for group in groups]
        texts = tuple(" ".join(name.rsplit("/", 1)[-1] for name in group) for group in groups)
        yield _joined(f"announcer/{number}", kind, texts, voiced, random, number // 4 % 2 == 1)


def _groups(kind: str, random: np.random.Generator) -> list[list[str]]:
    """Names of recordings, in the groups between which one pauses."""
    match kind:
        case "digits" | "code":
            count, sizes = (10, (3, 3, 4)) if kind == "digits" else (6, (3, 3))
            row = [f"digits/{random.integers(0, 10)}" for _ in range(count)]
        case "spelling":
            row = [f"letters/{letter}" for letter in random.choice(list("abcdefghiklmnoprstuw"), 6)]
            sizes = (int(random.integers(2, 5)), 0)
            sizes = (sizes[0], 6 - sizes[0])
        case _:
            row = [f"digits/day-{random.integers(0, 7)}", f"digits/mon-{random.integers(0, 12)}"]
            row.append(f"digits/h-{random.integers(1, 21)}")
            sizes = ((1, 2), (2, 1), (3,))[int(random.integers(0, 3))]
    ends = np.cumsum(sizes)
    return [row[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _row(words: list[Pcm], random: np.random.Generator) -> Pcm:
    """Words said one after the other, 60 to 140 ms apart: no pause, only what lies between words that are dictated."""
    parts: list[Pcm] = []
    for word in words:
        parts += [word, np.zeros(int(random.uniform(0.06, 0.14) * RATE), np.int16)]
    return np.concatenate(parts[:-1])


def _joined(
    name: str,
    context: str,
    parts: tuple[str, ...],
    voiced: list[Pcm],
    random: np.random.Generator,
    held_out: bool,
    recorded: bool = True,
) -> BankTurn:
    sound: list[Pcm] = [np.zeros(int(LEAD_S * RATE), np.int16)]
    at, ends = len(sound[0]), []
    for index, pcm in enumerate(voiced):
        if index:
            pause = float(np.clip(random.lognormal(np.log(MEDIAN_S), SIGMA), SHORTEST_S, LONGEST_S))
            sound.append(np.zeros(int(pause * RATE), np.int16))
            at += len(sound[-1])
        sound.append(pcm)
        at += len(pcm)
        ends.append(at)
    sound.append(np.zeros(int(TAIL_S * RATE), np.int16))
    whole = np.concatenate(sound).astype(np.float64)
    whole += random.standard_normal(len(whole)) * 32768 * 10 ** (ROOM_DB / 20)
    pcm = whole.clip(-32768, 32767).astype(np.int16)
    return BankTurn(name, context, parts, pcm, int(LEAD_S * RATE), tuple(ends), held_out, recorded)


# Made when first asked for, and kept.


def spoken(text: str, speed: float = 1.0) -> Pcm:
    """The local voice saying it, from its first audible block to its last."""
    raw = np.frombuffer(made(text, speed), "<i2")
    return exact(text, text, soxr.resample(raw, 24_000, RATE).astype(np.int16)).pcm


def made(text: str, speed: float = 1.0) -> bytes:
    """The same at 24 kHz, as the voice gives it."""
    path = _kept("speech", f"{speed}:{text}").with_suffix(".pcm")
    if not path.is_file():
        pcm = b"".join(_voice().speak(text, "", speed))
        _keep(path, lambda file: file.write(pcm))
    return path.read_bytes()


def transcript(pcm: bytes) -> str:
    """What the local recogniser makes of it: a real one, with its mistakes and its full stops."""
    path = _kept("transcripts", hashlib.sha256(pcm).hexdigest()).with_suffix(".json")
    if path.is_file():
        return str(json.loads(path.read_text()))
    text = _recogniser().hear(pcm, "en", "").text
    _keep(path, lambda file: file.write(json.dumps(text).encode()))
    return text


def _kept(kind: str, key: str) -> Path:
    digest = hashlib.sha256(f"1:{key}".encode()).hexdigest()
    return cache_directory().parent / "turns" / kind / digest[:2] / digest[2:]


def _keep(path, write) -> None:  # type: ignore[no-untyped-def]
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    with scratch.open("wb") as file:
        write(file)
    scratch.replace(path)


@cache
def _voice():  # type: ignore[no-untyped-def]
    from stages.standin.engines.local import LocalSpeech

    return LocalSpeech()


@cache
def _recogniser():  # type: ignore[no-untyped-def]
    from stages.standin.engines.local import LocalHearing

    return LocalHearing(1)
