"""Our arithmetic beside the inference runtime that the network was published for."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from pipeline.flow import AudioFrame
from pipeline.pcm import EAR_RATE
from pipeline.signals import Heard
from tests.support.speech import script, sentences
from vad.config import VadConfig
from vad.detector import Detector
from vad.segmenter import VadSegmenter
from vad.silero import CONTEXT, UNITS, WINDOW, Silero, model_path
from vad.weights import Floats

CLOSE = 1e-4


class Published(Silero):
    """The same network, run by onnxruntime."""

    __slots__ = ("_session",)

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(str(model_path()), options, ["CPUExecutionProvider"])

    def probability(self, window: Floats, memory: Floats) -> tuple[float, Floats]:
        asked = {"input": window, "state": memory, "sr": np.array(EAR_RATE, dtype=np.int64)}
        likelihood, memory = self._session.run(None, asked)
        return float(likelihood[0, 0]), memory


@pytest.fixture(scope="module")
def ours() -> Silero:
    return Silero()


@pytest.fixture(scope="module")
def published() -> Published:
    return Published()


def probabilities(model: Silero, audio: Floats) -> list[float]:
    memory = np.zeros((2, 1, UNITS), np.float32)
    window = np.zeros((1, CONTEXT + WINDOW), np.float32)
    found = []
    for start in range(0, audio.size - WINDOW + 1, WINDOW):
        window = np.concatenate((window[:, WINDOW:], audio[None, start : start + WINDOW]), axis=1)
        likelihood, memory = model.probability(window, memory)
        found.append(likelihood)
    return found


def speech(gain: float = 1.0, noise: float = 0.0) -> Floats:
    people = np.concatenate(sentences()[:6]).astype(np.float32) / 32768.0
    return gain * people + np.random.default_rng(3).normal(0.0, noise or 1e-6, people.size).astype(np.float32)


@pytest.mark.parametrize(("gain", "noise"), [(1.0, 0.0), (0.05, 0.0), (0.3, 0.02), (30.0, 0.0), (0.0, 0.0), (0.0, 0.3)])
def test_both_find_the_same_probabilities(gain: float, noise: float, ours: Silero, published: Published) -> None:
    audio = np.clip(speech(gain, noise), -1.0, 1.0)
    theirs = probabilities(published, audio)
    assert np.abs(np.subtract(probabilities(ours, audio), theirs)).max() < CLOSE
    assert gain != 1.0 or (min(theirs) < 0.1 and max(theirs) > 0.99)


def test_both_cut_a_conversation_at_the_same_samples(ours: Silero, published: Published) -> None:
    people = sentences()
    pcm = script([(0.7, people[3]), (0.9, people[4]), (0.4, people[6]), (1.1, people[9])], tail_s=2.0)

    def signals(model: Silero) -> list[Heard]:
        config = VadConfig()
        segmenter = VadSegmenter(config, Detector(config, model))
        heard: list[Heard] = []
        for at in range(0, pcm.size, 320):
            frame = AudioFrame(pcm[at : at + 320].astype("<i2").tobytes(), EAR_RATE, at * 1_000_000 // EAR_RATE)
            heard.extend(segmenter.feed(frame))
        return heard

    expected = signals(published)
    assert len(expected) > 12
    assert signals(ours) == expected


def test_what_one_call_asks_changes_nothing_for_another(ours: Silero) -> None:
    audio = speech()
    alone = probabilities(ours, audio[: 40 * WINDOW])
    between = np.zeros((1, CONTEXT + WINDOW), np.float32)
    loud = np.full((1, CONTEXT + WINDOW), 0.9, np.float32)
    memory, other = (np.zeros((2, 1, UNITS), np.float32) for _ in range(2))
    found = []
    for start in range(0, 40 * WINDOW, WINDOW):
        between = np.concatenate((between[:, WINDOW:], audio[None, start : start + WINDOW]), axis=1)
        likelihood, memory = ours.probability(between, memory)
        found.append(likelihood)
        _, other = ours.probability(loud, other)
    assert found == alone


def test_another_network_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(b"")
    with pytest.raises(ValueError, match="is another network"):
        Silero(other)


def test_the_model_comes_with_its_package() -> None:
    assert model_path().is_file()
