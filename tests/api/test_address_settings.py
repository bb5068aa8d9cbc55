"""Addresses in the settings: what is a base URL, what is an origin."""

import pytest

from api.address_settings import check_base_url, read_origins


def test_a_base_url_loses_its_last_slash() -> None:
    assert check_base_url("http://127.0.0.1:8000/v1/") == "http://127.0.0.1:8000/v1"
    assert check_base_url("") == ""


@pytest.mark.parametrize("text", ["127.0.0.1:8000", "ftp://a/v1", "http://"])
def test_what_is_no_base_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a URL"):
        check_base_url(text)


def test_origins_are_separated_by_commas() -> None:
    assert read_origins("https://a.example, http://b.example:8080") == ("https://a.example", "http://b.example:8080")
    assert read_origins(("https://a.example",)) == ("https://a.example",)


@pytest.mark.parametrize("text", ["*", "a.example", "https://a.example/page", "file://a"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an origin"):
        read_origins(text)
