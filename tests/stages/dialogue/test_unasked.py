"""A new field is three lines: what no state asks for gets a state of its own."""

import asyncio
from dataclasses import replace

from stages.dialogue.load import read_agent
from stages.dialogue.spec import State, Transition
from stages.dialogue.unasked import with_questions
from stages.dialogue.wanted import Field
from stages.standin.engines.rules import RulesEngine
from tests.stages.conversation import Conversation, EngineChat

ASKED = Field("order", required=True)
STATES = (
    State("1", expects="order", transitions=(Transition("2", "Once it is noted."),), tools=("lookup",)),
    State("2", expects="topic", transitions=(Transition("3", "a return"), Transition("4", "anything else"))),
    State("3"),
    State("4"),
)

SHOP = """
name: shop
objective: Take an order number.
greeting: Hello.
disclosure: I'm an AI.
question: What is the order number?
fields:
  - name: order_number
    type: id
    required: true
states:
  - id: 1_order
    expects: order_number
    examples: ["What is the order number?"]
    transitions: [{next_step: 2_end, condition: Once the number is noted.}]
  - id: 2_end
    expects: yes_no
    examples: ["Anything else?"]
    transitions: []
"""
MORE = """    required: true
  - name: pet_name
    type: name
    required: true
"""


def test_nothing_changes_where_every_required_field_is_asked_for_or_none_is() -> None:
    assert with_questions(STATES, [ASKED, Field("topic"), Field("note")]) == STATES
    named = (replace(STATES[0], requires=("phone",)), *STATES[1:])
    assert with_questions(named, [ASKED, Field("phone", required=True)]) == named
    silent = tuple(replace(state, expects=None) for state in STATES)
    assert with_questions(silent, [ASKED]) == silent


def test_a_question_stands_behind_that_of_the_field_before_it_and_leads_where_that_led() -> None:
    made = with_questions(STATES, [ASKED, Field("phone", type="phone", required=True), Field("topic")])
    assert [state.id for state in made] == ["1", "ask_phone", "2", "3", "4"]
    assert made[0].transitions == (Transition("ask_phone", "Once it is noted."),)
    asking = made[1]
    assert (asking.expects, asking.transitions, asking.tools) == ("phone", STATES[0].transitions, ("lookup",))
    assert asking.examples == ("What is your phone number?",)


def test_a_state_with_several_ways_out_leaves_the_choice_to_the_question_behind_it() -> None:
    own = Field("colour", required=True, description="the colour", question="Which colour?")
    made = with_questions(STATES, [Field("topic"), own])
    assert made[1].transitions == (Transition("ask_colour", "Once topic is noted."),)
    assert made[2].transitions == STATES[1].transitions
    assert (made[2].examples, made[2].description) == (("Which colour?",), "Ask for the colour.")


def test_two_of_them_are_asked_in_the_order_of_the_file_and_names_stay_their_own() -> None:
    fields = [ASKED, Field("a", required=True), Field("b", required=True)]
    taken = (*STATES, State("ask_a"))
    assert [state.id for state in with_questions(taken, fields)][:3] == ["1", "ask_a_", "ask_b"]


def test_three_lines_of_yaml_are_asked_for_noted_and_waited_for() -> None:
    async def held() -> None:
        spec = read_agent(SHOP.replace("    required: true\n", MORE), "shop.yaml")
        talk = Conversation(spec, EngineChat(RulesEngine()))
        await talk.greet()
        assert "What is your pet name?" in (await talk.say("AB 1234")).text
        reply = await talk.say("Rex")
        assert "Anything else?" in reply.text
        assert (talk.fields, talk.state) == ({"order_number": "AB1234", "pet_name": "Rex"}, "2_end")

    asyncio.run(held())
