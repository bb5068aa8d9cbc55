import asyncio

from pipeline.events import Event, ProviderRetried
from pipeline.signals import Cause
from pipeline.spending import Spent
from pipeline.turn import Turn
from stages.telling import asking_for, count_hedged, is_for_a_turn, may_hedge, tell


def retried(generation: int) -> Event:
    return ProviderRetried(generation, "stt", "server_error", 1)


def test_what_happens_is_told_to_the_turn_that_asks() -> None:
    facts: list[Event] = []
    with asking_for(Turn(7, Cause.UTTERANCE, None, facts.append)):
        assert is_for_a_turn()
        tell(retried)
    assert facts == [ProviderRetried(7, "stt", "server_error", 1)]


def test_who_asks_for_no_turn_is_told_nothing_and_not_asked_twice() -> None:
    tell(retried)
    assert not is_for_a_turn()
    assert not may_hedge()


def test_only_what_a_caller_waits_for_is_hedged() -> None:
    turn = Turn(1, Cause.UTTERANCE, None, lambda _: None)
    with asking_for(turn):
        assert not may_hedge()
        with asking_for(turn, hedged=True):
            assert may_hedge()
        assert not may_hedge()


def test_second_requests_are_on_the_bill_of_the_turn_that_asks() -> None:
    turn = Turn(1, Cause.UTTERANCE, None, lambda _: None)
    count_hedged(Spent(characters=1))
    with asking_for(turn, hedged=True):
        count_hedged(Spent(input_tokens=100))
        count_hedged(Spent(characters=20))
    assert turn.spent.hedged == Spent(input_tokens=100, characters=20)
    assert turn.spent.total() == Spent()


def test_tasks_born_within_ask_for_the_same_turn() -> None:
    facts: list[Event] = []

    async def story() -> None:
        async def ask() -> None:
            tell(retried)

        with asking_for(Turn(3, Cause.UTTERANCE, None, facts.append)):
            task = asyncio.ensure_future(ask())
        await task

    asyncio.run(story())
    assert len(facts) == 1
