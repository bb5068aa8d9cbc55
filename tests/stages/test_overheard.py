import asyncio

import pytest

from pipeline.channel import Channel
from pipeline.events import Transcribed, UtteranceDropped
from pipeline.flow import Transcript, Utterance
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.overheard import overheard
from tests.support.line import utterance


@pytest.mark.parametrize(
    ("text", "dropped", "heard"),
    [
        ("Wait, stop.", "", ("Wait, stop.", None)),
        ("", "", ("", "empty")),
        ("", "implausible", ("", "implausible")),
    ],
)
def test_words_over_the_agent_are_found_without_leaving_a_trace(
    text: str, dropped: str, heard: tuple[str, str | None]
) -> None:
    published: list[object] = []

    async def transcribe(turn: Turn, inbox: Channel[Utterance], outbox: Channel[Transcript]) -> None:
        async for _ in inbox:
            turn.publish(UtteranceDropped(dropped) if dropped else Transcribed(turn.generation, text))
            if text:
                await outbox.put(Transcript(text))

    turn = Turn(1, Cause.UTTERANCE, None, published.append)
    assert asyncio.run(overheard(transcribe, turn, utterance(0, 300_000))) == heard
    assert published == []
