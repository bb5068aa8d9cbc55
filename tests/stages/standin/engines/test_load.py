"""The engines that the configuration names."""

import pytest

from stages.standin.config import StandinConfig
from stages.standin.engines.load import load


def test_canned_engines_run_on_the_loop() -> None:
    engines = load(StandinConfig())
    assert (engines.hearing_threads, engines.chat_threads, engines.speech_threads) == (0, 0, 0)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="cloud"):
        load(StandinConfig(engine="cloud"))
