"""The reader of ONNX files, on files written by hand and on the published one."""

from pathlib import Path

import numpy as np
import pytest

from vad.silero import model_path
from vad.weights import read_weights


def field(number: int, content: bytes) -> bytes:
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content


def tensor(name: bytes, raw: bytes, kind: int = 1, dims: tuple[int, ...] = (2,)) -> bytes:
    shape = b"".join(bytes([1 << 3, dim]) for dim in dims)
    return field(5, shape + bytes([2 << 3, kind]) + field(8, name) + field(9, raw))


def written(path: Path, content: bytes) -> Path:
    file = path / "model.onnx"
    file.write_bytes(content)
    return file


PAIR = np.array([1.5, -2.0], "<f4")


def test_floats_are_found_by_name_and_everything_else_is_passed_over(tmp_path: Path) -> None:
    version = bytes([1 << 3, 8])
    fixed = bytes([2 << 3 | 5]) + b"abcd" + bytes([3 << 3 | 1]) + b"abcdefgh"
    whole_numbers = tensor(b"shape", b"\1\2", kind=7)
    graph = field(7, fixed + tensor(b"pair", PAIR.tobytes()) + whole_numbers)
    weights = read_weights(written(tmp_path, version + graph))
    assert list(weights) == ["pair"]
    assert weights["pair"].tolist() == PAIR.tolist()


@pytest.mark.parametrize(
    "content",
    [
        b"\x3a\x7f\x01",  # a graph longer than the file
        b"\x3a",  # no length
        b"\x3b\x00",  # a wire type of old
        field(7, tensor(b"pair", PAIR.tobytes(), dims=(3,))),
        field(7, tensor(b"\xff\xfe", PAIR.tobytes())),
    ],
)
def test_a_file_that_is_no_model_is_told_so(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no ONNX model"):
        read_weights(written(tmp_path, content))


def test_a_model_cut_short_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no ONNX model"):
        read_weights(written(tmp_path, model_path().read_bytes()[:500_000]))


def test_the_published_file_has_the_network_s_fifteen_arrays() -> None:
    weights = read_weights(model_path())
    assert len(weights) == 15
    assert sum(array.size for array in weights.values()) > 300_000
