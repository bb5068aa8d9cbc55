import pytest

from stages.standin.engines.rules_choices import chosen, near, timely


@pytest.mark.parametrize(
    ("values", "text", "value"),
    [
        (("return", "order"), "I want to send back order 48213", "return"),
        (("return", "order"), "It's about an order. No, actually, it's a return", "return"),
        (("damaged", "not as described"), "put down not as described instead", "not as described"),
        (("today", "whenever"), "it's not urgent", "whenever"),
        (("plumbing", "electrical"), "the bathroom light is dead", "electrical"),
        (("pick up", "delivery"), "can you deliver it?", "delivery"),
        (("too small", "too large"), "too small, no sorry, too large", "too large"),
        (("single", "double"), "single or double, what is better", None),
    ],
)
def test_what_is_meant_of_a_list(values: tuple[str, ...], text: str, value: str | None) -> None:
    assert chosen(values, text) == value


def test_a_choice_in_other_forms_of_its_words() -> None:
    assert near(("pick up", "delivery"), "please deliver it") == ["delivery"]
    assert near(("pick up", "delivery"), "I'll pick it up") == ["pick up"]
    assert near(("pick up", "delivery"), "whatever") == []


def test_choices_that_are_times() -> None:
    assert timely({"urgency": ("today", "whenever")}, "urgency")
    assert not timely({"room": ("single", "suite")}, "room")
