"""Whole calls on a virtual clock: who speaks, what is cut, what is remembered."""

import asyncio

from pipeline.errors import ProviderUnavailable
from pipeline.events import (
    AgentDucked,
    AgentHeld,
    AgentResumed,
    AudioBegan,
    CallEnded,
    CallStarted,
    Envelope,
    Transcribed,
    TurnBegan,
    TurnBilled,
    TurnCommitted,
    TurnCut,
    TurnFailed,
    TurnSettled,
    UtteranceDropped,
)
from pipeline.latency import fold as latency_of
from pipeline.limits import Limits
from pipeline.strategy import QUICKEST, Speculate, Strategy
from pipeline.transcript import fold as transcript_of
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, ScriptedLine, hesitates, hold, says

SECOND = 1_000_000
LONG = "one two three four five six seven eight nine ten eleven twelve"


def kinds(envelopes: tuple[Envelope, ...], *types: type) -> list[object]:
    return [envelope.event for envelope in envelopes if isinstance(envelope.event, types)]


def call(
    script: list,
    lasts_us: int = 12 * SECOND,
    agent: ScriptedAgent | None = None,
    line: ScriptedLine | None = None,
    strategy: Strategy = QUICKEST,
):
    agent = agent or ScriptedAgent()
    line = line or ScriptedLine(lasts_us)
    reason, envelopes = run_virtual(hold(line, ScriptedEar(script), agent, strategy=strategy))
    assert agent.open_streams == 0
    return reason, envelopes, agent, line


def test_a_call_begins_with_a_greeting_and_ends_when_the_caller_leaves() -> None:
    reason, envelopes, agent, line = call([], lasts_us=3 * SECOND)
    assert reason == "caller_left" and line.closed == "caller_left"
    assert isinstance(envelopes[0].event, CallStarted) and envelopes[-1].event == CallEnded("caller_left")
    assert [envelope.seq for envelope in envelopes] == list(range(1, len(envelopes) + 1))
    assert agent.outcomes[0].heard == "(greeting)"


def test_a_turn_is_drafted_at_the_pause_and_heard_after_the_patience() -> None:
    _, envelopes, agent, _line = call(says(2 * SECOND, 3 * SECOND))
    began = next(e for e in envelopes if isinstance(e.event, TurnBegan) and e.event.cause == "utterance")
    committed = next(e for e in envelopes if isinstance(e.event, TurnCommitted))
    spoke = next(
        e for e in envelopes if isinstance(e.event, AudioBegan) and e.event.generation == began.event.generation
    )
    assert not began.event.committed
    assert began.at < committed.at <= spoke.at
    assert agent.outcomes[-1].heard == "Sure thing. It left today."
    assert [line.text for line in transcript_of(envelopes)][1:] == ["hello there", "Sure thing. It left today."]


def test_without_speculation_work_begins_when_the_turn_is_over() -> None:
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND), strategy=Strategy(Speculate.OFF))
    began = next(e for e in envelopes if isinstance(e.event, TurnBegan) and e.event.cause == "utterance")
    assert began.event.committed
    assert began.at >= began.event.speech_end_at + 500_000
    assert agent.outcomes[-1].heard == agent.reply


def test_the_transcript_alone_can_be_speculated_on() -> None:
    _, envelopes, _, _ = call(says(2 * SECOND, 3 * SECOND), strategy=Strategy(Speculate.STT))
    at = {type(e.event): e.at for e in envelopes if getattr(e.event, "generation", 0) == 2}
    assert at[TurnBegan] < at[Transcribed] < at[TurnCommitted]
    assert at[AudioBegan] >= at[TurnCommitted] + 200_000


def test_a_draft_that_is_thrown_away_is_billed_and_the_turn_that_follows_says_what_it_saved() -> None:
    script = hesitates(2 * SECOND, 3 * SECOND, 3 * SECOND + 300_000, 4 * SECOND)
    agent = ScriptedAgent()
    agent.stt_us = 1_500_000
    _, envelopes, _, _ = call(script, agent=agent)
    greeting, dropped, kept = kinds(envelopes, TurnBilled)
    assert (greeting.dropped, dropped.dropped, kept.dropped) == (False, True, False)
    assert dropped.wasted_micro_usd == dropped.micro_usd > 0 and dropped.saved_ms == 0
    assert kept.saved_ms > 250 and kept.wasted_micro_usd == 0


def test_the_waterfall_sums_to_the_silence_heard() -> None:
    _, envelopes, _, line = call(says(2 * SECOND, 3 * SECOND))
    turn = latency_of(envelopes)[-1]
    assert turn.first_content_us == sum(span.us for span in turn.spans)
    assert turn.unattributed_us == 0
    assert next(span.stage for span in turn.spans) == "endpoint"
    first_sound = next(at for at in line.sounding() if at > 3 * SECOND)
    assert abs((first_sound - 3 * SECOND) - turn.first_content_us) <= 40_000


