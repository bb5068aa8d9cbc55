import asyncio
from contextlib import aclosing

import pytest

from pipeline.channel import Channel
from pipeline.errors import ProviderUnavailable
from pipeline.events import Event, ProviderRetried, SentenceReady, SynthesisStarted
from pipeline.flow import ReplyDelta, Source, SpeechChunk
from pipeline.playout import Playout
from pipeline.signals import Cause
from pipeline.turn import CHUNKS, Turn
from stages.clips import Clips, voice_key
from stages.ports import Synthesizer, Voice
from stages.punctual import PunctualSynthesizer
from stages.repertoire import Recall, Repertoire
from stages.speak import IMPATIENCE, OPEN_UNITS, Speak
from stages.standin.answering import tokens
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeSynthesizer, Wait, hush, tone

DOWN = ProviderUnavailable("tts", "down", code="server_error")


class Stage:
    """A speak stage under test: words go in, chunks and facts come out."""

    def __init__(
        self,
        synthesizer: Synthesizer,
        clips: Clips | None = None,
        room: int = 200,
        openers: frozenset[str] = frozenset(),
        recall: Recall | None = None,
    ) -> None:
        self.facts: list[Event] = []
        self.turn = Turn(3, Cause.UTTERANCE, None, self.facts.append)
        self.inbox: Channel[ReplyDelta] = Channel(100)
        self.outbox: Channel[SpeechChunk] = Channel(room)
        self._speak = Speak(synthesizer, Voice(), clips, lambda _: openers, recall=recall)

    async def run(self) -> None:
        await self._speak(self.turn, self.inbox, self.outbox)

    def say(self, *deltas: str | ReplyDelta) -> None:
        for delta in deltas:
            self.inbox.offer(ReplyDelta(delta) if isinstance(delta, str) else delta)

    async def said(self, *deltas: str | ReplyDelta) -> list[SpeechChunk]:
        """Everything that comes of `deltas`."""
        self.say(*deltas)
        self.inbox.close()
        try:
            await self.run()
        finally:
            assert self.outbox.closed
        return [chunk async for chunk in self.outbox]

    def of(self, kind: type) -> list[Event]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def sound(chunks: list[SpeechChunk], unit: int) -> bytes:
    return b"".join(chunk.pcm for chunk in chunks if chunk.sentence.unit == unit)


def test_what_the_provider_is_asked_to_say_is_counted_and_a_clip_is_not() -> None:
    stage = Stage(FakeSynthesizer())
    run_virtual(stage.said("Sure thing.", " Your order", " left today."))
    text = "Sure thing." + "Your order left today."
    assert (stage.turn.spent.characters, stage.turn.spent.spoken_us) == (len(text), len(text) * 60_000)


@pytest.mark.parametrize("acknowledged", [True, False])
def test_after_an_acknowledgement_a_reply_does_not_begin_with_one(acknowledged: bool) -> None:
    stage = Stage(FakeSynthesizer(), openers=frozenset({"Got it."}))
    stage.turn.acknowledged = acknowledged
    chunks = run_virtual(stage.said("Got it.", " Your order left today.", " Got it."))
    said = [chunk.sentence.text for chunk in chunks if chunk.last]
    assert said == ["Got it.", "Your order left today.", "Got it."][acknowledged:]


def test_sentences_are_said_in_order_and_closed() -> None:
    voice = FakeSynthesizer()
    stage = Stage(voice)
    chunks = run_virtual(stage.said("Sure thing.", " Your order", " left today."))
    assert [(chunk.sentence.unit, chunk.sentence.text) for chunk in chunks if chunk.last] == [
        (0, "Sure thing."),
        (1, "Your order left today."),
    ]
    assert [chunk.sentence.unit for chunk in chunks] == sorted(chunk.sentence.unit for chunk in chunks)
    assert sound(chunks, 0) == tone(len("Sure thing.") * 60)
    assert voice.texts == ["Sure thing.", "Your order left today."]
    assert stage.of(SynthesisStarted) == [SynthesisStarted(3, 0, False), SynthesisStarted(3, 1, False)]
    voice.assert_complete()


