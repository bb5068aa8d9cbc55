from api.realtime.prompt import INSTRUCTIONS, PENDING, request
from api.wire.realtime_client import ResponseOptions
from api.wire.realtime_fields import Choice, Function, Realtime
from api.wire.realtime_items import Entry, FunctionCallOutput, Message, read_item
from api.wire.realtime_shapes import agent_item, call_item, user_item
from stages.dialogue.history import CUT
from stages.ports import Said, ToolCall, ToolResult

SESSION = Realtime(model="m", instructions="Be kind.", tools=[Function(type="function", name="lookup")])
NONE = ResponseOptions()


def output(call: str, text: str) -> Entry:
    return Entry("o", {"type": "function_call_output", "call_id": call, "output": text})


def test_items_are_read_in_their_order_and_what_was_just_said_comes_last() -> None:
    said = user_item("u") | {"content": [{"type": "input_audio", "transcript": "Hello."}]}
    silent = Entry("s", user_item("s"))
    cut = Entry("a", agent_item("a", "incomplete", "It left"), cut=True)
    asked = request(SESSION, NONE, [Entry("u", said), silent, cut], "And then?")
    assert asked.messages == (
        Said("user", "Hello."), Said("assistant", "It left"), Said("system", CUT), Said("user", "And then?"),
    )  # fmt: skip
    assert (asked.instructions, asked.tool_choice, asked.max_tokens) == ("Be kind.", "auto", 4096)


def test_every_call_is_followed_by_its_output_or_by_the_news_that_there_is_none() -> None:
    calls = [Entry("f", call_item("f", "completed", id, "lookup", "{}")) for id in ("c1", "c2")]
    asked = request(SESSION, NONE, [*calls, output("c1", "yes"), output("gone", "alone")], "")
    assert asked.messages == (
        ToolCall("c1", "lookup", "{}"), ToolResult("c1", "yes"), ToolCall("c2", "lookup", "{}"),
        ToolResult("c2", PENDING), Said("system", "A function gave this output: alone"),
    )  # fmt: skip


def test_a_response_may_have_its_own_words_functions_and_limits() -> None:
    options = ResponseOptions(
        instructions="Be brief.", tools=[], tool_choice=Choice(type="function", name="lookup"), max_output_tokens=7
    )
    asked = request(SESSION, options, [], "")
    assert (asked.instructions, asked.tools, asked.tool_choice, asked.max_tokens) == ("Be brief.", (), "auto", 7)
    forced = request(SESSION, ResponseOptions(tool_choice=Choice(type="function", name="lookup")), [], "")
    assert (forced.tool_choice, forced.tools[0].name) == ("lookup", "lookup")
    assert not forced.tools[0].strict, "a stranger's schema is seldom one that providers hold a model to"
    nowhere = ResponseOptions(tool_choice=Choice(type="function", name="nowhere"))
    assert request(SESSION, nowhere, (), "").tool_choice == "auto", "nobody can be asked for what is not there"
    assert request(Realtime(model="m"), NONE, [], "").instructions == INSTRUCTIONS


def test_items_that_came_with_the_request_are_read_like_any_other() -> None:
    given = read_item({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Only this."}]})
    assert isinstance(given, Message)
    loose = FunctionCallOutput(type="function_call_output", call_id="x", output="5")
    messages = request(SESSION, NONE, [given, loose], "").messages
    assert messages == (Said("user", "Only this."), Said("system", "A function gave this output: 5"))


def test_a_very_long_conversation_is_cut_at_its_beginning() -> None:
    items = [Entry(f"u{n}", agent_item(f"u{n}", "completed", f"{n} " + "x" * 1_000, "text")) for n in range(300)]
    messages = request(SESSION, NONE, items, "").messages
    assert 90 < len(messages) < 110
    assert isinstance(messages[-1], Said) and messages[-1].text.startswith("299")
