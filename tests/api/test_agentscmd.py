from pathlib import Path

import pytest

from api.cli import main

SOUND = """
name: desk
objective: Take a message.
greeting: Hello.
disclosure: I'm an AI assistant.
fields: [{name: message}]
states: [{id: take, expects: message, transitions: [{next_step: elsewhere, condition: Done.}]}]
"""


def checked(capsys: pytest.CaptureFixture[str], *names: str) -> tuple[int, str, str]:
    code = main(("agents", "check", *names))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_sound_file_is_told_with_what_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(SOUND, encoding="utf-8")
    code, out, err = checked(capsys, str(path))
    assert (code, err) == (0, "")
    assert out.startswith(f"{path}: sound. Agent desk, version ")
    assert out.endswith(": 1 state, 1 field, 1 tool.\n")


def test_every_mistake_of_every_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(SOUND.replace("expects: message", "expects: mesage") + "limits: {turns: none}\n", encoding="utf-8")
    code, out, err = checked(capsys, str(path), "reception", "no_such_agent")
    assert code == 1
    assert out.startswith("reception: sound.")
    assert "2 mistakes" in err
    assert "states[0].expects: 'mesage' is neither a field nor a kind of answer; did you mean 'message'?" in err
    assert "limits.turns: must be a whole number, but is 'none'" in err
    assert "no agent 'no_such_agent'" in err


def test_a_file_has_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(("agents", "check"))


def test_a_function_that_is_not_there_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(f"{SOUND}tools: [{{name: find, access: read, python: 'no.such:thing'}}]\n", encoding="utf-8")
    code, _, err = checked(capsys, str(path))
    assert code == 1
    assert "no.such" in err


def test_what_the_file_names_and_nobody_has_is_told_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.yaml"
    others = (
        "handoffs: [{agent: nobody, condition: x}, {agent: neighbour, condition: y}, {agent: reception, condition: z}]"
    )
    find = "{name: find, access: read, python: 'no.such:thing'}"
    tools = f"tools: [{find}, {find.replace('find', 'seek').replace('no.such:thing', 'nor.this:one')}]"
    path.write_text(f"{SOUND}timezone: Mars/Base\n{tools}\n{others}\n", encoding="utf-8")
    (tmp_path / "neighbour.yaml").write_text(SOUND, encoding="utf-8")
    code, _, err = checked(capsys, str(path))
    assert code == 1
    assert f"{path}: 4 mistakes" in err
    for told in ("no.such", "nor.this", "Mars/Base", "handoffs[0].agent: 'nobody' is neither a shipped agent"):
        assert told in err
    assert "neighbour" not in err


def test_what_a_file_names_is_looked_for_though_the_file_has_other_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "desk.yaml"
    wrong = "timezone: Mars/Base\ntools: [3, {name: find, access: read, python: 'no.such:thing'}]\n"
    wrong += "handoffs: [{agent: nobody, condition: x}]\nlimits: {turns: none}\n"
    path.write_text(SOUND + wrong, encoding="utf-8")
    code, _, err = checked(capsys, str(path))
    assert code == 1
    for told in ("limits.turns", "tools[0]", "no.such", "Mars/Base", "handoffs[0].agent: 'nobody'"):
        assert told in err
