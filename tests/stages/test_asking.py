import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pipeline.errors import ProviderFault, ProviderUnavailable
from pipeline.events import Event, ProviderHedged, ProviderRetried
from pipeline.signals import Cause
from pipeline.spending import Spent
from pipeline.turn import Turn
from stages.asking import Request, ask
from stages.deadlines import STT
from stages.pace import LEAST, Purse
from stages.telling import asking_for
from stages.upstream import Upstream
from stages.useful import Signs
from tests.support.clock import run_virtual

FAST, SLOW = 0.3, 30.0
BILL = Spent(heard_us=500_000)
LATE = 0.45
"""When a request is late at a provider that takes 0.3 s: half as long again."""


class Provider:
    """Answers after the next of its times; a fault among them is raised. `open`: requests that were not finished."""

    def __init__(self, *times: float | ProviderFault) -> None:
        self.times = list(times)
        self.asked = self.open = 0
        self.dropped: list[float] = []

    @property
    def request(self) -> Request[float]:
        return Request(self._begin, self._drop, lambda: BILL)

    async def _begin(self, signs: Signs) -> float:
        signs.alive()
        self.asked += 1
        self.open += 1
        step = self.times.pop(0)
        try:
            if isinstance(step, ProviderFault):
                raise step
            await asyncio.sleep(step)
        finally:
            self.open -= 1
        return step

    async def _drop(self, answer: float) -> None:
        self.dropped.append(answer)


def known(purse: Purse | None = None) -> Upstream:
    """A provider of which enough is known to hedge it."""
    upstream = Upstream("stt", "m", purse=purse or Purse())
    for _ in range(LEAST):
        upstream.pace.took(FAST)
    return upstream


def run(provider: Provider, upstream: Upstream, *, hedged: bool = True) -> tuple[float | str, float, list[Event]]:
    """The answer's own time or the fault's code, the time that it took, and what was told."""
    facts: list[Event] = []

    async def story() -> tuple[float | str, float, list[Event]]:
        begun = asyncio.get_running_loop().time()
        result: float | str
        try:
            with asking_for(Turn(2, Cause.UTTERANCE, None, facts.append), hedged=hedged):
                result = (await ask(upstream, STT, provider.request)).value
        except ProviderFault as fault:
            result = fault.code
        assert not provider.open
        return result, round(asyncio.get_running_loop().time() - begun, 3), facts

    return run_virtual(story())


def down() -> ProviderUnavailable:
    return ProviderUnavailable("stt", "down", code="server_error")


def test_a_late_request_is_made_twice_and_the_faster_one_is_taken() -> None:
    provider = Provider(SLOW, FAST)
    assert run(provider, known()) == (FAST, LATE + FAST, [ProviderHedged(2, "stt", "m", "won", 450, 500)])
    assert provider.asked == 2


def test_in_a_race_both_requests_leave_at_once_and_the_loser_is_stopped_and_billed() -> None:
    provider = Provider(SLOW, FAST)
    told = ProviderHedged(2, "stt", "m", "won", 0, 500)
    assert run(provider, Upstream("stt", "m", races=True)) == (FAST, FAST, [told])
    provider = Provider(FAST, SLOW)
    assert run(provider, Upstream("stt", "m", races=True))[:2] == (FAST, FAST)
    assert (provider.asked, provider.open) == (2, 0)


def test_what_no_caller_waits_for_is_not_raced() -> None:
    provider = Provider(FAST)
    assert run(provider, Upstream("stt", "m", races=True), hedged=False) == (FAST, FAST, [])


def test_a_second_request_that_was_not_needed_is_told_as_waste() -> None:
    _, took, facts = run(Provider(0.5, SLOW), known())
    assert (took, facts) == (0.5, [ProviderHedged(2, "stt", "m", "lost", 450, 500)])


def test_a_request_in_time_is_made_once() -> None:
    provider = Provider(FAST)
    assert run(provider, known()) == (FAST, FAST, [])
    assert provider.asked == 1


