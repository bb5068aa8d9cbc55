"""Who comes in by the Realtime door, and to what."""

import asyncio
from typing import Any

import pytest

from api.principal import Principal
from api.realtime.door import Asked, Entrance, NotGranted, enter, entrance
from api.store.grants import Grant, Terms
from api.wire.realtime_refused import Refused
from pipeline.errors import Unauthorised


class Uses:
    def __init__(self, left: int = 1) -> None:
        self.left = left

    async def use(self, id: str) -> bool:
        self.left -= 1
        return self.left >= 0


def granted(asked: Asked, uses: Uses | None = None, **terms: Any) -> Entrance:
    principal = Principal("secret", "key", grant=Grant("g", "key", 0, Terms(**terms)))
    return asyncio.run(enter(asked, principal, uses or Uses(), "websocket"))


@pytest.mark.parametrize(
    ("asked", "agent", "has_agent"),
    [
        (Asked("parley:clinic"), "clinic", True),
        (Asked("gpt-realtime", "clinic"), "clinic", True),
        (Asked(), None, True),
        (Asked("gpt-realtime"), None, False),
        (Asked("gpt-realtime", hears=True), None, False),
    ],
)
def test_who_answers_is_in_the_address(asked: Asked, agent: str | None, has_agent: bool) -> None:
    entered = entrance(asked)
    assert (entered.agent, entered.has_agent) == (agent, has_agent)
    assert (entered.session.realtime is None) == asked.hears


def test_a_form_begins_the_session_and_an_agents_file_keeps_what_it_locks() -> None:
    wanted = {"type": "realtime", "model": "x", "instructions": "Sing.", "output_modalities": ["text"]}
    own = entrance(Asked("gpt-realtime", session=wanted)).session.told()
    assert (own["model"], own["instructions"], own["output_modalities"]) == ("gpt-realtime", "Sing.", ["text"])
    file = entrance(Asked(agent="clinic", session=wanted)).session.told()
    assert (file["instructions"], file["output_modalities"]) == ("", ["text"])
    with pytest.raises(Refused):
        entrance(Asked("gpt-realtime", session={"output_modalities": ["song"]}))


def test_a_secret_brings_its_session_and_its_bounds() -> None:
    session = {"type": "realtime", "model": "gpt-realtime", "instructions": "Be kind."}
    entered = granted(Asked(), session=session, most_seconds=60)
    told = entered.session.told()
    assert (entered.has_agent, told["model"], told["instructions"]) == (False, "gpt-realtime", "Be kind.")
    assert entered.most_us == 60_000_000
    assert granted(Asked(), session={"type": "transcription"}).session.realtime is None
    assert granted(Asked("gpt-realtime"), agent="clinic").agent == "clinic", "an SDK always names some model"


def test_a_secret_is_good_for_what_it_was_made_for_only() -> None:
    for asked, terms in (
        (Asked("parley:legal"), {"agent": "clinic"}),
        (Asked("parley:clinic"), {"transport": "webrtc"}),
    ):
        uses = Uses()
        with pytest.raises(NotGranted):
            granted(asked, uses, **terms)
        assert uses.left == 1, "what is refused does not use it up"


def test_a_secret_is_used_up() -> None:
    uses = Uses(2)
    granted(Asked(), uses)
    granted(Asked(), uses)
    with pytest.raises(Unauthorised) as refused:
        granted(Asked(), uses)
    assert refused.value.code == "client_secret_used"


def test_who_comes_with_a_key_needs_no_secret() -> None:
    uses = Uses(0)
    assert asyncio.run(enter(Asked("parley:clinic"), Principal("key", "k"), uses, "webrtc")).agent == "clinic"
    assert uses.left == 0
