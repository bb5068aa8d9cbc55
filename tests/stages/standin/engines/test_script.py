"""Scripts are read strictly."""

from pathlib import Path
from typing import Any

import pytest

from stages.standin.engines.ports import EngineToolCall, Token
from stages.standin.engines.script import Script, load


def test_a_full_script_is_read() -> None:
    script = Script.read(
        {
            "hearing": ["a", {"tokens": [["An", -1], ["n", -2.5]], "seconds": [0, 2], "language": "de"}],
            "chat": ["b", {"say": ["c", "d"], "call": [{"name": "f", "arguments": "{broken", "id": "call_1"}]}],
            "ms_per_character": 60,
        }
    )
    assert script.hearing[1].text == "Ann" and script.hearing[1].tokens == (Token("An", -1.0), Token("n", -2.5))
    assert script.chat[1].calls == (EngineToolCall("f", "{broken", "call_1"),) and not script.chat[1].bound
    assert script.ms_per_character == 60


def test_an_empty_script_still_talks() -> None:
    script = Script.read({})
    assert script.hearing and script.chat


@pytest.mark.parametrize(
    "values",
    [
        {"listening": []},
        {"hearing": "a"},
        {"hearing": [3]},
        {"hearing": [{"words": "a"}]},
        {"hearing": [{"text": "a", "seconds": [1]}]},
        {"hearing": [{"tokens": [["a"]]}]},
        {"chat": [None]},
        {"chat": [{"when": "("}]},
        {"chat": [{"call": {}}]},
        {"chat": [{"call": [{"name": "f", "args": {}}]}]},
        {"ms_per_character": 0},
        {"ms_per_character": "fast"},
    ],
)
def test_a_wrong_script_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Script.read(values)


def test_a_file_is_yaml_or_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("chat:\n  - when: hi\n    say: hello\n")
    (tmp_path / "a.json").write_text('{"hearing": ["a"]}')
    assert load(tmp_path / "a.yaml") == {"chat": [{"when": "hi", "say": "hello"}]}
    assert load(tmp_path / "a.json") == {"hearing": ["a"]}


@pytest.mark.parametrize("text", ["- a", "a: [", "hearing: a", "\x00"])
def test_a_wrong_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ValueError):
        load(tmp_path / "a.yaml")
    with pytest.raises(ValueError, match=r"none\.yaml"):
        load(tmp_path / "none.yaml")
