"""A conversation by text: the same brain, the same facts."""

import asyncio
from typing import Any

import pytest

from api.chat import Chat, Piece
from pipeline.bus import Bus
from pipeline.clock import CallClock
from pipeline.errors import ProviderUnavailable
from pipeline.events import CallEnded, CallStarted, Transcribed, TurnCut, TurnFailed, TurnSettled
from pipeline.transcript import fold
from stages.agent import CallAgent
from stages.dialogue.load import load_agent
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import EngineChat, no_speaking, no_transcribing
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat


class Talk:
    def __init__(self, model: Any = None) -> None:
        self.agent = CallAgent(
            load_agent("reception"), model or EngineChat(RulesEngine()), no_transcribing, no_speaking
        )
        self.bus = Bus("call_1", CallClock.start())
        self.chat = Chat(self.agent, self.bus, CallStarted("reception", "hash", "chat", 0))
        self.pieces: list[Piece] = []

    async def tell(self, piece: Piece) -> None:
        self.pieces.append(piece)

    async def say(self, text: str) -> str:
        """The words of the answer; `pieces` has the rest of this turn."""
        self.pieces.clear()
        await self.chat.say(text, self.tell)
        return "".join(piece.body["text"] for piece in self.pieces if piece.kind == "words")

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [dict(piece.body) for piece in self.pieces if piece.kind == kind]

    def events(self, kind: type) -> list[Any]:
        return [envelope.event for envelope in self.bus.since(0) if isinstance(envelope.event, kind)]


def test_a_visit_is_booked_by_text_and_every_change_is_shown() -> None:
    async def story() -> None:
        talk = Talk()
        await talk.chat.greet(talk.tell)
        assert talk.of("state") == [{"state": "1_issue", "previous": ""}]
        assert "May I have your name" in await talk.say("My tap leaks")
        assert talk.of("state") == [{"state": "2_name", "previous": "1_issue"}]
        assert [field["name"] for field in talk.of("field")] == ["issue"]
        assert [(tool["name"], tool["outcome"]) for tool in talk.of("tool")] == [
            ("note", None), ("note", "ok"), ("move_to", None), ("move_to", "ok"),
        ]  # fmt: skip
        await talk.say("Anna Miller")
        assert "confirmation number" in await talk.say("Tuesday")
        assert ("schedule", "ok") in [(tool["name"], tool["outcome"]) for tool in talk.of("tool")]
        await talk.chat.done(talk.tell)
        (done,) = talk.of("done")
        assert (done["state"], done["ended"]) == ("4_wrap_up", None)
        assert set(done["fields"]) == {"issue", "name", "day"}
        assert "Goodbye" in await talk.say("No thanks, goodbye")
        assert talk.chat.ended == "agent_goodbye"

    run_virtual(story())


def test_the_record_is_that_of_a_call() -> None:
    async def story() -> None:
        talk = Talk()
        await talk.chat.greet(talk.tell)
        await talk.say("My tap leaks")
        talk.chat.end("caller_left")
        talk.chat.end("silence")
        lines = fold(talk.bus.since(0))
        assert [line.who for line in lines] == ["agent", "caller", "agent"]
        assert lines[1].text == "My tap leaks" and "your name" in lines[2].text
        assert talk.events(CallEnded) == [CallEnded("caller_left")]
        assert talk.events(Transcribed)[0].generation == 2

    run_virtual(story())


def test_a_failing_model_is_told_and_apologised_for_and_at_the_third_time_the_end() -> None:
    async def story() -> None:
        talk = Talk(FakeChat(always=ProviderUnavailable("llm", "away")))
        words = await talk.say("My tap leaks badly")
        assert words == load_agent("reception").lines.apology
        assert [error["code"] for error in talk.of("error")] == ["provider_unavailable"]
        await talk.say("And now?")
        assert talk.chat.ended is None
        await talk.say("And now?")
        assert talk.chat.ended == "provider_failed"
        assert len(talk.events(TurnFailed)) == 3

    run_virtual(story())


def test_whoever_leaves_in_the_middle_has_heard_what_was_shown() -> None:
    async def story() -> None:
        talk = Talk(FakeChat(("One moment please. ", STALL)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await talk.say("What is the weather on the moon")
        (cut,) = talk.events(TurnCut)
        assert (cut.why, cut.committed, cut.heard) == ("left", True, "One moment please.")
        assert talk.events(TurnSettled) == [] and talk.chat.ended is None
        assert talk.agent.dialogue.last_words == "One moment please."

    run_virtual(story())


def test_what_the_model_used_is_counted() -> None:
    async def story() -> None:
        talk = Talk(FakeChat(always="Which day?"))
        await talk.say("Tell me about it")
        await talk.say("And about that")
        await talk.chat.done(talk.tell)
        assert talk.of("done")[0]["usage"] == {"input_tokens": 2, "output_tokens": 2, "cached_tokens": 0}

    run_virtual(story())
