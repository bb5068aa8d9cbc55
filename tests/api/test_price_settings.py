from pathlib import Path

import pytest

from api.cli import main
from api.price_settings import check_prices, prices_of, unpriced, warning
from api.settings import Settings
from pipeline.errors import SettingsInvalid
from stages.dialogue.load import load_agent, read_agent
from stages.prices import PRICES, Price


def test_prices_of_ones_own_stand_beside_the_table() -> None:
    table = prices_of('{"my-model": {"input": 0.5, "output": 1.5}, "my-ear": {"minute": 0.001}, "my-voice": {}}')
    assert table.of("my-model") == Price(0.5, 1.5)
    assert table.hearing("my-ear", 60_000_000) == pytest.approx(0.001)
    assert table.speaking("my-voice", 1000, 60_000_000) == 0
    assert table.of("gpt-4.1") == PRICES.of("gpt-4.1")


def test_without_any_the_table_holds() -> None:
    assert prices_of("") is PRICES
    assert Settings.load().price_table is PRICES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gpt=3", "must be JSON"),
        ("[1]", "prices by model"),
        ('{"m": 3}', "is an object with some of input, output, cached, minute, characters"),
        ('{"m": {"inptu": 3}}', "some of input"),
        ('{"m": {"input": "3"}}', "must be dollars"),
        ('{"m": {"input": -1}}', "must be dollars"),
        ('{"m": {"input": true}}', "must be dollars"),
        ('{"m": {"input": NaN}}', "must be dollars"),
    ],
)
def test_what_is_no_price_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_prices(text)
    with pytest.raises(SettingsInvalid, match="PARLEY_PRICES"):
        Settings.load(prices=text)


STAGES = {"stt": "gpt-4o-transcribe", "llm": "gpt-4.1", "tts": "gpt-4o-mini-tts"}
NOT_COUNTED = "limits.spend_usd: not counted, because no price is known: llama, own-voice, big-llama"
CAPPED = """
name: desk
objective: Take a message.
greeting: Hello.
disclosure: I'm an AI assistant.
states: [{id: take}]
limits: {spend_usd: 0.5}
stages: {llm: {model: llama}, tts: {model: own-voice}}
specialists: [{name: law, description: Law., instructions: You know law., model: big-llama}]
"""


def test_models_without_a_price_are_told_where_money_is_the_limit() -> None:
    spec = read_agent(CAPPED, "desk")
    assert unpriced(spec, STAGES, PRICES) == ("llama", "own-voice", "big-llama")
    told = warning(spec, STAGES, PRICES)
    assert told is not None and told.startswith(
        "limits.spend_usd: not counted, because no price is known: llama, own-voice, big-llama;"
    )
    assert warning(spec, STAGES, prices_of('{"llama": {}, "own-voice": {}, "big-llama": {"input": 1}}')) is None
    assert warning(load_agent("reception"), {**STAGES, "llm": "llama"}, PRICES) is None


def test_the_commands_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(CAPPED)
    assert main(("agents", "check", str(path))) == 0
    assert (
        "warning: limits.spend_usd: not counted, because no price is known: llama, own-voice, big-llama"
        in capsys.readouterr().out
    )
    monkeypatch.setenv("PARLEY_PRICES", '{"llama": {}, "own-voice": {}, "big-llama": {}}')
    assert main(("agents", "check", str(path))) == 0
    assert "warning" not in capsys.readouterr().out