@pytest.mark.parametrize(
    ("hedged", "made"),
    [(False, known), (True, lambda: Upstream("stt", "m", purse=Purse())), (True, lambda: Upstream("stt", "m"))],
)
def test_it_is_not_made_twice_without_need_or_knowledge(hedged: bool, made: Callable[[], Upstream]) -> None:
    provider = Provider(1.0)
    assert run(provider, made(), hedged=hedged) == (1.0, 1.0, [])
    assert provider.asked == 1


def test_second_requests_end_with_what_pays_for_them() -> None:
    upstream, asked = known(), 0
    for _ in range(40):
        provider = Provider(1.0, 0.9)
        run(provider, upstream)
        asked += provider.asked - 1
    # One to begin with, and one for every ten first ones.
    assert asked <= 5


def test_a_failing_provider_is_not_asked_twice() -> None:
    upstream = known()
    run(Provider(down(), down()), upstream)
    provider = Provider(1.0)
    assert run(provider, upstream)[0] == 1.0
    assert provider.asked == 1


def test_what_overtook_does_not_make_the_provider_seem_faster() -> None:
    upstream = known()
    before = upstream.pace.late_after()
    assert before is not None
    for _ in range(60):
        upstream.purse = Purse()
        run(Provider(SLOW, 0.1), upstream)
    after = upstream.pace.late_after()
    assert after is not None and after >= before


def test_a_repeat_is_told_and_a_stall_is_told_as_what_it_was() -> None:
    code, took, facts = run(Provider(SLOW, SLOW), Upstream("stt"), hedged=False)
    assert (code, took) == ("signs_of_life", STT.first)
    assert facts == [ProviderRetried(2, "stt", "signs_of_life", 1)]


def test_the_fault_is_told_and_not_that_it_opened_the_circuit() -> None:
    upstream = Upstream("stt")

    async def fail_three_times() -> None:
        with asking_for(Turn(1, Cause.UTTERANCE, None, lambda _: None)):
            for _ in range(3):
                upstream.failed(upstream.admit(), down())

    run_virtual(fail_three_times())
    # And at once: there is nothing to wait for.
    assert run(Provider(down()), upstream) == ("server_error", 0, [])
    assert run(Provider(), upstream)[0] == "circuit_open"


def test_both_of_a_race_may_stall_and_the_budget_holds() -> None:
    code, took, facts = run(Provider(SLOW, SLOW, SLOW), known())
    assert (code, took) == ("signs_of_life", STT.first)
    assert isinstance(facts[0], ProviderHedged) and facts[0].outcome == "failed"


def test_being_cut_in_a_race_is_told_with_its_waste() -> None:
    facts: list[Event] = []
    turn = Turn(2, Cause.UTTERANCE, None, facts.append)
    provider = Provider(SLOW, SLOW)

    async def story() -> None:
        async def asking() -> None:
            with asking_for(turn, hedged=True):
                await ask(known(), STT, provider.request)

        waiting = asyncio.ensure_future(asking())
        await asyncio.sleep(1)
        assert provider.open == 2
        assert turn.spent.hedged == BILL
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled() and not provider.open

    run_virtual(story())
    assert facts == [ProviderHedged(2, "stt", "m", "cut", 450, 500)]


def test_a_fault_after_the_second_began_leaves_the_second_to_answer() -> None:
    async def late_fault(signs: Signs) -> float:
        await asyncio.sleep(0.6)
        raise down()

    answers: list[Callable[[Signs], Awaitable[float]]] = [late_fault]

    async def begin(signs: Signs) -> float:
        if answers:
            return await answers.pop()(signs)
        await asyncio.sleep(FAST)
        return FAST

    async def drop(_: float) -> None:
        raise AssertionError

    async def story() -> float:
        with asking_for(Turn(2, Cause.UTTERANCE, None, lambda _: None), hedged=True):
            return (await ask(known(), STT, Request(begin, drop, lambda: BILL))).value

    assert run_virtual(story()) == FAST
