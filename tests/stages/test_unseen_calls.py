"""Callers whom nobody here knew: each call by text, and the three agents that strangers wrote."""

import asyncio
from collections import Counter

import pytest

from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat
from tests.stages.unseen_calls import Played, Unseen, every, faults, play

CALLS = every()


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_call_that_nobody_here_wrote_comes_out_right(call: Unseen) -> None:
    played = asyncio.run(play(call, EngineChat(RulesEngine())))
    assert faults(call, played) == [], "\n".join(f"> {said}\n  {reply}" for said, reply in played.talk)


def test_there_are_calls_of_every_hard_kind() -> None:
    kinds = Counter(call.kind for call in CALLS)
    wanted = (
        "correction two_at_once spelling refusal change_of_mind off_topic discount emergency silence"
        " self_repair numbers"
        " dates early_answer why repeat human hang_up contradictory_yes anger injection robot filler"
    )
    assert not set(wanted.split()) - set(kinds)
    assert len(CALLS) >= 160


def test_a_call_that_came_out_wrong_is_told() -> None:
    call = Unseen("x", "reception", "n", "k", (), {"fields": {"phone": "5"}, "ran": ["schedule"], "state": "2_name"})
    played = Played(fields={"phone": "7"}, state="1_issue", talk=[("hello", "Hello.")])
    assert len(faults(call, played)) == 3
