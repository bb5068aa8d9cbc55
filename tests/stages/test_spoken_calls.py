"""The shipped agents by voice: a synthesised caller, real hearing, the dialogue, a real voice. No clock, no wire."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("hibari", reason="the local speech models are not installed")
pytest.importorskip("moonshine_voice", reason="the local speech models are not installed")

from api.recording import Pcm
from pipeline.clock import MICROS
from pipeline.events import AudioBegan, Envelope, FieldChanged, HandedOff, SentenceReady
from pipeline.pcm import LINE_RATE
from stages.dialogue.load import shipped
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.unseen_calls import Unseen, faults, play, unseen
from tests.support.caller import Caller
from tests.support.pitch import pitch_hz
from tests.support.spoken import SHIPPED, held_in_process, outcome_of

CALLS = {call.agent: call for call in unseen(SHIPPED)}


def test_every_shipped_agent_has_a_call_to_be_spoken() -> None:
    assert sorted(CALLS) == sorted(shipped())


@pytest.mark.parametrize("call", CALLS.values(), ids=str)
def test_what_is_expected_of_a_spoken_call_is_what_comes_of_its_text(call: Unseen) -> None:
    assert faults(call, asyncio.run(play(call, EngineChat(RulesEngine())))) == []


def test_a_caller_books_by_voice_from_the_greeting_to_the_goodbye(tmp_path: Path) -> None:
    call = CALLS["reception"]
    played = outcome_of(call.agent, held_in_process(call.agent, Caller.of(call.turns), tmp_path))
    assert faults(call, played) == [], played.talk


def test_a_hand_off_is_heard_as_another_voice_that_knows_what_was_said(tmp_path: Path) -> None:
    call = CALLS["support_triage"]
    caller = Caller.of(call.turns)
    log = held_in_process(call.agent, caller, tmp_path)
    played = outcome_of(call.agent, log)
    assert faults(call, played) == [], played.talk
    passed = next(e for e in log if isinstance(e.event, HandedOff))
    before, after = spoken_by(log, caller, passed.event.generation)
    assert pitch_hz(before) > 1.3 * pitch_hz(after) > 0
    telling = [e.event.text for e in log if isinstance(e.event, SentenceReady)]
    assert "I'm passing you on to our returns specialist." in telling
    carried = [e.event for e in log if isinstance(e.event, FieldChanged) and e.event.name == "order_number"]
    assert [change.status for change in carried][-1] == "confirmed", "it is not asked for again"


def spoken_by(log: tuple[Envelope, ...], caller: Caller, generation: int) -> tuple[Pcm, Pcm]:
    """What was heard up to the turn of the hand-off, and from the turn after it."""
    sound = np.frombuffer(b"".join(caller.agent), "<i2")
    starts = {e.event.generation: e.at for e in reversed(log) if isinstance(e.event, AudioBegan) and e.event.unit >= 0}
    later = min(at for turn, at in starts.items() if turn > generation)
    cut = [at * LINE_RATE // MICROS for at in (starts[generation], later)]
    return sound[: cut[0]], sound[cut[1] :]
