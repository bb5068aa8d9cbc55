import pytest
from pydantic import SecretStr

from api.tool_settings import check_secrets, secrets_of

CRM = "whsec_c2VjcmV0c2VjcmV0MTI="


def test_secrets_have_names() -> None:
    assert secrets_of(f" CRM={CRM}, SHOP_2=whsec_c2VjcmV0 ,") == {"CRM": CRM, "SHOP_2": "whsec_c2VjcmV0"}
    assert secrets_of("") == {}


@pytest.mark.parametrize("wrong", ["crm=whsec_c2VjcmV0", "whsec_c2VjcmV0", "CRM=", "CRM=whsec_", "=whsec_c2VjcmV0"])
def test_what_is_no_pair_is_told_without_repeating_it(wrong: str) -> None:
    with pytest.raises(ValueError) as told:
        secrets_of(wrong)
    assert "c2VjcmV0" not in str(told.value)


def test_a_setting_is_checked_at_the_start() -> None:
    assert check_secrets(None) is None
    good = SecretStr(f"CRM={CRM}")
    assert check_secrets(good) is good
    with pytest.raises(ValueError):
        check_secrets(SecretStr("CRM"))
