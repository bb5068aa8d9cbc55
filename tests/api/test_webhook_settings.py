"""Settings of the webhook that could not work are told at the start."""

import base64

import pytest

from api.settings import Settings
from pipeline.errors import SettingsInvalid

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
URL = "https://example.com/hook/"


def test_a_url_a_secret_and_networks_are_taken_as_they_are() -> None:
    settings = Settings.load(webhook_url=URL, webhook_secret=f"{SECRET}, {SECRET}", webhook_networks="127.0.0.0/8")
    assert settings.webhook_url == URL
    assert settings.webhook_secrets == (SECRET, SECRET)
    assert Settings.load().webhook_secrets == ()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"webhook_url": URL}, "PARLEY_WEBHOOK_SECRET"),
        ({"webhook_url": "ftp://example.com", "webhook_secret": SECRET}, "PARLEY_WEBHOOK_URL"),
        ({"webhook_url": "https://me:pass@example.com", "webhook_secret": SECRET}, "PARLEY_WEBHOOK_URL"),
        ({"webhook_secret": "whsec_short"}, "PARLEY_WEBHOOK_SECRET"),
        ({"webhook_secret": f"{SECRET},whsec_!!"}, "PARLEY_WEBHOOK_SECRET"),
        ({"webhook_networks": "home"}, "PARLEY_WEBHOOK_NETWORKS"),
    ],
)
def test_what_cannot_work_is_named(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsInvalid, match=named):
        Settings.load(**given)
