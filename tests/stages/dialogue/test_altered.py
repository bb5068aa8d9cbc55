from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from stages.dialogue.altered import altered
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.fields import FieldEntry, Ledger
from stages.dialogue.load import load_agent


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


@dataclass(frozen=True, slots=True)
class Sized:
    text: str
    size: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", len(self.text))


def test_it_is_what_replace_would_have_made():
    assert altered(Point(1, 2), y=3) == replace(Point(1, 2), y=3) == Point(1, 3)
    begun = Dialogue.begin(load_agent("reception"))
    assert altered(begun, step="2", turns=4) == replace(begun, step="2", turns=4)


def test_a_field_may_be_called_value():
    entry = FieldEntry(load_agent("legal_intake").fields[0])
    assert altered(entry, value="Anna").value == "Anna"


def test_the_value_itself_stays_as_it_was_and_the_new_one_is_as_frozen():
    point = Point(1, 2)
    moved = altered(point, x=5)
    assert point == Point(1, 2)
    with pytest.raises(FrozenInstanceError):
        moved.x = 6  # type: ignore[misc]


def test_a_field_that_is_not_there_is_a_mistake():
    with pytest.raises(TypeError, match="Point has no z"):
        altered(Point(1), z=2)


def test_what_makes_something_of_its_fields_is_not_made_again_without_it():
    with pytest.raises(TypeError, match="Sized makes something"):
        altered(Sized("one"), text="three")


@pytest.mark.parametrize("kind", [Dialogue, FieldEntry, Ledger])
def test_the_values_that_are_altered_make_nothing_of_their_fields(kind: type):
    assert not hasattr(kind, "__post_init__")
