"""Faults can be scripted while the stand-in runs, if it was started so and from this machine."""

import asyncio
from typing import Any

import httpx
import pytest

from stages.standin.config import StandinConfig
from stages.standin.server import create_app
from tests.stages.standin.running import ask, ask_all

OPEN = StandinConfig(control=True)
HI = {"json": {"model": "gpt-4.1", "input": "hi"}}


def test_a_fault_is_added_strikes_and_is_gone() -> None:
    added, struck, fine, left = ask_all(
        [
            ("POST", "/standin/faults", {"json": {"fault": "llm:503,retry_after=2"}}),
            ("POST", "/v1/responses", HI),
            ("POST", "/v1/responses", HI),
            ("GET", "/standin/faults", {}),
        ],
        config=OPEN,
    )
    assert added.json()["faults"][0]["kind"] == "503"
    assert (struck.status_code, struck.headers["retry-after"], fine.status_code) == (503, "2", 200)
    assert left.json() == {"faults": []}


def test_a_fault_may_be_written_in_parts_and_cleared() -> None:
    added, cleared, fine = ask_all(
        [
            ("POST", "/standin/faults", {"json": {"stage": "any", "kind": "500", "times": None}}),
            ("DELETE", "/standin/faults", {}),
            ("POST", "/v1/responses", HI),
        ],
        config=OPEN,
    )
    assert added.json()["faults"][0]["times"] is None
    assert cleared.json() == {"faults": []} and fine.status_code == 200


@pytest.mark.parametrize("body", [{}, {"fault": "ears:503"}, {"stage": "stt", "kind": "explode"}, []])
def test_what_is_no_fault_is_refused(body: Any) -> None:
    assert ask("POST", "/standin/faults", config=OPEN, json=body).status_code == 400


def test_the_controls_are_closed_unless_asked_for() -> None:
    assert ask("GET", "/standin/faults").status_code == 404


def test_the_controls_answer_to_this_machine_only() -> None:
    async def go() -> int:
        transport = httpx.ASGITransport(create_app(OPEN), client=("192.0.2.7", 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.get("/standin/faults")).status_code

    assert asyncio.run(go()) == 403
