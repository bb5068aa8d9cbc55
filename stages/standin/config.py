"""How a stand-in is set up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stages.standin.engines.ports import ChatEngine, HearingEngine, SpeechEngine


@dataclass(frozen=True, slots=True)
class StandinConfig:
    """One stand-in. `engine`: local or canned. `latency`: zero, fixed[:stt=300,...] or openai-2026.

    `faults` are written as on the command line (`stt:503,times=2`). Without `key` any key is accepted, but not none.
    `control` opens /standin/*, with which a test scripts faults while the server runs.
    """

    engine: str = "canned"
    script: Mapping[str, Any] | None = None
    latency: str = "zero"
    seed: int = 0
    faults: tuple[str, ...] = ()
    key: str | None = None
    control: bool = False
    hearing_threads: int = 2
    speech_threads: int = 2


@dataclass(frozen=True, slots=True)
class Engines:
    """The three engines behind one stand-in. `threads` 0: quick enough to run on the event loop."""

    hearing: HearingEngine
    chat: ChatEngine
    speech: SpeechEngine
    hearing_threads: int = 0
    chat_threads: int = 0
    speech_threads: int = 0
