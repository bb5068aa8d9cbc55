import pytest
from pydantic import SecretStr

from api.fallback_settings import check_keys, keys_of, read_fallback
from stages.dialogue.bounds import FallbackChoice


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("", None),
        ("gpt-4.1-mini", FallbackChoice("gpt-4.1-mini")),
        ("m, base_url=http://127.0.0.1:9/v1/", FallbackChoice("m", "http://127.0.0.1:9/v1")),
        ("m,key=GROQ,api=chat,voice=nova", FallbackChoice("m", key="GROQ", api="chat", voice="nova")),
        ("model=m", FallbackChoice("m")),
    ],
)
def test_a_fallback_is_a_model_and_what_differs(text: str, choice: FallbackChoice | None) -> None:
    assert read_fallback(text) == choice
    assert read_fallback(choice) is choice


@pytest.mark.parametrize(
    "text", ["m,n", "base_url=http://x", "m,url=http://x", "m,base_url=x", "m,api=grpc", "m,key=sk-secret", "m,voice="]
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_fallback(text)


def test_keys_have_names() -> None:
    assert keys_of(None) == {}
    assert keys_of(SecretStr("GROQ=gsk_1, OTHER=a=b")) == {"GROQ": "gsk_1", "OTHER": "a=b"}


@pytest.mark.parametrize("text", ["gsk_secret", "groq=gsk_secret", "GROQ="])
def test_keys_that_are_wrong_are_not_repeated(text: str) -> None:
    with pytest.raises(ValueError) as wrong:
        check_keys(SecretStr(text))
    assert "secret" not in str(wrong.value)