def test_the_voice_is_given_the_spoken_form_and_the_record_the_written_one() -> None:
    voice = FakeSynthesizer()
    stage = Stage(voice)
    run_virtual(stage.said("Call 555-0192."))
    assert voice.texts == ["Call 5 5 5, 0 1 9 2."]
    assert stage.of(SentenceReady) == [SentenceReady(3, 0, "Call 555-0192.", "Call 5 5 5, 0 1 9 2.", "model")]


def test_the_first_slice_is_small_and_silence_around_speech_is_cut() -> None:
    chunks = run_virtual(Stage(FakeSynthesizer((hush(335) + tone(600) + hush(530),))).said("Sure thing."))
    assert len(chunks[0].pcm) == 60 * 48
    assert len(sound(chunks, 0)) == (25 + 600 + 160) * 48


def test_the_next_clause_is_synthesised_while_the_first_is_still_coming() -> None:
    async def story() -> None:
        voice = FakeSynthesizer((Wait(1), tone(300)), (Wait(1), tone(300)), (Wait(1), tone(300)))
        stage = Stage(voice)
        begun = asyncio.get_running_loop().time()
        chunks = await stage.said("Sure thing.", " Your order left today.", " It will be there tomorrow.")
        assert asyncio.get_running_loop().time() - begun == 2.0
        assert [chunk.sentence.unit for chunk in chunks if chunk.last] == [0, 1, 2]
        voice.assert_complete()

    run_virtual(story())


def test_the_next_sentence_is_asked_for_when_little_of_the_one_before_is_left() -> None:
    async def story() -> None:
        voice = FakeSynthesizer(always=(tone(2000),))
        stage = Stage(voice, room=1)
        stage.say(*[" This is one more sentence, and a longer one."] * 6)
        running = asyncio.ensure_future(stage.run())
        await asyncio.sleep(5)
        assert len(voice.calls) == 1
        while not (chunk := await stage.outbox.get()).last:  # type: ignore[union-attr]
            pass
        await asyncio.sleep(5)
        assert len(voice.calls) == 2 <= OPEN_UNITS
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert chunk.sentence.unit == 0  # type: ignore[union-attr]
        voice.assert_complete()

    run_virtual(story())


