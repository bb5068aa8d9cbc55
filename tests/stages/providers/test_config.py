import pytest

from stages.deadlines import LLM, STT, TTS, Deadlines
from stages.providers.config import ProviderConfig, Stage


def test_a_key_is_never_shown_whole() -> None:
    config = ProviderConfig("llm", "gpt-4.1", "https://api.openai.com/v1", "sk-proj-0123456789abcdef")
    assert "sk-proj" not in repr(config)
    assert config.masked_key == "sk-…cdef"


@pytest.mark.parametrize(("key", "shown"), [("", "(none)"), ("short", "****")])
def test_a_short_key_is_not_shown_at_all(key: str, shown: str) -> None:
    assert ProviderConfig("llm", "m", "http://x/v1", key).masked_key == shown


@pytest.mark.parametrize(("stage", "limits"), [("stt", STT), ("llm", LLM), ("tts", TTS)])
def test_each_stage_has_its_own_deadlines(stage: Stage, limits: Deadlines) -> None:
    assert ProviderConfig(stage, "m", "http://x/v1").limits is limits


def test_deadlines_can_be_set() -> None:
    own = Deadlines(1, 1, 1, 1, 1)
    assert ProviderConfig("stt", "m", "http://x/v1", deadlines=own).limits is own


@pytest.mark.parametrize("limits", [STT, LLM, TTS])
def test_nobody_waits_longer_than_four_seconds_for_a_first_piece(limits: Deadlines) -> None:
    assert limits.attempt < limits.first <= 4.0
    assert limits.gap <= 4.0