def test_a_caller_who_hesitates_is_answered_once_with_all_their_words() -> None:
    script = hesitates(2 * SECOND, 3 * SECOND, 3 * SECOND + 300_000, 4 * SECOND)
    _, envelopes, agent, line = call(script)
    cuts = kinds(envelopes, TurnCut)
    assert [cut.why for cut in cuts] == ["resumed"]
    assert not cuts[0].committed and cuts[0].heard == ""
    assert len([outcome for outcome in agent.outcomes if outcome.committed]) == 2
    assert not [at for at in line.sounding() if 2 * SECOND < at < 4 * SECOND]


def test_a_barge_in_stops_the_agent_and_history_holds_only_what_was_heard() -> None:
    agent = ScriptedAgent(LONG)
    script = says(2 * SECOND, 3 * SECOND) + says(5 * SECOND, 6 * SECOND)
    _, envelopes, agent, line = call(script, agent=agent)
    cut = next(e for e in envelopes if isinstance(e.event, TurnCut) and e.event.why == "barge_in")
    heard = cut.event.heard
    assert LONG.startswith(heard + " ") and heard.startswith("one two")
    outcome = next(o for o in agent.outcomes if o.was_cut and o.committed)
    assert outcome.heard == heard
    assert not [at for at in line.sounding() if 5 * SECOND + 160_000 <= at < 6 * SECOND + 400_000]
    assert kinds(envelopes, AgentDucked, AgentHeld)


def test_what_the_line_can_take_back_was_not_heard() -> None:
    script = says(2 * SECOND, 3 * SECOND) + says(5 * SECOND, 6 * SECOND)
    heard = []
    for keeps in (0, 24_000):
        line = ScriptedLine(12 * SECOND, keeps=keeps)
        _, envelopes, _, _ = call(list(script), agent=ScriptedAgent(LONG), line=line)
        heard.append(next(cut for cut in kinds(envelopes, TurnCut) if cut.why == "barge_in").units[0])
    assert heard[0].heard_us - heard[1].heard_us == SECOND
    assert len(heard[1].heard) < len(heard[0].heard)


def test_a_cough_costs_a_dip_and_not_a_reply() -> None:
    cough = says(5 * SECOND, 5 * SECOND + 100_000, patience_us=250_000)
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND) + cough, agent=ScriptedAgent(LONG))
    assert kinds(envelopes, AgentDucked) and kinds(envelopes, AgentResumed)
    assert not kinds(envelopes, TurnCut)
    assert agent.outcomes[-1].heard == agent.reply
    assert [drop.why for drop in kinds(envelopes, UtteranceDropped)] == ["too_short"]


def test_a_backchannel_resumes_the_agent_where_it_was_held() -> None:
    agent = ScriptedAgent(LONG)
    agent.claim = "backchannel"
    mhm = says(5 * SECOND, 5 * SECOND + 300_000, patience_us=250_000)
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND) + mhm, agent=agent)
    assert kinds(envelopes, AgentHeld) and kinds(envelopes, AgentResumed)
    assert agent.outcomes[-1].heard == agent.reply
    assert not kinds(envelopes, TurnCut)


def test_a_short_no_over_the_agent_takes_the_floor_and_is_answered() -> None:
    agent = ScriptedAgent(LONG)
    no = says(5 * SECOND, 5 * SECOND + 300_000, patience_us=250_000)
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND) + no, agent=agent, lasts_us=16 * SECOND)
    assert [cut.why for cut in kinds(envelopes, TurnCut)] == ["barge_in"]
    assert agent.outcomes[-1].heard == agent.reply
    assert len(agent.outcomes) == 4 - 1


def test_a_guarded_unit_is_not_cut_and_the_words_over_it_are_answered() -> None:
    agent = ScriptedAgent()
    agent.guarded_greeting = True
    _, _envelopes, agent, _ = call(says(100_000, 450_000, patience_us=100_000), agent=agent)
    assert agent.outcomes[0].heard == "(greeting)"[: len(agent.outcomes[0].heard)]
    assert agent.outcomes[-1].heard == agent.reply


def test_a_transcript_of_nothing_leaves_the_floor_to_nobody() -> None:
    agent = ScriptedAgent()
    agent.text = ""
    _, envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND), agent=agent, lasts_us=6 * SECOND)
    assert kinds(envelopes, TurnSettled)[-1].outcome == "nothing"
    assert len(transcript_of(envelopes)) == 1


def test_a_stage_that_fails_is_apologised_for_and_the_call_goes_on() -> None:
    for stage in ("stt", "llm", "tts"):
        agent = ScriptedAgent()
        agent.trouble = lambda s, turn, stage=stage: (
            ProviderUnavailable(s, "down") if s == stage and turn.generation in (2, 3) else None
        )
        script = says(2 * SECOND, 3 * SECOND) + says(7 * SECOND, 8 * SECOND)
        reason, envelopes, agent, _ = call(script, agent=agent, lasts_us=14 * SECOND)
        assert reason == "caller_left"
        assert {failed.stage for failed in kinds(envelopes, TurnFailed)} == {stage}
        assert "(apology)" in [outcome.heard for outcome in agent.outcomes]
        assert agent.outcomes[-1].heard == agent.reply


