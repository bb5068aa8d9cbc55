"""`parley call`, from a person's recording."""

import argparse
import json
import wave
from pathlib import Path
from typing import Any

import pytest

from api.callcmd import add_arguments, run
from api.settings import Settings
from pipeline.errors import ProtocolViolation
from tests.support.speech import script, sentences, write_wav


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.timeout(180)
def test_a_recorded_person_is_heard_and_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    caller = write_wav(tmp_path / "caller.wav", script([(0.2, sentences()[0])], 0.5))
    out = tmp_path / "reply.wav"
    code = run(asked(str(caller), "--out", str(out), "--json"), Settings.load(data_dir=tmp_path / "data"))
    shown = capsys.readouterr()
    told: dict[str, Any] = json.loads(shown.out)
    assert code == 0 and told["reason"] == "caller_left" and shown.err == ""
    words = " ".join(line["text"] for line in told["lines"] if line["who"] == "caller").lower()
    assert "best of times" in words and "worst of times" in words
    answered = [turn for turn in told["turns"] if turn["cause"] == "utterance" and turn["label"] == "heard"]
    assert answered
    for turn in answered:
        assert turn["unattributed_ms"] < 20
        assert abs(sum(part["ms"] for part in turn["spans"]) - turn["first_content_ms"]) < 1
    with wave.open(str(out)) as both:
        assert (both.getnchannels(), both.getframerate()) == (2, 24_000)
        assert both.getnframes() > 5 * 24_000


def test_a_call_that_cannot_be_written_down_is_not_begun(tmp_path: Path) -> None:
    caller = write_wav(tmp_path / "caller.wav", script([(0.2, sentences()[0])], 0.5))
    with pytest.raises(FileNotFoundError):
        run(asked(str(caller), "--out", str(tmp_path / "none" / "reply.wav")), Settings.load(data_dir=tmp_path))


def test_a_file_that_is_no_recording_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(ProtocolViolation):
        run(asked(str(tmp_path / "missing.wav")), Settings.load(data_dir=tmp_path))
