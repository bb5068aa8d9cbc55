import pytest
from pydantic import ValidationError

from api.setting_names import environment_name, mistakes_of
from api.settings import Settings


def test_a_setting_is_its_fields_name_in_capitals() -> None:
    assert environment_name("max_calls") == "PARLEY_MAX_CALLS"
    assert environment_name("openai_api_key") == "OPENAI_API_KEY"


def test_a_mistake_names_the_variable() -> None:
    with pytest.raises(ValidationError) as wrong:
        Settings(port=99_999)
    (told,) = mistakes_of(wrong.value, Settings.model_fields)
    assert told.startswith("PARLEY_PORT: ")
