"""The list of models and its entries."""

from tests.stages.standin.running import ask, error_of


def test_the_list_holds_what_one_entry_says() -> None:
    listed = ask("GET", "/v1/models").json()
    assert listed["object"] == "list"
    assert ask("GET", "/v1/models/gpt-4.1").json() in listed["data"]


def test_an_unknown_model_is_not_found() -> None:
    assert error_of(ask("GET", "/v1/models/gpt-9")) == (404, "model_not_found", "model")
