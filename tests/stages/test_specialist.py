from pipeline.errors import ProviderUnavailable
from stages.dialogue.spec import Specialist
from stages.ports import Said
from stages.specialist import LONGEST_ANSWER, ask
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeChat, Wait

LAWYER = Specialist("lawyer", "knows the law", "You know the law.", fallback="I could not find out.", deadline_ms=2000)


def test_a_specialist_answers_from_its_own_instructions() -> None:
    async def main() -> None:
        model = FakeChat(("Thirty ", Wait(1.0), "days."))
        assert await ask(model, LAWYER, "How long?", "Noted: nothing") == {"answer": "Thirty days."}
        asked = model.calls[0]
        assert asked.instructions.startswith("You know the law.")
        assert asked.messages == (Said("user", "Question: How long?\n\nNotes of the call:\nNoted: nothing"),)
        assert (asked.tools, asked.tool_choice) == ((), "none")

    run_virtual(main())


def test_one_that_is_late_or_fails_is_covered_by_its_fallback() -> None:
    async def main() -> None:
        covered = {"answer": "I could not find out.", "fallback": True}
        slow = FakeChat(("Well, ", STALL))
        assert await ask(slow, LAWYER, "How long?", "") == covered
        slow.assert_complete()
        assert await ask(FakeChat(ProviderUnavailable("llm", "down")), LAWYER, "How long?", "") == covered
        assert await ask(FakeChat(" "), LAWYER, "How long?", "") == covered

    run_virtual(main())


def test_a_long_answer_is_cut() -> None:
    async def main() -> None:
        model = FakeChat(tuple("word " * 50 for _ in range(100)))
        assert len(str((await ask(model, LAWYER, "?", ""))["answer"])) <= LONGEST_ANSWER

    run_virtual(main())
