from types import SimpleNamespace
from typing import Any

from api.realtime.desk import Desk
from api.realtime.open import OPEN_LIMITS, _Ears, open_brain
from api.wire.realtime_session import SESSION_SECONDS, open_session
from api.wire.realtime_story import Story
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.providers import FakeTranscriber
from tests.support.realtime import Scripts


def desk() -> Desk:
    return Desk(Story("call_1", open_session("s", "m")), has_agent=False)


def test_the_recogniser_follows_the_language_of_the_session() -> None:
    one = desk()
    ears = _Ears(one, FakeTranscriber(), "en")
    usual = ears()
    assert ears() is usual
    hearing = {"input": {"transcription": {"model": "m", "language": "de-DE"}}}
    one.story.session.update({"type": "realtime", "audio": hearing})
    assert ears() is not usual
    assert ears()._hints.language == "de"


def test_a_turn_is_spoken_in_the_voice_of_its_session_unless_the_service_has_one() -> None:
    for fixed, name in (("", "marin"), ("house", "house")):
        one, settings = desk(), SimpleNamespace(stt_language="", tts_voice=fixed)
        one.story.session.update({"type": "realtime", "audio": {"output": {"voice": "marin", "speed": 1.25}}})
        brain: Any = open_brain(one, Scripts(), settings)
        turn = Turn(1, Cause.UTTERANCE, None, lambda _: None)
        voice = brain._speak(turn)._mouth.voice
        assert (voice.name, voice.speed) == (name, 1.25)
        assert brain._speak(turn) is brain._speak(turn)


def test_such_a_call_lasts_as_long_as_a_session_and_nobody_speaks_unasked() -> None:
    assert OPEN_LIMITS.longest_us == SESSION_SECONDS * 1_000_000
    assert (OPEN_LIMITS.reprompts_us, OPEN_LIMITS.warning_us) == ((), 0)
