"""Reading a request's parameters as strictly as the real API reads them."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from stages.standin.errors import bad, missing, unknown, wrong_choice, wrong_type


class Fields:
    """The parameters of one JSON object; every reader refuses what the real API refuses. null counts as absent."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def named(self, name: str) -> str:
        """The full path of a parameter, as error bodies show it."""
        return f"{self._path}.{name}" if self._path else name

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def only(self, known: Collection[str]) -> None:
        for name in self._values:
            if name not in known:
                raise unknown(self.named(name))

    def need(self, name: str) -> None:
        if not self.has(name):
            raise missing(self.named(name))

    def text(self, name: str, default: str = "", *, shortest: int = 0, longest: int | None = None) -> str:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise wrong_type(self.named(name), "a string", value)
        if len(value) < shortest:
            raise bad(
                f"Invalid '{self.named(name)}': empty string. Expected a string with minimum length {shortest}, "
                "but got an empty string instead.",
                self.named(name),
                "empty_string",
            )
        if longest is not None and len(value) > longest:
            raise bad(
                f"Invalid '{self.named(name)}': string too long. Expected a string with maximum length {longest}, "
                f"but got a string with length {len(value)} instead.",
                self.named(name),
                "string_above_max_length",
            )
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise wrong_type(self.named(name), "a boolean", value)
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise wrong_type(self.named(name), f"one of {', '.join(repr(a) for a in allowed)}", value)
        if value not in allowed:
            raise wrong_choice(self.named(name), value, allowed)
        return value

    def decimal(self, name: str, low: float, high: float) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise wrong_type(self.named(name), "a decimal", value)
        self._within(name, value, low, high, "decimal")
        return float(value)

    def whole(self, name: str, low: int, high: int | None = None) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(self.named(name), "an integer", value)
        self._within(name, value, low, high, "integer")
        return value

    def array(self, name: str, *, shortest: int = 0, longest: int | None = None) -> list[Any]:
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong_type(self.named(name), "an array", value)
        if len(value) < shortest:
            raise bad(
                f"Invalid '{self.named(name)}': empty array. Expected an array with minimum length {shortest}, "
                "but got an empty array instead.",
                self.named(name),
                "empty_array",
            )
        if longest is not None and len(value) > longest:
            raise bad(
                f"Invalid '{self.named(name)}': array too long. Expected an array with maximum length {longest}, "
                f"but got an array with length {len(value)} instead.",
                self.named(name),
                "array_above_max_length",
            )
        return value

    def object(self, name: str) -> "Fields | None":
        value = self._values.get(name)
        return None if value is None else objected(value, self.named(name))

    def objects(self, name: str) -> "list[Fields]":
        """An array whose entries are all objects."""
        return [objected(value, f"{self.named(name)}[{index}]") for index, value in enumerate(self.array(name))]

    def _within(self, name: str, value: float, low: float, high: float | None, kind: str) -> None:
        path = self.named(name)
        if value < low:
            raise bad(
                f"Invalid '{path}': {kind} below minimum value. Expected a value >= {low}, but got {value} instead.",
                path,
                f"{kind}_below_min_value",
            )
        if high is not None and value > high:
            raise bad(
                f"Invalid '{path}': {kind} above maximum value. Expected a value <= {high}, but got {value} instead.",
                path,
                f"{kind}_above_max_value",
            )


def objected(value: Any, path: str) -> Fields:
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    return Fields(value, path)
