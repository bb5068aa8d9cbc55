"""Bodies that cannot be taken in are refused, not crashed on."""

import pytest

from stages.standin.bodies import LARGEST, LARGEST_JSON
from tests.stages.standin.running import KEY, ask, error_of


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": 1,}'])
def test_broken_json_is_refused(body: bytes) -> None:
    answer = ask("POST", "/v1/responses", content=body, headers={**KEY, "content-type": "application/json"})
    assert error_of(answer)[0] == 400 and "parse the JSON body" in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", [b"[]", b'"hi"', b"3", b"null"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    answer = ask(
        "POST", "/v1/responses", content=body, headers={**KEY, "content-type": "application/json; charset=utf-8"}
    )
    assert error_of(answer) == (400, "invalid_type", None)


def test_the_content_type_must_fit() -> None:
    plain = ask("POST", "/v1/responses", content=b"{}", headers={**KEY, "content-type": "text/plain"})
    json = ask("POST", "/v1/audio/transcriptions", json={})
    assert error_of(plain) == error_of(json) == (400, "unsupported_content_type", None)


def test_a_broken_form_is_refused() -> None:
    headers = {**KEY, "content-type": "multipart/form-data"}
    assert error_of(ask("POST", "/v1/audio/transcriptions", content=b"x", headers=headers))[0] == 400


def test_too_large_a_body_is_refused_before_and_while_it_is_read() -> None:
    headers = {**KEY, "content-type": "application/json"}
    told = ask("POST", "/v1/responses", content=b"{}", headers={**headers, "content-length": str(LARGEST_JSON + 1)})
    read = ask("POST", "/v1/responses", content=b" " * (LARGEST_JSON + 1), headers=headers)
    assert told.status_code == read.status_code == 413
    form = {**KEY, "content-type": "multipart/form-data; boundary=x", "content-length": str(2 * LARGEST)}
    assert ask("POST", "/v1/audio/transcriptions", content=b"", headers=form).status_code == 413