def test_a_draft_that_fails_is_tried_again_without_an_apology() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda s, turn: ProviderUnavailable(s, "down") if s == "stt" and turn.generation == 2 else None
    _, _envelopes, agent, _ = call(says(2 * SECOND, 3 * SECOND), agent=agent)
    assert "(apology)" not in [outcome.heard for outcome in agent.outcomes]
    assert agent.outcomes[-1].heard == agent.reply


def test_three_failed_turns_end_the_call_with_a_reason() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda s, turn: ProviderUnavailable(s, "down")
    script = [step for n in range(1, 8) for step in says(n * 4 * SECOND, n * 4 * SECOND + SECOND)]
    reason, _, agent, line = call(script, agent=agent, lasts_us=60 * SECOND)
    assert reason == "provider_failed" == line.closed
    assert [outcome.heard for outcome in agent.outcomes].count("(apology)") == 2


def test_a_stalled_provider_never_leaves_the_caller_in_silence() -> None:
    for stage in ("stt", "llm", "tts"):
        agent = ScriptedAgent()
        agent.trouble = lambda s, turn, stage=stage: 60 * SECOND if s == stage else None
        _, _envelopes, agent, line = call(says(2 * SECOND, 3 * SECOND), agent=agent, lasts_us=20 * SECOND)
        sounds = [at for at in line.sounding() if at >= 3 * SECOND]
        gaps = [
            after - before for before, after in zip([3 * SECOND, *sounds], sounds, strict=False) if after < 17 * SECOND
        ]
        talked_until = next(o for o in agent.outcomes if o.heard == "(apology)")
        assert talked_until and max(gaps[: len(gaps) - 1], default=0) < 4 * SECOND


def test_the_agent_asks_again_in_silence_and_then_hangs_up() -> None:
    reason, envelopes, agent, _line = call([], lasts_us=120 * SECOND)
    assert reason == "silence"
    assert [outcome.heard for outcome in agent.outcomes] == ["(greeting)", "(reprompt)", "(reprompt)"]
    greeted = next(e.at for e in envelopes if isinstance(e.event, TurnSettled))
    asked = [e.at - greeted for e in envelopes if isinstance(e.event, TurnBegan) and e.event.cause == "reprompt"]
    ended = envelopes[-1].at - greeted
    assert [round(at / SECOND) for at in (*asked, ended)] == [12, 25, 40]


def test_the_caller_is_warned_before_the_longest_duration_is_over() -> None:
    agent = ScriptedAgent()
    limits = Limits(longest_us=30 * SECOND, warning_us=10 * SECOND, reprompts_us=())
    reason, envelopes = run_virtual(hold(ScriptedLine(60 * SECOND), ScriptedEar([]), agent, limits))
    assert reason == "too_long"
    assert [outcome.heard for outcome in agent.outcomes] == ["(greeting)", "(warning)"]
    warned = next(e.at for e in envelopes if isinstance(e.event, TurnBegan) and e.event.cause == "warning")
    assert (envelopes[-1].at - warned) // SECOND == 10


def test_a_goodbye_is_heard_before_the_line_is_closed() -> None:
    agent = ScriptedAgent()
    agent.finishes_at = 2
    reason, _, agent, line = call(says(2 * SECOND, 3 * SECOND), agent=agent, lasts_us=60 * SECOND)
    assert reason == "agent_goodbye" and line.closed == "agent_goodbye"
    assert agent.outcomes[-1].heard == agent.reply
    assert line.at < 10 * SECOND


def test_a_bug_in_a_stage_costs_one_turn() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda s, turn: ValueError("bug") if s == "llm" and turn.generation in (2, 3) else None
    script = says(2 * SECOND, 3 * SECOND) + says(7 * SECOND, 8 * SECOND)
    reason, envelopes, agent, _ = call(script, agent=agent, lasts_us=14 * SECOND)
    assert reason == "caller_left"
    assert kinds(envelopes, TurnFailed)[0].code == "internal_error"
    assert agent.outcomes[-1].heard == agent.reply


def test_a_line_that_never_comes_up_ends_the_call() -> None:
    line = ScriptedLine()

    async def never() -> None:
        await asyncio.sleep(3600)

    line.up = never  # type: ignore[method-assign]
    reason, envelopes = run_virtual(hold(line, ScriptedEar(), ScriptedAgent()))
    assert reason == "line_failed"
    assert envelopes[-1].event == CallEnded("line_failed")


def test_a_caller_who_answers_is_asked_again_as_often_as_before() -> None:
    reason, _envelopes, agent, _ = call(says(20 * SECOND, 21 * SECOND), lasts_us=120 * SECOND)
    assert reason == "silence"
    assert [outcome.heard for outcome in agent.outcomes].count("(reprompt)") == 3


def test_a_call_that_is_over_leaves_no_timer_that_keeps_it_in_memory() -> None:
    async def main() -> None:
        await hold(ScriptedLine(3 * SECOND), ScriptedEar(), ScriptedAgent())
        left = [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        assert not left

    run_virtual(main())
