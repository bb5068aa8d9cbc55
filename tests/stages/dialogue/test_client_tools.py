"""Which functions of a client an agent takes, and in which states they may be called."""

from dataclasses import replace

from stages.dialogue.client_tools import callable_in, own_names, taken
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.history import Used
from stages.dialogue.load import read_agent
from stages.dialogue.prompt import request
from stages.ports import ToolCall, ToolSpec
from tests.stages.dialogue.agents import BOOKING, booking

SHOW = ToolSpec("show_map", "Shows a map.", {"type": "object"}, strict=False)
HIDE = ToolSpec("hide_map", "Hides it.", {"type": "object"}, strict=False)
OWN = ToolSpec("schedule", "Books something else.", {"type": "object"}, strict=False)


def test_an_agent_takes_any_function_that_is_not_named_like_its_own() -> None:
    spec = booking()
    assert taken(spec, (SHOW, OWN)) == (SHOW,)
    assert callable_in(spec, spec.states[0], (SHOW, OWN)) == ("show_map",)
    assert {"note", "move_to", "escalate", "lookup"} <= own_names(spec), "also those that another agent may have"


def test_a_file_says_which_functions_it_takes_and_where() -> None:
    closed = read_agent(BOOKING + "client_tools: false\n", "test")
    assert taken(closed, (SHOW,)) == ()
    some = read_agent(BOOKING + "client_tools: [hide_map]\n", "test")
    assert taken(some, (SHOW, HIDE)) == (HIDE,)
    state = replace(booking().states[0], client_tools=("show_map",))
    assert callable_in(booking(), state, (SHOW, HIDE)) == ("show_map",)
    assert callable_in(booking(), replace(state, client_tools=()), (SHOW, HIDE)) == ()
    assert closed.hash != some.hash != booking().hash


def test_the_model_is_told_of_all_functions_and_which_may_be_called_now() -> None:
    asked = request(Dialogue.begin(booking()), (), functions=(SHOW, OWN))
    assert asked.tools[-1] is SHOW and OWN not in asked.tools
    assert "show_map" in str(asked.messages[-1])
    assert request(Dialogue.begin(booking()), ()).tools == asked.tools[:-1]


def test_what_comes_back_stands_where_the_call_was_made() -> None:
    call = ToolCall("c1", "show_map", "{}")
    pending = Dialogue.begin(booking()).used(call, "pending").heard("hello")
    assert pending.returned(call, "shown").history[0] == Used(call, "shown")
    assert len(pending.returned(call, "shown").history) == 2
    assert Dialogue.begin(booking()).returned(call, "shown").history == (Used(call, "shown"),)
