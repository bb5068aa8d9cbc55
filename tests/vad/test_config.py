"""The thresholds fit together."""

import pytest

from vad.config import VadConfig


def test_the_defaults_are_those_of_the_design() -> None:
    config = VadConfig()
    assert 40 <= config.started_ms <= 60
    assert (config.sustained_ms, config.spoken_ms, config.claimed_ms, config.patience_ms) == (120, 350, 800, 500)
    assert 64 <= config.paused_ms <= 120
    assert config.min_voiced == 250_000
    assert config.frame == 320


@pytest.mark.parametrize(
    "wrong",
    [
        {"frame_ms": 25},
        {"mode": 4},
        {"started_ms": 200},
        {"sustained_ms": 400},
        {"spoken_ms": 900},
        {"suspected_db_ms": 0.0},
        {"suspect_drift_db": 12.0},
        {"paused_ms": 600},
        {"patience_ms": 40_000},
        {"resumed_ms": 0},
        {"preroll_ms": -1},
        {"likely": 0.2},
        {"near_ms": 10},
        {"near_likely": 65},
    ],
)
def test_thresholds_that_contradict_each_other_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        VadConfig(**wrong)  # type: ignore[arg-type]
