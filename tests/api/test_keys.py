from pathlib import Path

import pytest

from api.cli import main


def run(capsys: pytest.CaptureFixture[str], data_dir: Path, *words: str) -> tuple[int, str, str]:
    code = main(("keys", words[0], "--data-dir", str(data_dir), *words[1:]))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_key_is_shown_once_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, key, _ = run(capsys, tmp_path, "create", "--quiet", "--label", "crm")
    assert code == 0
    assert key.startswith("pk_")
    assert key.count("\n") == 1
    id, secret = key.strip().split("_")[1:]
    code, listed, _ = run(capsys, tmp_path, "list")
    assert (code, secret in listed) == (0, False)
    assert listed.startswith(f"{id}  ")
    assert "never used" in listed
    assert "crm" in listed
    assert run(capsys, tmp_path, "revoke", id)[0] == 0
    assert "revoked" in run(capsys, tmp_path, "list")[1]
    code, _, err = run(capsys, tmp_path, "revoke", id)
    assert code == 1
    assert "no key" in err


def test_a_person_is_told_what_the_key_is_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, tmp_path, "create")
    assert code == 0
    assert out.strip() in err
    assert "Authorization: Bearer" in err


def test_a_key_for_less_is_listed_with_what_it_may(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, tmp_path, "create", "--scope", "talk, mint", "--calls", "3", "--days", "30")
    listed = run(capsys, tmp_path, "list")[1]
    assert "mint,talk, 3 at once, until 20" in listed
    run(capsys, tmp_path, "create")
    assert "everything" in run(capsys, tmp_path, "list")[1]


def test_a_scope_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, tmp_path, "create", "--scope", "sing")
    assert (code, out) == (2, "")
    assert "there is no scope sing" in err
    with pytest.raises(SystemExit):
        run(capsys, tmp_path, "create", "--calls", "0")
