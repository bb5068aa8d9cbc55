import subprocess
import sys
from importlib.metadata import version

import pytest

from api.cli import COMMANDS, main
from pipeline.errors import SpecInvalid


def ended(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(words)
    except SystemExit as left:
        code = int(str(left.code or 0))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ended(capsys, "--help")
    assert code == 0
    for name in COMMANDS:
        assert name in out


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("serve", ("--host", "--port", "--data-dir", "--agent", "PARLEY_PORT")),
        ("standin", ("--engine", "--latency", "--fault")),
        ("check", ("--agent",)),
        ("call", ("--out", "--json")),
        ("keys", ("create", "list", "revoke")),
    ],
)
def test_every_command_has_a_help_of_its_own(
    command: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ended(capsys, command, "--help")
    assert code == 0
    for word in words:
        assert word in out


def test_help_loads_nothing_heavy() -> None:
    program = "import sys, api.cli\ntry: api.cli.main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    loaded = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True).stdout.split()
    assert not {"fastapi", "pydantic", "uvicorn", "openai", "aiortc", "sqlalchemy", "numpy"} & set(loaded)


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(capsys, "--version") == (0, f"parley {version('parley')}\n", "")


@pytest.mark.parametrize("words", [(), ("dance",), ("serve", "--port", "x"), ("keys",), ("keys", "revoke")])
def test_a_wrong_command_line_is_told(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ended(capsys, *words)
    assert (code, out) == (2, "")
    assert "usage: parley" in err


def test_wrong_settings_are_told_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_MAX_CALLS", "none")
    monkeypatch.setenv("PARLEY_LLM_API", "grpc")
    code, out, err = ended(capsys, "serve")
    assert (code, out) == (2, "")
    assert err.startswith("parley: ")
    assert [line.split(":")[-2].strip() for line in err.splitlines()] == ["PARLEY_MAX_CALLS", "PARLEY_LLM_API"]


def test_what_the_machine_refuses_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ended(capsys, "keys", "list", "--data-dir", "/proc/nothing")
    assert code == 1
    assert err.startswith("parley: ")
    assert len(err.splitlines()) == 1


def test_of_many_errors_the_first_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise ExceptionGroup("a", [ExceptionGroup("b", [SpecInvalid("the agent is wrong")]), ValueError()])

    monkeypatch.setattr("api.keys.run", fail)
    assert ended(capsys, "keys", "list") == (1, "", "parley: the agent is wrong\n")


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise ExceptionGroup("a", [ValueError("a bug")])

    monkeypatch.setattr("api.keys.run", fail)
    with pytest.raises(ExceptionGroup):
        main(("keys", "list"))
