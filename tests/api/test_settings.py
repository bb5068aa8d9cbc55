from pathlib import Path

import pytest

from api.settings import Settings, environment_name, unknown_variables
from pipeline.errors import SettingsInvalid
from pipeline.strategy import QUICKEST, Race, Speculate, Strategy


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(environment_name(field), raising=False)


def test_all_mistakes_are_told_at_once_by_the_names_that_people_set(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "PARLEY_PORT": "eighty",
        "PARLEY_MAX_CALLS": "0",
        "PARLEY_LOG_LEVEL": "loud",
        "PARLEY_ICE_SERVERS": "http://example.org",
        "PARLEY_CORS_ORIGINS": "*",
        "PARLEY_LLM_BASE_URL": "example.org",
        "PARLEY_LLM_API": "grpc",
        "PARLEY_TOKEN": "short",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid) as told:
        Settings.load()
    lines = str(told.value).splitlines()
    assert sorted(line.split(":")[0] for line in lines) == sorted(wrong)
    assert "short" not in str(told.value)


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_PORT", "9000")
    monkeypatch.setenv("PARLEY_AGENT", "")
    assert Settings.load(port=9001, host=None).port == 9001
    assert Settings.load(port=None).port == 9000
    assert Settings.load().agent == "reception"


def test_each_means_of_being_quick_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().strategy == QUICKEST
    for name, value in (
        ("SPECULATE", "STT"),
        ("ACKNOWLEDGE", "0"),
        ("REFLEX", "false"),
        ("SPEECH_CACHE", "no"),
        ("RACE", "All"),
    ):
        monkeypatch.setenv(f"PARLEY_{name}", value)
    assert Settings.load().strategy == Strategy(
        Speculate.STT, acknowledge=False, reflex=False, speech_cache=False, race=Race.ALL
    )


def test_the_data_directory_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsInvalid, match="PARLEY_DATA_DIR"):
        Settings.load(data_dir=tmp_path / "file")
    settings = Settings.load(data_dir=tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/parley.db"
    assert settings.journal_dir.parent == tmp_path
    assert Settings.load(database_url="postgresql://h/n").database == "postgresql://h/n"


def test_a_misspelt_setting_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_PROT", "1")
    assert unknown_variables() == ["PARLEY_PROT is not a setting; did you mean PARLEY_PORT?"]


def test_every_setting_says_what_it_does() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
