"""One reply attempt as a scope."""

import asyncio

import pytest

from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.flow import ReplyDelta, Sentence, SpeechChunk
from pipeline.signals import Cause
from pipeline.strategy import Speculate
from pipeline.turn import Turn, perform
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, utterance


async def consume(turn: Turn, inbox: Channel[SpeechChunk]) -> None:
    async for _ in inbox:
        pass


def a_turn() -> Turn:
    return Turn(1, Cause.UTTERANCE, utterance(0, 500_000), lambda event: None)


def test_the_stages_run_to_the_end_without_a_commit() -> None:
    agent, turn = ScriptedAgent(), a_turn()
    run_virtual(perform(turn, agent, consume))
    assert agent.open_streams == 0 and not turn.is_committed


def test_a_stage_that_fails_closes_the_others_streams() -> None:
    agent = ScriptedAgent()
    agent.trouble = lambda stage, turn: ProviderUnavailable("tts", "down") if stage == "tts" else None
    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(perform(a_turn(), agent, consume))
    assert isinstance(caught.value.exceptions[0], ProviderUnavailable)
    assert agent.open_streams == 0


def test_what_was_made_before_a_failure_is_heard_if_the_turn_is_committed() -> None:
    agent, heard = ScriptedAgent(), []

    async def speak(turn: Turn, inbox: Channel[ReplyDelta], outbox: Channel[SpeechChunk]) -> None:
        sentence = Sentence(0, "One.", "One.")
        await outbox.put(SpeechChunk(sentence, b"\1\0" * 480, last=True))
        raise ProviderUnavailable("tts", "down")

    async def listen(turn: Turn, inbox: Channel[SpeechChunk]) -> None:
        async for chunk in inbox:
            await asyncio.sleep(0.5)
            heard.append(chunk.sentence.text)

    async def main() -> None:
        turn = a_turn()
        turn.commit()
        await perform(turn, agent, listen)

    agent.speak = speak  # type: ignore[method-assign]
    with pytest.raises(ProviderUnavailable):
        run_virtual(main())
    assert heard == ["One."] and agent.open_streams == 0


def test_cancelling_the_turn_closes_every_stream_under_it() -> None:
    agent = ScriptedAgent()

    async def main() -> None:
        for cut_after in (0.0, 0.05, 0.15, 0.25, 0.35, 1.0):
            task = asyncio.create_task(perform(a_turn(), agent, consume))
            await asyncio.sleep(cut_after)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert agent.open_streams == 0

    agent.trouble = lambda stage, turn: 10_000_000 if stage == "tts" else None
    run_virtual(main())


def test_the_gate_opens_once_and_stays_open() -> None:
    async def main() -> None:
        turn = a_turn()
        assert not turn.is_committed
        turn.commit()
        turn.commit()
        await turn.committed()
        assert turn.is_committed

    run_virtual(main())


def test_the_model_may_be_asked_at_once_unless_only_the_transcript_is_speculated_on() -> None:
    async def main() -> None:
        await a_turn().may_answer()
        turn = Turn(1, Cause.UTTERANCE, None, lambda event: None, speculate=Speculate.STT)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await turn.may_answer()
        turn.commit()
        await turn.may_answer()

    run_virtual(main())


def test_what_waits_between_its_stages_can_be_seen() -> None:
    async def main() -> None:
        turn = a_turn()
        task = asyncio.create_task(perform(turn, ScriptedAgent(), stalled))
        await asyncio.sleep(60)
        assert len(turn.queues["speech"]) > 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def stalled(turn: Turn, inbox: Channel[SpeechChunk]) -> None:
        await asyncio.Event().wait()

    run_virtual(main())