@pytest.mark.parametrize("heard_ms", [0, 500, 1500, 3000, 6000])
def test_under_five_seconds_are_synthesised_ahead_of_what_is_heard(heard_ms: int) -> None:
    async def story() -> None:
        sentence = " Somebody will call you back in an hour or two."  # 2.8 s
        voice = FakeSynthesizer(always=tuple(tone(100) for _ in range(28)))
        stage = Stage(voice, room=CHUNKS)
        stage.turn.commit()
        stage.say(*[sentence] * 8)
        playout = Playout(lambda: 0)
        playing = asyncio.ensure_future(playout.play(stage.turn, stage.outbox))
        running = asyncio.ensure_future(stage.run())
        for _ in range(heard_ms // 20):
            await asyncio.sleep(0.02)
            playout.pull(480)
        await asyncio.sleep(5)
        assert heard_ms <= stage.turn.spent.spoken_us // 1000 <= heard_ms + 5000
        for task in (playing, running):
            task.cancel()
        await asyncio.gather(playing, running, return_exceptions=True)

    run_virtual(story())


def test_a_cancelled_turn_closes_every_stream() -> None:
    async def story() -> None:
        voice = FakeSynthesizer(always=(tone(100), STALL))
        stage = Stage(voice)
        stage.say("Sure thing.", " Your order left today.")
        running = asyncio.ensure_future(stage.run())
        await asyncio.sleep(1)
        assert voice.script.open == 2
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert voice.script.open == 0
        assert stage.outbox.closed

    run_virtual(story())


def test_a_known_phrase_is_said_from_its_clip_without_the_provider() -> None:
    async def story() -> None:
        studio = FakeSynthesizer()
        clips = Clips()
        greeting = "Hello there. How can I help?"
        await clips.render(studio, Voice(), [greeting, "One moment."])
        voice = FakeSynthesizer(("never",))
        stage = Stage(voice, clips)
        chunks = await stage.said(ReplyDelta(greeting, Source.CLIP), "One moment.")
        assert [chunk.sentence.text for chunk in chunks if chunk.last] == [greeting, "One moment."]
        assert sound(chunks, 0) == clips.get(greeting, voice_key(studio.model, Voice()))
        assert stage.of(SynthesisStarted) == [SynthesisStarted(3, 0, True), SynthesisStarted(3, 1, True)]
        assert voice.calls == []

    run_virtual(story())


def test_a_slow_model_does_not_keep_the_first_words_back() -> None:
    async def story() -> None:
        voice = FakeSynthesizer()
        stage = Stage(voice)
        stage.say("Let me look that up for")
        async with asyncio.TaskGroup() as group:
            group.create_task(stage.run())
            await asyncio.sleep(IMPATIENCE - 0.01)
            assert voice.texts == []
            await asyncio.sleep(0.02)
            assert voice.texts == ["Let me look that up"]
            stage.say(" you.")
            stage.inbox.close()
        assert voice.texts == ["Let me look that up", "for you."]

    run_virtual(story())


def test_the_sentences_before_a_failure_are_said() -> None:
    async def story() -> None:
        voice = FakeSynthesizer(tone(300), DOWN)
        stage = Stage(voice)
        with pytest.raises(ProviderUnavailable) as failure:
            await stage.said("Sure thing.", " Your order left today.")
        assert failure.value is DOWN
        chunks = [chunk async for chunk in stage.outbox]
        assert [chunk.sentence.unit for chunk in chunks if chunk.last] == [0]
        assert sound(chunks, 0) == tone(300)
        voice.assert_complete()

    run_virtual(story())


def test_a_sentence_that_breaks_off_is_not_closed() -> None:
    async def story() -> None:
        stage = Stage(FakeSynthesizer((tone(300), DOWN)))
        with pytest.raises(ProviderUnavailable):
            await stage.said("Sure thing.")
        chunks = [chunk async for chunk in stage.outbox]
        assert chunks and not any(chunk.last for chunk in chunks)

    run_virtual(story())


def test_a_provider_that_sends_only_silence_has_failed() -> None:
    with pytest.raises(ProviderUnavailable) as failure:
        run_virtual(Stage(FakeSynthesizer(hush(500))).said("Sure thing."))
    assert failure.value.code == "empty"


def test_sound_that_ends_long_before_its_text_is_not_taken_for_the_whole() -> None:
    async def story() -> None:
        stage = Stage(FakeSynthesizer(tone(400)))
        with pytest.raises(ProviderUnavailable) as failure:
            await stage.said("Your order left today and it will be there tomorrow.")
        assert failure.value.code == "connection_lost"
        assert not any([chunk.last async for chunk in stage.outbox])

    run_virtual(story())


def test_a_repeat_is_a_fact_of_the_turn() -> None:
    stage = Stage(PunctualSynthesizer(FakeSynthesizer(DOWN, tone(300))))
    chunks = run_virtual(stage.said("Sure thing."))
    assert sound(chunks, 0) == tone(300)
    assert stage.of(ProviderRetried) == [ProviderRetried(3, "tts", "server_error", 1)]


def test_a_listener_who_left_ends_the_work_without_an_error() -> None:
    async def story() -> None:
        voice = FakeSynthesizer(always=(tone(300), STALL))
        stage = Stage(voice)
        stage.say("Sure thing.", " Your order left today.")
        stage.outbox.close()
        await stage.run()
        voice.assert_complete()

    run_virtual(story())


def test_nothing_to_say_is_silence() -> None:
    assert run_virtual(Stage(FakeSynthesizer()).said(" ", "🙂")) == []


def test_a_bug_is_not_mistaken_for_a_provider_that_failed() -> None:
    with pytest.raises(AssertionError):
        run_virtual(Stage(FakeSynthesizer(("no pcm",))).said("Sure thing."))


def test_the_fake_voice_is_closed_by_its_reader() -> None:
    async def story() -> None:
        voice = FakeSynthesizer()
        async with aclosing(voice.speak("Hello.", Voice())) as stream:
            await anext(stream)
        voice.assert_complete()

    run_virtual(story())


def test_only_the_first_clause_that_has_to_be_synthesised_may_be_asked_for_twice() -> None:
    voice = FakeSynthesizer()
    clips = Clips()
    clips._clips[(voice_key(voice.model, Voice()), "Got it.")] = tone(100)
    stage = Stage(voice, clips)
    run_virtual(stage.said(ReplyDelta("Got it.", flush=True), "Your order left today. It comes tomorrow."))
    assert voice.texts == ["Your order left today.", "It comes tomorrow."]
    assert voice.hedged == [True, False]


def test_what_the_model_said_in_another_call_is_heard_without_the_provider() -> None:
    kept, voice = Repertoire(), FakeSynthesizer()
    first = Stage(voice, recall=Recall(kept, "one", lambda _: frozenset()))
    chunks = run_virtual(first.said("Sure thing.", " Your order left today."))
    second = Stage(voice, recall=Recall(kept, "two", lambda _: frozenset()))
    again = run_virtual(second.said("Sure thing.", " It is on its way to you by now."))
    assert sound(again, 0) == sound(chunks, 0)
    assert voice.texts == ["Sure thing.", "Your order left today.", "It is on its way to you by now."]
    assert second.of(SynthesisStarted) == [SynthesisStarted(3, 0, True), SynthesisStarted(3, 1, False)]
    assert second.turn.spent.characters == len("It is on its way to you by now.")


def test_a_rendering_that_breaks_off_or_is_cut_is_not_kept() -> None:
    kept = Repertoire()
    for replies in ((tone(300), DOWN), (hush(300),)):
        stage = Stage(FakeSynthesizer(replies), recall=Recall(kept, "one", lambda _: frozenset()))
        with pytest.raises(ProviderUnavailable):
            run_virtual(stage.said("Sure thing."))

    async def cut() -> None:
        stage = Stage(FakeSynthesizer((tone(300), STALL)), recall=Recall(kept, "one", lambda _: frozenset()))
        stage.say("Sure thing.")
        stage.inbox.close()
        running = asyncio.ensure_future(stage.run())
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.wait([running])

    run_virtual(cut())
    assert len(kept) == 0


def test_behind_a_short_recalled_opening_the_next_clause_leaves_as_early_as_a_first_one() -> None:
    kept, voice = Repertoire(), FakeSynthesizer()
    text = " The parcel that you asked about goes out with the evening round today."
    for call in ("one", "two"):
        run_virtual(Stage(voice, recall=Recall(kept, call, lambda _: frozenset())).said("Sure thing.", *tokens(text)))
    assert voice.texts[1] == text.strip(), "unhurried: the opening still had to be made"
    assert voice.texts[2] == "The parcel that you asked"


def test_after_an_acknowledgement_a_recalled_opening_is_left_out_like_any_other() -> None:
    kept, voice = Repertoire(), FakeSynthesizer()
    for call in ("one", "two"):
        stage = Stage(voice, openers=frozenset({"Got it."}), recall=Recall(kept, call, lambda _: frozenset()))
        stage.turn.acknowledged = call == "two"
        chunks = run_virtual(stage.said("Got it.", " Your order left today."))
    assert [chunk.sentence.text for chunk in chunks if chunk.last] == ["Your order left today."]
