"""The command line: options are checked before anything starts."""

import argparse
from pathlib import Path

import pytest

from stages.standin.cli import add_arguments, run


def parsed(*options: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser("parley standin")
    add_arguments(parser)
    return parser.parse_args(options)


def test_the_local_engine_without_delay_is_the_default() -> None:
    args = parsed()
    assert (args.engine, args.latency, args.host, args.control, args.fault) == ("local", "zero", "127.0.0.1", False, [])


def test_faults_pile_up() -> None:
    assert parsed("--fault", "stt:503", "--fault", "tts:empty,times=always").fault == [
        "stt:503",
        "tts:empty,times=always",
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--fault", "ears:503"),
        ("--latency", "slow"),
        ("--engine", "cloud"),
        ("--port", "x"),
        ("--latency", "fixed:x=1"),
    ],
)
def test_a_wrong_option_is_refused_with_a_reason(options: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parsed(*options)
    assert ended.value.code == 2 and options[1].split(":")[0] in capsys.readouterr().err


def test_help_names_every_profile_and_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parsed("--help")
    told = capsys.readouterr().out
    assert all(word in told for word in ("openai-2026", "fixed", "zero", "malformed", "retry_after", "--ready-fd"))


def test_a_script_that_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(parsed("--script", str(tmp_path / "none.yaml"))) == 2
    assert capsys.readouterr().err.count("\n") == 1
