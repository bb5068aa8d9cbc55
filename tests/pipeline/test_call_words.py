"""Whole calls in which words come at an awkward moment: while others are judged, transcribed or thrown away."""

import asyncio

from pipeline.events import TurnBegan, TurnCut, UtteranceDropped
from tests.pipeline.test_call import LONG, SECOND, call, kinds
from tests.support.line import ScriptedAgent, hesitates, says


def test_a_caller_who_goes_on_before_they_were_understood_is_answered_with_all_their_words() -> None:
    """The patience ran out while they thought, and the transcript was still on its way when they went on."""
    agent = ScriptedAgent(stage_us=1_500_000)
    script = says(2 * SECOND, 3 * SECOND) + says(3 * SECOND + 600_000, 5 * SECOND)
    begun: list = []
    transcribe = agent.transcribe

    async def listening(turn, inbox, outbox) -> None:
        begun.append(turn.utterance)
        await transcribe(turn, inbox, outbox)

    agent.transcribe = listening  # type: ignore[method-assign]
    call(script, agent=agent, lasts_us=14 * SECOND)
    answered = begun[-1]
    assert (answered.onset, answered.end) == (2 * SECOND, 5 * SECOND)
    assert answered.voiced == SECOND + 1_400_000
    assert agent.outcomes[-1].heard.endswith(agent.reply)


def test_words_over_the_agent_are_not_lost_when_more_follow_while_they_are_judged() -> None:
    agent = ScriptedAgent(LONG, stage_us=300_000)
    agent.claim = "backchannel"
    judged: list = []
    claims = agent.claims

    async def listening(turn, utterance):
        judged.append(utterance)
        return await claims(turn, utterance)

    agent.claims = listening  # type: ignore[method-assign]
    first = says(5 * SECOND, 5 * SECOND + 300_000, patience_us=250_000)
    more = says(5 * SECOND + 600_000, 7 * SECOND)
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND) + first + more, agent=agent, lasts_us=16 * SECOND)
    assert judged
    assert [cut.why for cut in kinds(envelopes, TurnCut)] == ["barge_in"]
    assert len([began for began in kinds(envelopes, TurnBegan) if began.cause == "utterance"]) == 2


def test_an_answer_about_words_that_comes_too_late_says_nothing() -> None:
    """The caller went on and took the floor while their first word over the agent was judged."""
    agent = ScriptedAgent(LONG)
    agent.claim = "backchannel"
    claims = agent.claims

    async def slow(turn, utterance):
        await asyncio.sleep(1)
        return await claims(turn, utterance)

    agent.claims = slow  # type: ignore[method-assign]
    over = says(5 * SECOND, 5 * SECOND + 300_000, patience_us=250_000) + says(5 * SECOND + 600_000, 7 * SECOND)
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND) + over, agent=agent, lasts_us=16 * SECOND)
    assert not kinds(envelopes, UtteranceDropped)
    assert agent.outcomes[-1].heard == agent.reply


def test_a_goodbye_of_a_draft_that_was_thrown_away_ends_nothing() -> None:
    agent = ScriptedAgent()
    respond = agent.respond

    async def leaving(turn, inbox, outbox) -> None:
        if turn.generation == 2:
            turn.finishes = "agent_goodbye"
            return
        await respond(turn, inbox, outbox)

    agent.respond = leaving  # type: ignore[method-assign]
    script = hesitates(2 * SECOND, 3 * SECOND, 3 * SECOND + 400_000, 4 * SECOND)
    reason, _envelopes, agent, _ = call(script, agent=agent)
    assert reason == "caller_left"
    assert agent.outcomes[-1].heard == agent.reply


def test_only_a_barge_in_tells_when_the_interrupting_voice_began() -> None:
    script = hesitates(2 * SECOND, 3 * SECOND, 3 * SECOND + 300_000, 4 * SECOND) + says(6 * SECOND, 7 * SECOND)
    _, envelopes, _, _ = call(script, agent=ScriptedAgent(LONG))
    onsets = {cut.why: cut.onset_at for cut in kinds(envelopes, TurnCut)}
    assert onsets["resumed"] is None
    assert abs(onsets["barge_in"] - 6 * SECOND) <= 40_000
