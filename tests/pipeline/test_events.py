"""The facts."""

from dataclasses import fields
from typing import get_args

from pipeline.events import Event, TurnCut, TurnSettled, UnitLedger, heard_text


def test_facts_are_frozen_and_have_slots() -> None:
    for kind in get_args(Event):
        assert kind.__dataclass_params__.frozen and "__slots__" in vars(kind), kind
        assert all(field.name.islower() for field in fields(kind))


def test_what_was_heard_is_joined_from_the_units() -> None:
    units = tuple(UnitLedger(n, text, "model", 1, 1, 1, text, True) for n, text in enumerate(("One.", "", "Two.")))
    assert heard_text(units) == TurnCut(1, "barge_in", True, units).heard == TurnSettled(1, "heard", units).heard
    assert heard_text(units) == "One. Two."
