"""The port for a model of turn ends, with a file that stands for one where the real one is not installed."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import OurFault
from pipeline.flow import Utterance
from stages import turn_model
from stages.turn_model import BANDS, EAR_RATE, HOP, SECONDS, SmartTurn, installed, load, picture
from tests.support.clock import run_virtual


def tone(hertz: float, seconds: float = 2.0) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * EAR_RATE)) / EAR_RATE).astype(np.float32)


def test_the_picture_has_whispers_shape_and_shows_a_tone_in_its_band() -> None:
    low, high = picture(tone(300)), picture(tone(3000))
    assert low.shape == high.shape == (BANDS, SECONDS * EAR_RATE // HOP)
    sounding = slice(-150, -20)
    assert low[:, sounding].mean(axis=1).argmax() < high[:, sounding].mean(axis=1).argmax()
    assert low.max() - low.min() <= 2.0 + 1e-6, "eight decades, a quarter each"


def test_what_is_shorter_comes_last_and_what_is_longer_loses_its_beginning() -> None:
    short = picture(tone(500, 1.0))
    assert short[:, :600].mean() < short[:, -80:].mean()
    assert picture(tone(500, 20.0)).shape == short.shape


def test_no_model_is_the_default() -> None:
    assert load("") is None


def test_a_file_that_is_not_there_or_no_model_stops_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"no model")
    for choice in (str(tmp_path / "missing.onnx"), str(broken)):
        with pytest.raises(OurFault):
            load(choice)


def test_without_the_package_its_name_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turn_model, "installed", lambda: None)
    with pytest.raises(OurFault, match="pip install --no-deps pipecat-ai"):
        load("smart-turn")


@pytest.mark.skipif(installed() is None, reason="the model's package is not installed")
def test_the_real_model_gives_a_probability() -> None:
    path = installed()
    assert path is not None
    pcm = (tone(300) * 8000).astype("<i2").tobytes()
    assert 0.0 <= SmartTurn(path).judge(pcm) <= 1.0


def test_a_judgement_that_is_late_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(SmartTurn):
        def __init__(self) -> None:
            pass

    async def never(*_: object) -> float:
        import asyncio

        await asyncio.sleep(60)
        return 1.0

    monkeypatch.setattr("stages.turn_model.asyncio.to_thread", never)
    assert run_virtual(Slow().likelihood(Utterance(b"", 0, 0, 0, 0))) is None
