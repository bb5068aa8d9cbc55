"""The numbers of a network, read out of the ONNX file that its makers publish.

ONNX is Protocol Buffers (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Of the model only the graph (field
7) is looked at, of the graph only the initialisers (field 5), of each its dims (1), data type (2), name (8) and raw
data (9).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_GRAPH, _INITIALISER = 7, 5
_FLOAT = 1


def read_weights(path: Path) -> dict[str, Floats]:
    """Every float32 initialiser of the model, by name. Raises ValueError where the file is none or is cut short."""
    found: dict[str, Floats] = {}
    try:
        for number, graph in _fields(memoryview(path.read_bytes())):
            if number == _GRAPH and isinstance(graph, memoryview):
                for part, tensor in _fields(graph):
                    if part == _INITIALISER and isinstance(tensor, memoryview):
                        found |= _tensor(tensor)
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} is no ONNX model: {error}") from None
    return found


def _tensor(encoded: memoryview) -> dict[str, Floats]:
    shape: list[int] = []
    kind, name, raw = 0, "", b""
    for number, value in _fields(encoded):
        match number, value:
            case (1, int()):
                shape.append(value)
            case (2, int()):
                kind = value
            case (8, memoryview()):
                name = bytes(value).decode()
            case (9, memoryview()):
                raw = bytes(value)
    return {name: np.frombuffer(raw, "<f4").reshape(shape)} if kind == _FLOAT and raw else {}


def _fields(encoded: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of one message: number and value. Fixed-width values are passed over: none is needed."""
    at = 0
    while at < len(encoded):
        key, at = _varint(encoded, at)
        match key & 7:
            case 0:
                value, at = _varint(encoded, at)
                yield key >> 3, value
            case 2:
                size, at = _varint(encoded, at)
                if at + size > len(encoded):
                    raise ValueError("a field is longer than its message")
                yield key >> 3, encoded[at : at + size]
                at += size
            case 1 | 5 as width:
                at += 8 if width == 1 else 4
            case other:
                raise ValueError(f"wire type {other}")


def _varint(encoded: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = encoded[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
