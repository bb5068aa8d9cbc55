"""Random calls: whatever callers, providers and lines do, the same few laws hold."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ProviderTimeout, ProviderUnavailable
from pipeline.events import (
    AudioBegan,
    CallEnded,
    Envelope,
    SpeechStarted,
    TurnBegan,
    TurnCommitted,
    TurnCut,
    TurnSettled,
)
from pipeline.latency import fold as latency_of
from pipeline.signals import Heard
from pipeline.transcript import fold as transcript_of
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, ScriptedLine, hesitates, hold, says

SECOND = 1_000_000


def a_talk(rng: random.Random, turns: int) -> tuple[list[tuple[int, Heard]], int]:
    """A caller who speaks, hesitates, coughs and talks over the agent; and how long that takes."""
    script: list[tuple[int, Heard]] = []
    at = rng.randrange(0, 3 * SECOND)
    for _ in range(turns):
        length = rng.choice([100_000, 200_000, 300_000, 600_000, 2 * SECOND])
        if length > 500_000 and rng.random() < 0.3:
            script += hesitates(at, at + length // 2, at + length // 2 + 300_000, at + length)
        else:
            script += says(at, at + length)
        at += length + 520_000 + rng.choice([0, 100_000, 400_000, SECOND, 3 * SECOND, 6 * SECOND])
    return script, at + 4 * SECOND


def a_brain(rng: random.Random) -> ScriptedAgent:
    """An agent with words of any length, and providers that now and then fail or stall."""
    agent = ScriptedAgent(" ".join(["word"] * rng.randrange(1, 20)), stage_us=rng.randrange(1_000, 400_000))
    agent.claim = rng.choice([None, "backchannel"])
    agent.guarded_greeting = rng.random() < 0.5

    def trouble(stage: str, turn: object) -> object:
        chance = rng.random()
        if chance < 0.02:
            return ProviderUnavailable(stage, "down")
        if chance < 0.03:
            return ProviderTimeout(stage, "late")
        if chance < 0.035:
            return ValueError("a bug")
        return rng.randrange(0, 5 * SECOND) if chance < 0.06 else None

    agent.trouble = trouble
    return agent


def check_laws(envelopes: tuple[Envelope, ...], agent: ScriptedAgent, line: ScriptedLine) -> int:
    """One story, one speaker, nothing after a cut, heard <= sent <= made, every turn ends once. Returns the turns."""
    assert [envelope.seq for envelope in envelopes] == list(range(1, len(envelopes) + 1))
    assert all(earlier.at <= later.at for earlier, later in itertools.pairwise(envelopes))
    assert isinstance(envelopes[-1].event, CallEnded) and line.closed == envelopes[-1].event.reason
    assert agent.open_streams == 0
    live: int | None = None
    committed: set[int] = set()
    ended: list[int] = []
    for envelope in envelopes:
        match envelope.event:
            case TurnBegan(generation, _, at_once, _):
                assert live is None, "two turns at a time"
                live = generation
                committed |= {generation} if at_once else set()
            case TurnCommitted(generation):
                assert generation == live
                committed.add(generation)
            case AudioBegan(generation, _, _):
                assert generation == live and generation in committed, "a sound of a turn that may not be heard"
            case TurnCut(generation, _, was_committed, units) | TurnSettled(generation, was_committed, units):
                assert generation == live
                live = None
                ended.append(generation)
                for unit in units:
                    assert 0 <= unit.heard_us <= unit.sent_us <= unit.made_us
                    assert unit.text.startswith(unit.heard)
                if isinstance(envelope.event, TurnCut):
                    assert was_committed == (generation in committed)
                    assert was_committed or not units, "an uncommitted turn was heard"
    assert live is None and len(ended) == len(set(ended))
    assert [outcome.generation for outcome in agent.outcomes] == ended
    for turn in latency_of(envelopes):
        if turn.first_content_us is not None:
            assert sum(span.us for span in turn.spans) == turn.first_content_us
    assert all(
        line.text == line.generated[: len(line.text)] for line in transcript_of(envelopes) if line.who == "agent"
    )
    return len(ended)


@given(seed=st.integers(0, 2**32), turns=st.integers(1, 8), keeps=st.integers(0, 2_000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_laws_hold_in_any_call(seed: int, turns: int, keeps: int) -> None:
    rng = random.Random(seed)
    script, lasts = a_talk(rng, turns)
    agent, line = a_brain(rng), ScriptedLine(lasts, keeps)
    _, envelopes = run_virtual(hold(line, ScriptedEar(script), agent))
    check_laws(envelopes, agent, line)


@pytest.mark.timeout(240)
def test_two_thousand_turns_leave_nothing_behind() -> None:
    """No leaked task (the virtual loop fails on one), no late sound, no stream left open."""
    rng = random.Random(7)
    heard = turns = interrupted = 0
    while turns < 2_000:
        script, lasts = a_talk(rng, 40)
        agent, line = a_brain(rng), ScriptedLine(lasts)
        _, envelopes = run_virtual(hold(line, ScriptedEar(script), agent))
        turns += check_laws(envelopes, agent, line)
        heard += sum(outcome.committed and bool(outcome.heard) for outcome in agent.outcomes)
        interrupted += sum(isinstance(e.event, TurnCut) and e.event.why == "barge_in" for e in envelopes)
        assert any(isinstance(e.event, SpeechStarted) for e in envelopes)
    assert heard > 500 and interrupted > 100
