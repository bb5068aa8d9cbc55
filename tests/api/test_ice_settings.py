"""Settings of ICE servers: two ways to write them, and what is refused."""

import pytest

from api.ice_settings import IceServer
from api.settings import Settings
from pipeline.errors import SettingsInvalid


def test_ice_servers_are_urls_or_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_ICE_SERVERS", "stun:a.example:3478, turn:b.example")
    assert Settings.load().ice_servers == (IceServer(("stun:a.example:3478",)), IceServer(("turn:b.example",)))
    monkeypatch.setenv("PARLEY_ICE_SERVERS", '[{"urls": ["turn:c"], "username": "u", "credential": "p"}]')
    assert Settings.load().ice_servers == (IceServer(("turn:c",), "u", "p"),)


@pytest.mark.parametrize("text", ["[{}]", "[1]", "[{", '[{"urls": 5}]', '[{"urls": [5]}]', "[[]]", "[null]"])
def test_ice_servers_that_make_no_sense_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PARLEY_ICE_SERVERS", text)
    with pytest.raises(SettingsInvalid, match="PARLEY_ICE_SERVERS"):
        Settings.load()
