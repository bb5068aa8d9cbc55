"""What the caller is told while the model works."""

from pipeline.channel import Channel
from pipeline.flow import ReplyDelta, Source
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.dialogue import Dialogue
from stages.memory import Draft
from stages.ports import Said, ToolCall, ToolResult
from stages.talk import Talk
from stages.tools import Ran
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual


def talk(begun: str = "") -> tuple[Talk, Channel[ReplyDelta]]:
    outbox: Channel[ReplyDelta] = Channel(10)
    turn = Turn(1, Cause.UTTERANCE, None, lambda event: None)
    return Talk(turn, Draft(Dialogue.begin(booking()), (), turn), outbox, begun), outbox


def test_a_wait_is_bridged_once() -> None:
    told, outbox = talk()
    told.bridge()
    told.bridge("Still checking.")
    assert len(outbox) == 1


def test_a_line_is_told_and_remembered_as_said() -> None:
    async def main() -> None:
        told, outbox = talk("Got it.")
        await told.tell("Your name?")
        assert told.said == "Got it. Your name?" and told.conversation == [Said("assistant", "Got it.")]
        assert await outbox.get() == ReplyDelta("Your name?", Source.CLIP, flush=True)

    run_virtual(main())


def test_the_model_reads_a_tools_call_and_its_result() -> None:
    told, _ = talk()
    call = ToolCall("c1", "lookup", "{}")
    told.read([Ran(call, "ok", "found")])
    assert told.conversation == [call, ToolResult("c1", "found")]
