"""Calls in which something breaks, on a virtual clock: the turn ends, the caller is told, the call goes on or ends."""

import asyncio
import itertools

from pipeline.errors import ProviderUnavailable
from pipeline.events import TurnCut, TurnSettled
from pipeline.flow import Sentence, Source, SpeechChunk
from tests.pipeline.test_call import LONG, SECOND, call, kinds
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, ScriptedLine, hold, says, voice


def test_a_call_that_breaks_ends_its_turn_too() -> None:
    line = ScriptedLine()

    class Broken(ScriptedEar):
        def feed(self, frame):
            if frame.at >= 300_000:
                raise ValueError("a bug in the ear")
            return super().feed(frame)

    agent = ScriptedAgent()
    reason, envelopes = run_virtual(hold(line, Broken(), agent))
    assert reason == "failed" == line.closed
    assert kinds(envelopes, TurnCut)[-1].why == "left"
    assert len(agent.outcomes) == 1


def test_a_notice_whose_turn_fails_leaves_its_interrupter_an_answer() -> None:
    """The guard was still on when the turn ended, and words waited for its end."""
    agent = ScriptedAgent()
    agent.guarded_greeting = True
    speak = agent.speak

    async def breaking(turn, inbox, outbox) -> None:
        if turn.generation > 1:
            await speak(turn, inbox, outbox)
            return
        sentence = Sentence(0, "(greeting)", "(greeting)", Source.CLIP, True)
        await outbox.put(SpeechChunk(sentence, voice(900_000)))
        await asyncio.sleep(1.0)
        raise ProviderUnavailable("tts", "down")

    agent.speak = breaking  # type: ignore[method-assign]
    _, envelopes, agent, _ = call(says(100_000, 400_000, patience_us=100_000), agent=agent, lasts_us=8 * SECOND)
    assert [outcome.generation for outcome in agent.outcomes] == [1, 2]
    assert agent.outcomes[0].heard and agent.outcomes[1].heard == agent.reply
    settled = [event.generation for event in kinds(envelopes, TurnSettled, TurnCut)]
    assert settled == [1, 2]


def test_a_turn_that_is_given_up_is_apologised_for_while_its_write_still_runs() -> None:
    agent = ScriptedAgent()
    respond = agent.respond

    async def writing(turn, inbox, outbox) -> None:
        if turn.cause != "utterance":
            await respond(turn, inbox, outbox)
            return
        started = asyncio.get_running_loop().time()
        while (left := started + 8 - asyncio.get_running_loop().time()) > 0:
            try:
                await asyncio.sleep(left)
            except asyncio.CancelledError:
                continue
        raise asyncio.CancelledError

    agent.respond = writing  # type: ignore[method-assign]
    agent.filler = lambda: None  # type: ignore[method-assign]
    _, envelopes, agent, line = call(says(2 * SECOND, 3 * SECOND), agent=agent, lasts_us=14 * SECOND)
    assert "(apology)" in [outcome.heard for outcome in agent.outcomes]
    assert [fact.generation for fact in kinds(envelopes, TurnSettled)] == [1, 2, 3]
    sounds = [3 * SECOND, *(at for at in line.sounding() if at > 3 * SECOND)]
    talking = [at for at in sounds if at < 11 * SECOND]
    assert max(after - before for before, after in itertools.pairwise(talking)) < 4 * SECOND


def test_nobody_waits_four_seconds_for_words_that_cannot_be_judged() -> None:
    """The recogniser stalls while the agent is held: a filler follows in time."""
    agent = ScriptedAgent(LONG)
    over = 5 * SECOND + 300_000

    async def stalled(turn, utterance) -> None:
        await asyncio.sleep(60)

    agent.claims = stalled  # type: ignore[method-assign]
    agent.trouble = lambda stage, turn: 60 * SECOND if stage == "stt" and turn.generation > 2 else None
    script = says(2 * SECOND, 3 * SECOND) + says(5 * SECOND, over, patience_us=250_000)
    _, _envelopes, agent, line = call(script, agent=agent, lasts_us=14 * SECOND)
    assert next(at for at in line.sounding() if at > over) - over < 4 * SECOND


def test_an_agent_that_cannot_even_apologise_ends_the_call() -> None:
    agent = ScriptedAgent()
    speak = agent.speak

    async def mute(turn, inbox, outbox) -> None:
        if turn.generation > 1:
            raise ProviderUnavailable("tts", "down")
        await speak(turn, inbox, outbox)

    agent.speak = mute  # type: ignore[method-assign]
    reason, _, _, line = call(says(2 * SECOND, 3 * SECOND), agent=agent, lasts_us=30 * SECOND)
    assert reason == "provider_failed" and line.at < 7 * SECOND


def test_a_goodbye_that_could_not_be_said_does_not_end_the_call_in_silence() -> None:
    agent = ScriptedAgent()
    agent.finishes_at = 2
    agent.trouble = lambda stage, turn: (
        ProviderUnavailable("tts", "down") if stage == "tts" and turn.generation == 2 else None
    )
    respond = agent.respond

    async def committed(turn, inbox, outbox) -> None:
        await turn.committed()
        await respond(turn, inbox, outbox)

    agent.respond = committed  # type: ignore[method-assign]
    reason, _, agent, _ = call(says(2 * SECOND, 3 * SECOND), agent=agent, lasts_us=8 * SECOND)
    assert reason == "caller_left"
    assert "(apology)" in [outcome.heard for outcome in agent.outcomes]
