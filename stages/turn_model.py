"""Does it sound as if the caller were done? The port for a model of turn ends, and one that hears the last seconds.

The model is smart-turn v3.2 (Pipecat, BSD-2-Clause): it reads the log-mel picture of the last eight seconds, as Whisper
does, and says how likely the turn is over. It is no dependency: its file comes inside the wheel of `pipecat-ai`, and is
found there without importing anything of it (`pip install --no-deps pipecat-ai==1.14.0`), or where a setting says.
"""

import asyncio
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import OurFault
from pipeline.flow import Utterance
from pipeline.pcm import EAR_RATE

SECONDS = 8
LIMIT_S = 0.2
"""A judgement that takes longer is not waited for: the transcript is."""
WINDOW, HOP, BANDS = 400, 160, 80
SMART_TURN = "smart-turn"
PLACE = "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx"
Signal = NDArray[np.float32]


class EndOfTurn(Protocol):
    """Beside the words: how the caller's voice ended."""

    async def likelihood(self, utterance: Utterance) -> float | None:
        """How likely the turn is over, 0 to 1; None without an opinion. Never raises, and is bounded in time."""


class SmartTurn:
    """Runs on one thread beside the loop, while the transcript is being made: about 50 ms of processor time."""

    def __init__(self, path: Path) -> None:
        """Raises ImportError without onnxruntime; for a file that is no such model, FileNotFoundError or ValueError."""
        import onnxruntime  # type: ignore[import-untyped, unused-ignore]  # only for those who switch it on

        if not path.is_file():
            raise FileNotFoundError(f"no model of turn ends at {path}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
        (given,) = self._session.get_inputs()
        if list(given.shape[1:]) != [BANDS, SECONDS * EAR_RATE // HOP]:
            raise ValueError(f"{path} takes {given.shape}, which is no picture of {SECONDS} s")
        self._name = given.name

    async def likelihood(self, utterance: Utterance) -> float | None:
        try:
            async with asyncio.timeout(LIMIT_S):
                return await asyncio.to_thread(self.judge, utterance.pcm)
        except TimeoutError:
            return None

    def judge(self, pcm: bytes) -> float:
        """The same on the caller's own thread."""
        signal = np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(np.float32) / np.float32(32768)
        (answer,) = self._session.run(None, {self._name: picture(signal)[None]})[:1]
        return float(np.ravel(answer)[0])


def load(choice: str) -> EndOfTurn | None:
    """The model of a setting: empty for none, `smart-turn` for the installed one, else the path of its file.

    Raises OurFault where it cannot be used.
    """
    if not choice:
        return None
    path = installed() if choice == SMART_TURN else Path(choice)
    if path is None:
        raise OurFault("no turn model is installed: pip install --no-deps pipecat-ai==1.14.0, or name its file")
    try:
        return SmartTurn(path)
    except ImportError as fault:
        raise OurFault("the turn model needs onnxruntime: pip install onnxruntime") from fault
    except Exception as fault:  # whatever an unreadable model makes the runtime raise
        raise OurFault(f"the turn model cannot be used: {fault}") from fault


def installed() -> Path | None:
    """The model's file inside an installed `pipecat-ai`, if there is one; the package itself is not imported."""
    spec = find_spec("pipecat")
    for place in spec.submodule_search_locations or () if spec else ():
        path = Path(place).parent / PLACE
        if path.is_file():
            return path
    return None


def picture(signal: Signal) -> Signal:
    """Whisper's log-mel picture (bands, frames) of the last eight seconds, silence before what is shorter."""
    room = SECONDS * EAR_RATE
    signal = np.pad(signal[-room:], (max(0, room - len(signal)), 0))
    signal = (signal - signal.mean()) / np.sqrt(signal.var() + 1e-7)
    padded = np.pad(signal, WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:-1]
    power = np.abs(np.fft.rfft(frames * _hann(), axis=1)) ** 2
    levels = np.log10(np.maximum(_bands() @ power.T, 1e-10))
    return np.asarray((np.maximum(levels, levels.max() - 8.0) + 4.0) / 4.0, np.float32)


@cache
def _hann() -> Signal:
    return np.asarray(np.hanning(WINDOW + 1)[:-1], np.float32)


@cache
def _bands() -> Signal:
    """Slaney's mel filters: linear to 1 kHz, logarithmic above, each of the same area."""
    edges = _hertz(np.linspace(0.0, _mel(EAR_RATE / 2), BANDS + 2))
    bins = np.linspace(0, EAR_RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    filters = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(filters, np.float32)


def _mel(hertz: float) -> float:
    return 3 * hertz / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000)) / float(np.log(6.4))


def _hertz(mel: "NDArray[np.float64]") -> "NDArray[np.float64]":
    return np.where(mel < 15, 200 * mel / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))
