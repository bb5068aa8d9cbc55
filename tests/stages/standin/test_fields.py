"""Parameters are read as strictly as the real API reads them."""

from typing import Any

import pytest

from stages.standin.errors import Refused
from stages.standin.fields import Fields, objected


def code_of(read: Any) -> tuple[str | None, str | None]:
    with pytest.raises(Refused) as refused:
        read()
    return refused.value.refusal.code, refused.value.refusal.param


def test_what_is_absent_or_null_is_the_default() -> None:
    fields = Fields({"a": None})
    assert (fields.text("a", "x"), fields.flag("a", True), fields.choice("b", ("y",), "y")) == ("x", True, "y")
    assert (fields.decimal("a", 0, 1), fields.whole("a", 0), fields.array("a"), fields.object("a")) == (
        None,
        None,
        [],
        None,
    )
    assert not fields.has("a")


def test_a_path_names_the_place() -> None:
    inner = Fields({"a": [{"b": {"c": 1}}]}).objects("a")[0].object("b")
    assert inner is not None and code_of(lambda: inner.text("c")) == ("invalid_type", "a[0].b.c")


def test_bounds_hold_at_their_edges() -> None:
    fields = Fields({"low": 0, "high": 2.0, "over": 2.01, "under": -0.01, "n": 16, "text": "abcd"})
    assert (fields.decimal("low", 0, 2), fields.decimal("high", 0, 2), fields.whole("n", 16)) == (0.0, 2.0, 16)
    assert code_of(lambda: fields.decimal("over", 0, 2)) == ("decimal_above_max_value", "over")
    assert code_of(lambda: fields.decimal("under", 0, 2)) == ("decimal_below_min_value", "under")
    assert code_of(lambda: fields.whole("n", 17)) == ("integer_below_min_value", "n")
    assert code_of(lambda: fields.whole("n", 0, 15)) == ("integer_above_max_value", "n")
    assert fields.text("text", longest=4) == "abcd"
    assert code_of(lambda: fields.text("text", longest=3)) == ("string_above_max_length", "text")


def test_a_boolean_is_no_number_and_infinity_none_either() -> None:
    fields = Fields({"yes": True, "endless": float("inf"), "none": float("nan")})
    assert code_of(lambda: fields.whole("yes", 0)) == ("invalid_type", "yes")
    for name in fields._values:
        assert code_of(lambda name=name: fields.decimal(name, 0, 9)) == ("invalid_type", name)


def test_arrays_have_a_least_and_a_greatest_length() -> None:
    fields = Fields({"none": [], "three": [1, 2, 3], "text": "x"})
    assert code_of(lambda: fields.array("none", shortest=1)) == ("empty_array", "none")
    assert code_of(lambda: fields.array("three", longest=2)) == ("array_above_max_length", "three")
    assert code_of(lambda: fields.array("text")) == ("invalid_type", "text")


def test_what_is_needed_and_what_is_known() -> None:
    fields = Fields({"a": 1})
    fields.only({"a"})
    fields.need("a")
    assert code_of(lambda: fields.only({"b"})) == ("unknown_parameter", "a")
    assert code_of(lambda: fields.need("b")) == ("missing_required_parameter", "b")
    assert code_of(lambda: objected([], "x")) == ("invalid_type", "x")
    assert code_of(lambda: fields.choice("a", ("x",))) == ("invalid_type", "a")
    assert code_of(lambda: fields.flag("a")) == ("invalid_type", "a")
