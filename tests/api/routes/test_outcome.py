"""What became of a call, over HTTP."""

from api.wire.outcome import tell_outcome
from stages.dialogue.fields import Ledger
from stages.dialogue.outcome import fold
from tests.api.house import house
from tests.stages.dialogue.calls import Script
from tests.support.clock import run_virtual


class Kept:
    async def told(self, call: str) -> object:
        facts = Script().greet().says("My tap leaks").ends("caller_left")
        return tell_outcome(fold(facts, Ledger())) if call == "call_1" else None


def test_an_outcome_is_told_and_a_call_that_is_not_there_is_not_found() -> None:
    async def story() -> None:
        async with house() as h, h.client() as client, h.client(known=False) as stranger:
            assert (await client.get("/v1/calls/call_1/outcome")).status_code == 404
            h.app.state.outcomes = Kept()
            told = (await client.get("/v1/calls/call_1/outcome")).json()
            assert (told["call"], told["disposition"], told["final"]) == ("call_1", "abandoned", True)
            assert told["cost"]["usd"] is None and told["intent"] == "My tap leaks"
            assert (await client.get("/v1/calls/call_2/outcome")).status_code == 404
            assert (await stranger.get("/v1/calls/call_1/outcome")).status_code == 401

    run_virtual(story())
