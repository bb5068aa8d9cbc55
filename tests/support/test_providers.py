import asyncio
from contextlib import aclosing

import pytest

from pipeline.errors import ProviderTimeout
from pipeline.flow import Transcript, Utterance
from stages.ports import ChatRequest, Hints, TextPiece, Usage, Voice
from tests.support.providers import STALL, FakeChat, FakeSynthesizer, FakeTranscriber, Wait, tone

UTTERANCE = Utterance(b"", 0, 0, 0, 0)


def test_a_script_is_played_in_order_and_its_end_is_an_error_of_the_test() -> None:
    async def story() -> None:
        ear = FakeTranscriber("one", (Wait(0), Transcript("two")), ProviderTimeout("stt", "slow"))
        assert (await ear.transcribe(UTTERANCE, Hints())).text == "one"
        assert (await ear.transcribe(UTTERANCE, Hints())).text == "two"
        with pytest.raises(ProviderTimeout):
            await ear.transcribe(UTTERANCE, Hints())
        ear.assert_complete()
        with pytest.raises(AssertionError, match="more often"):
            await ear.transcribe(UTTERANCE, Hints())

    asyncio.run(story())


def test_what_was_never_asked_for_is_reported() -> None:
    with pytest.raises(AssertionError, match="never asked for"):
        FakeTranscriber("one").assert_complete()


def test_an_answer_ends_with_its_usage() -> None:
    async def story() -> None:
        model = FakeChat(("Hello", " there."))
        pieces = [piece async for piece in model.answer(ChatRequest("", ()))]
        assert pieces[:2] == [TextPiece("Hello"), TextPiece(" there.")]
        assert isinstance(pieces[-1], Usage)

    asyncio.run(story())


def test_an_abandoned_stream_is_counted_until_it_is_closed() -> None:
    async def story() -> None:
        voice = FakeSynthesizer((tone(10), STALL))
        async with aclosing(voice.speak("Hello.", Voice())) as stream:
            await anext(stream)
            with pytest.raises(AssertionError, match="left open"):
                voice.assert_complete()
        voice.assert_complete()

    asyncio.run(story())
