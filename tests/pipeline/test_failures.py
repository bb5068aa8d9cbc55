"""Turns that failed in a row."""

from pipeline.errors import ProviderUnavailable
from pipeline.failures import Failures
from pipeline.signals import Cause
from pipeline.turn import Turn
from tests.support.clock import run_virtual

DOWN = ProviderUnavailable("llm", "down")


def counted(*turns: tuple[Cause, bool, bool]) -> bool:
    """Cause, committed, failed."""

    async def main() -> bool:
        failures = Failures(3)
        for cause, committed, failed in turns:
            turn = Turn(1, cause, None, lambda event: None)
            if committed:
                turn.commit()
            failures.count(turn, DOWN if failed else None)
        return failures.are_too_many

    return run_virtual(main())


FAILED, DRAFT, HEARD = (Cause.UTTERANCE, True, True), (Cause.UTTERANCE, False, True), (Cause.UTTERANCE, True, False)
SORRY = (Cause.APOLOGY, True, False)


def test_three_in_a_row_are_too_many() -> None:
    assert counted(FAILED, FAILED, FAILED) and not counted(FAILED, FAILED)


def test_an_answer_that_was_heard_starts_anew() -> None:
    assert not counted(FAILED, FAILED, HEARD, FAILED)


def test_an_apology_mends_nothing() -> None:
    assert counted(FAILED, SORRY, FAILED, SORRY, FAILED)


def test_asking_again_into_the_silence_mends_nothing() -> None:
    asked = (Cause.REPROMPT, True, False)
    assert counted(FAILED, asked, FAILED, asked, FAILED)


def test_a_draft_does_not_count() -> None:
    assert not counted(DRAFT, DRAFT, DRAFT) and counted(FAILED, FAILED, DRAFT, FAILED)
