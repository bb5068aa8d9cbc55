"""libopus is found wherever PyAV has it."""

import ctypes.util
from pathlib import Path

import pytest

from api.transports.libopus import LIB, OpusError, checked, find


@pytest.mark.parametrize(
    "file", ["av.libs/libopus-114e2b1a.so.0.11.1", "av/.dylibs/libopus.0.dylib", "av.libs/libopus-0-3f2a.dll"]
)
def test_it_is_found_beside_the_package_in_every_kind_of_wheel(tmp_path: Path, file: str) -> None:
    (tmp_path / "av").mkdir()
    library = tmp_path / file
    library.parent.mkdir(exist_ok=True)
    library.touch()
    (library.parent / "libmp3lame-8f9e436f.so.0.0.0").touch()
    assert find(tmp_path / "av") == str(library)


def test_a_package_without_libraries_of_its_own_uses_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: f"lib{name}.so.0")
    assert find(tmp_path / "av") == "libopus.so.0"


def test_where_there_is_none_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    with pytest.raises(ImportError, match="install libopus0"):
        find(tmp_path / "av")


def test_a_refusal_is_told_in_libopus_own_words() -> None:
    failed = ctypes.c_int()
    assert LIB.opus_decoder_create(12_345, 1, ctypes.byref(failed)) is None
    with pytest.raises(OpusError, match="invalid argument"):
        checked(failed.value)
