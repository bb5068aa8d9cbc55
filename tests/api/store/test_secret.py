"""The installation's secret is made once, whole, and for its owner's eyes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.store.secret import load_secret
from pipeline.errors import SettingsInvalid


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    secret = load_secret(tmp_path / "new")
    assert len(secret) == 32
    assert load_secret(tmp_path / "new") == secret
    assert load_secret(tmp_path / "other") != secret
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret"], "no draft is left"


def test_all_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: load_secret(tmp_path), range(32)))
    assert len(secrets) == 1


@pytest.mark.parametrize("words", ["", "abcd", "not hexadecimal at all " * 4, "\xff\xfe"])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, words: str) -> None:
    (tmp_path / "secret").write_text(words, encoding="latin-1")
    with pytest.raises(SettingsInvalid, match="secret"):
        load_secret(tmp_path)
