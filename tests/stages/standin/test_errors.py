"""Error bodies have OpenAI's four fields and tell no secrets."""

import json

import pytest

from stages.standin import errors


def test_a_body_has_all_four_fields() -> None:
    body = json.loads(errors.no_model("gpt-9").refusal.body())
    assert body == {
        "error": {
            "message": "The model `gpt-9` does not exist or you do not have access to it.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


def test_a_wrong_key_is_not_repeated_in_full() -> None:
    assert "sk-very-secret" not in errors.wrong_key("sk-very-secret").refusal.message


def test_choices_are_listed_as_a_sentence() -> None:
    assert errors.wrong_choice("x", "d", ("a", "b", "c")).refusal.message.endswith("'a', 'b', and 'c'.")
    assert errors.wrong_choice("x", "d", ("a",)).refusal.message.endswith("are: 'a'.")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "an integer"),
        (1.5, "a decimal"),
        ("x", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_json_types_have_their_names(value: object, kind: str) -> None:
    assert errors.kind_of(value) == kind
    assert kind in errors.wrong_type("x", "a unicorn", value).refusal.message


def test_an_overload_may_be_tried_again() -> None:
    refusal = errors.overloaded().refusal
    assert (refusal.status, refusal.headers["retry-after"]) == (503, "1")
    assert errors.broken().status == 500


def test_each_refusal_names_its_parameter() -> None:
    for refused in (
        errors.missing("a"),
        errors.unknown("a"),
        errors.unsupported("a"),
        errors.unsupported_value("a", 1, "No."),
    ):
        assert refused.refusal.param == "a" and "'a'" in refused.refusal.message
    assert errors.no_key().refusal.status == 401
