from pathlib import Path

import pytest

from api.provider_settings import OPENAI_URL, provider_of, sounds_dir
from api.settings import STAGES, Settings, environment_name

STANDIN = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(environment_name(field), raising=False)


def test_without_a_key_every_stage_talks_to_the_stand_in() -> None:
    settings = Settings.load()
    assert settings.needs_standin
    for stage in STAGES:
        config = provider_of(settings, stage, STANDIN)
        assert (config.stage, config.base_url) == (stage, STANDIN)
        assert config.api_key


def test_with_a_key_every_stage_talks_to_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    settings = Settings.load()
    assert not settings.needs_standin
    for stage in STAGES:
        config = provider_of(settings, stage, STANDIN)
        assert (config.base_url, config.api_key) == (OPENAI_URL, "sk-secret")
    assert "sk-secret" not in repr(settings)


def test_openais_key_is_not_sent_to_anybody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("PARLEY_TTS_BASE_URL", "http://voices.example/v1/")
    config = provider_of(Settings.load(), "tts", STANDIN)
    assert config.base_url == "http://voices.example/v1"
    assert config.api_key != "sk-secret"
    monkeypatch.setenv("PARLEY_TTS_API_KEY", "own")
    assert provider_of(Settings.load(), "tts", STANDIN).api_key == "own"


def test_each_stage_can_be_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_LLM_API_KEY", "sk-llm")
    monkeypatch.setenv("PARLEY_LLM_MODEL", "another")
    monkeypatch.setenv("PARLEY_LLM_API", "Chat")
    settings = Settings.load()
    assert [settings.uses_standin(stage) for stage in STAGES] == [True, False, True]
    llm = provider_of(settings, "llm", STANDIN)
    assert (llm.model, llm.base_url, llm.api) == ("another", OPENAI_URL, "chat")


def test_only_the_chat_model_is_asked_for_in_a_tier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_LLM_SERVICE_TIER", "Priority")
    settings = Settings.load()
    assert [provider_of(settings, stage).service_tier for stage in STAGES] == ["", "priority", ""]
    assert settings.price_table.thinking("gpt-4.1", 1_000_000, 0) == pytest.approx(3.5)


def test_sound_of_one_service_is_never_taken_for_that_of_another(tmp_path: Path) -> None:
    urls = ("", "https://api.openai.com/v1", "http://me:pw@localhost:8880/v1", "http://localhost:8881/v1")
    places = {sounds_dir(Settings.load(data_dir=tmp_path, tts_base_url=url), "clips") for url in urls}
    places.add(sounds_dir(Settings.load(data_dir=tmp_path, standin_engine="canned"), "clips"))
    places.add(sounds_dir(Settings.load(data_dir=tmp_path), "openings"))
    assert sorted(str(place.relative_to(tmp_path)) for place in places) == [
        "clips/api.openai.com-v1", "clips/localhost-8880-v1", "clips/localhost-8881-v1", "clips/standin-canned",
        "clips/standin-local", "openings/standin-local",
    ]  # fmt: skip
    with_key = Settings.load(data_dir=tmp_path, openai_api_key="sk-secret")
    assert sounds_dir(with_key, "clips").name == "api.openai.com-v1"
