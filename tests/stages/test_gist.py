"""Sixty turns: what the model reads stays bounded and stable, and a model's account comes when it comes."""

import asyncio
from collections.abc import AsyncGenerator
from itertools import pairwise

import pytest

from pipeline.errors import ProviderUnavailable
from pipeline.signals import Cause
from stages.dialogue.earlier import LONGEST_EARLIER
from stages.dialogue.history import LONGEST_HISTORY, MOST_ENTRIES
from stages.gist import DEADLINE, INSTRUCTIONS
from stages.ports import ChatPiece, ChatRequest, Said, TextPiece, ToolCall, Usage
from tests.stages.conversation import Conversation
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual

TURNS = 60


class Talker:
    """Notes an issue, then talks; is asked for accounts too, and answers those as told."""

    model = "talker"

    def __init__(self, account: str | Exception = "The caller has a leak.", takes: float = 0.0) -> None:
        self.account, self.takes = account, takes
        self.asked: list[ChatRequest] = []
        self.accounts: list[ChatRequest] = []

    async def answer(self, request: ChatRequest) -> AsyncGenerator[ChatPiece, None]:
        if request.instructions == INSTRUCTIONS:
            self.accounts.append(request)
            await asyncio.sleep(self.takes)
            if isinstance(self.account, Exception):
                raise self.account
            yield TextPiece(self.account)
            yield Usage(100, 20)
            return
        self.asked.append(request)
        if len(self.asked) == 1:
            yield ToolCall("n1", "note", '{"field": "issue", "value": "a leaking tap"}')
        yield TextPiece(f"I see, that was number {len(self.asked)}. What else can you tell me?")
        yield Usage()


async def sixty(model: Talker) -> Conversation:
    held = Conversation(booking(), model)
    await held.play(Cause.GREETING)
    for turn in range(TURNS):
        await held.say(f"It began with the leaking tap, and then part {turn} of my long story happened.")
        await asyncio.sleep(0.1)
    held.agent.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return held


def opening(request: ChatRequest) -> str:
    first = request.messages[0]
    return first.text if isinstance(first, Said) else ""


def test_sixty_turns_stay_within_the_bound_and_nothing_of_the_prefix_moves() -> None:
    async def story() -> None:
        model = Talker()
        held = await sixty(model)
        assert held.agent.dialogue.turns == TURNS
        assert len({(request.instructions, repr(request.tools)) for request in model.asked}) == 1
        for request in model.asked:
            assert len(request.messages) <= 2 * MOST_ENTRIES + 2
            spoken = sum(len(message.text) for message in request.messages if isinstance(message, Said))
            assert spoken <= LONGEST_HISTORY + LONGEST_EARLIER + 2000
        last = opening(model.asked[-1])
        assert last.startswith("Earlier in this call") and "part 0 of my long story" in last
        assert "issue: a leaking tap" in last and "The caller has a leak." in last
        assert dict(held.agent.dialogue.fields)["issue"] == "a leaking tap"

    run_virtual(story())


def test_between_two_foldings_each_request_begins_with_the_one_before() -> None:
    async def story() -> None:
        model = Talker(account=ProviderUnavailable("llm", "away"))
        await sixty(model)
        begun_anew = 0
        for before, after in pairwise(model.asked):
            stable = before.messages[:-1]
            begun_anew += after.messages[: len(stable)] != stable
        assert 1 <= begun_anew <= 4

    run_virtual(story())


@pytest.mark.parametrize(
    ("account", "takes"),
    [(ProviderUnavailable("llm", "away"), 0.0), (ValueError("a bug"), 0.0), ("Too late.", DEADLINE + 1), ("  ", 0.0)],
)
def test_without_a_models_account_the_summary_by_rule_is_the_same(account: str | Exception, takes: float) -> None:
    async def story() -> tuple[str, int]:
        model = Talker(account, takes)
        held = await sixty(model)
        assert held.agent.dialogue.turns == TURNS
        return held.agent.dialogue.earlier.told(), len(model.accounts)

    told, asked = run_virtual(story())
    assert asked and "In a model's words" not in told and "part 0 of my long story" in told


def test_no_turn_waits_for_the_account() -> None:
    async def story() -> float:
        began = asyncio.get_running_loop().time()
        await sixty(Talker(takes=DEADLINE - 1))
        return asyncio.get_running_loop().time() - began

    assert run_virtual(story()) < TURNS * 0.2


def test_the_account_is_on_the_bill_of_the_call() -> None:
    async def story() -> tuple[int, int]:
        model = Talker()
        held = await sixty(model)
        return held.agent._bill.tokens, len(model.accounts)

    tokens, accounts = run_virtual(story())
    assert accounts and tokens >= 120 * accounts
