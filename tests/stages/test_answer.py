import asyncio

import pytest

from pipeline.errors import ToolFault
from stages.answer import Outside
from tests.stages.dialogue.agents import booking


def test_a_call_that_nobody_records_waits_for_nothing() -> None:
    assert asyncio.run(Outside().durable())


def test_on_its_own_a_call_reaches_nothing_outside() -> None:
    assert Outside().tools(booking()) == {}
    with pytest.raises(ToolFault, match="no agent 'returns'"):
        asyncio.run(Outside().agent("returns"))
