import pytest
from pydantic import SecretStr

from api.token_settings import check_token


def test_a_token_that_fits_into_an_address_is_taken() -> None:
    token = SecretStr("abcdefgh-1234.5_~")
    assert check_token(token) is token
    assert check_token(None) is None


@pytest.mark.parametrize("token", ["short", "x" * 201, "sixteen letters and a blank", "sixteen-letters&more"])
def test_others_are_refused_without_being_repeated(token: str) -> None:
    with pytest.raises(ValueError) as wrong:
        check_token(SecretStr(token))
    assert token not in str(wrong.value)
