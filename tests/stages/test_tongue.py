import asyncio

from pipeline.channel import Channel
from pipeline.events import Event, SentenceWithheld
from pipeline.flow import ReplyDelta
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.saydo import UNBACKED, Withheld, judge, may_break
from stages.tongue import Tongue
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual


class Mouth:
    """A tongue and what came off it."""

    def __init__(self, size: int = 100) -> None:
        self.events: list[Event] = []
        self.outbox: Channel[ReplyDelta] = Channel(size)
        turn = Turn(1, Cause.UTTERANCE, None, self.events.append)
        spec = booking()
        self.tongue = Tongue(turn, self.outbox, lambda text: judge(spec, (), text), lambda text: may_break(spec, text))

    async def say(self, *pieces: str) -> str:
        for piece in pieces:
            await self.tongue.words(piece)
        await self.tongue.end()
        self.outbox.close()
        return "".join([delta.text async for delta in self.outbox])


def test_harmless_words_all_come_out() -> None:
    async def main() -> None:
        mouth = Mouth()
        text = "Got it, a leaking tap. Could you tell me your name, and then the street, please?"
        assert await mouth.say(*[text[at : at + 3] for at in range(0, len(text), 3)]) == text
        assert mouth.tongue.withheld is None

    run_virtual(main())


def test_from_the_claim_on_nothing_comes_out() -> None:
    async def main() -> None:
        mouth = Mouth()
        assert await mouth.say("Got it. I've", " booked it. Your number", " is 1234. Bye!") == "Got it."
        assert mouth.events == [SentenceWithheld(1, "I've booked it.", UNBACKED, "booked")]
        assert isinstance(mouth.tongue.withheld, Withheld)

    run_virtual(main())


def test_a_clause_is_judged_with_what_its_sentence_began_with() -> None:
    async def main() -> None:
        assert "booked" not in await Mouth().say("Your appointment on Monday, as you wished, ", "is booked now.")
        kept = "Once you have confirmed the day, your visit is booked."
        assert await Mouth().say(*(f"{word} " for word in kept.split())) == kept + " "

    run_virtual(main())


def test_when_the_model_is_slow_the_words_so_far_are_said() -> None:
    async def main() -> None:
        mouth = Mouth()
        await mouth.tongue.words("All right then we could")
        await asyncio.sleep(0.2)
        assert len(mouth.outbox) == 0
        await asyncio.sleep(0.1)
        assert await mouth.outbox.get() == ReplyDelta("All right then ", whole=True)
        assert await mouth.say(" come on Monday.") == "we could come on Monday."

    run_virtual(main())


def test_the_first_clause_is_late_from_its_first_word_on() -> None:
    async def main() -> None:
        mouth = Mouth()
        for word in ("All", " right", " then", " we"):
            await mouth.tongue.words(word)
            await asyncio.sleep(0.08)
        assert [(await mouth.outbox.get()).text] == ["All right then "]  # type: ignore[union-attr]

    run_virtual(main())


def test_a_late_clause_leaves_with_the_next_whole_word() -> None:
    async def main() -> None:
        mouth = Mouth()
        await mouth.tongue.words("Absolutely")
        await asyncio.sleep(0.4)
        assert len(mouth.outbox) == 0
        await mouth.tongue.words(" right we")
        assert [(await mouth.outbox.get()).text] == ["Absolutely right "]  # type: ignore[union-attr]
        assert await mouth.say(" agree.") == "we agree."

    run_virtual(main())


def test_no_clause_breaks_off_where_a_claim_may_be_coming() -> None:
    async def main() -> None:
        for claim in ("I have already gone ahead and booked it for you.", "Your visit next Monday morning is booked."):
            mouth = Mouth()
            assert await mouth.say(*(f"{word} " for word in claim.split())) == ""
            assert mouth.tongue.withheld is not None

    run_virtual(main())


def test_slow_words_are_judged_too() -> None:
    async def main() -> None:
        mouth = Mouth()
        await mouth.tongue.words("I have already booked it for")
        await asyncio.sleep(1)
        assert await mouth.say(" Monday.") == ""
        assert len(mouth.events) == 1

    run_virtual(main())


def test_slow_words_wait_where_there_is_no_room() -> None:
    async def main() -> None:
        mouth = Mouth(size=1)
        mouth.outbox.offer(ReplyDelta("Before. "))
        await mouth.tongue.words("All right then we could")
        await asyncio.sleep(1)
        reading = asyncio.create_task(mouth.say(" come."))
        told = [(await mouth.outbox.get()).text for _ in range(3)]  # type: ignore[union-attr]
        assert "".join(told).startswith("Before. All right then we could come.")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    run_virtual(main())


def test_an_answer_that_broke_off_says_nothing_more() -> None:
    async def main() -> None:
        mouth = Mouth()
        await mouth.tongue.words("All right then we could")
        mouth.tongue.stop()
        await asyncio.sleep(1)
        assert len(mouth.outbox) == 0

    run_virtual(main())
