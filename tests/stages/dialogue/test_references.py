from stages.dialogue.references import dangling, near


def test_a_near_miss_is_told_what_was_meant_and_a_far_one_what_there_is() -> None:
    assert near("schedul", ["lookup", "schedule"]) == "did you mean 'schedule'?"
    assert near("x", ["lookup", "schedule"]) == "there is lookup, schedule"
    assert near("x", []) == "there is none"


def test_a_lookup_needs_something_to_look_up() -> None:
    assert dangling({"tools": ["lookup"]}) == ["facts: the tool 'lookup' needs at least one topic here"]
    assert dangling({"tools": ["lookup"], "facts": {"hours": "always"}}) == []


def test_an_unknown_step_is_a_way_out_unless_it_looks_like_a_slip() -> None:
    def leading_to(step: str) -> list[str]:
        return dangling({"states": [{"id": "ask_name", "transitions": [{"next_step": step}]}, {"id": "done"}]})

    assert leading_to("done") == []
    assert leading_to("transferAgents") == []
    assert leading_to("ask_nmae") == [
        "states[0].transitions[0].next_step: 'ask_nmae' is no state; did you mean 'ask_name'?"
    ]


def test_parts_of_the_wrong_shape_are_left_to_others() -> None:
    assert dangling({"states": [3, {"id": 4, "transitions": "x", "tools": 5, "expects": []}], "fields": "no"}) == []


def test_fields_are_known_wherever_they_are_required() -> None:
    told = dangling(
        {
            "fields": [{"name": "order"}, {"name": "kind"}],
            "tools": [{"name": "schedule", "requires": ["ordr"]}],
            "handoffs": [{"agent": "returns", "requires": "x"}],
            "states": [
                {
                    "id": "a",
                    "requires": ["order", "oder"],
                    "transitions": [{"next_step": "a", "requires": ["y"], "guards": [{"field": "knd"}]}],
                }
            ],
        }
    )
    assert [line.split(":")[0] for line in told] == [
        "tools[0].requires[0]", "handoffs[0].requires", "states[0].transitions[0].requires[0]",
        "states[0].transitions[0].guards[0].field", "states[0].requires[1]",
    ]  # fmt: skip
    assert "tools[0].requires[0]: the agent has no field 'ordr'; did you mean 'order'?" in told


def test_a_state_uses_the_tools_that_are_there_described_ones_too() -> None:
    agent = {
        "tools": ["end_call", {"name": "find"}],
        "specialists": [{"name": "law"}],
        "states": [{"id": "a", "tools": ["find", "ask_specialist", "hand_off"], "on_enter": {"tools": ["fnd"]}}],
    }
    assert [line.split(":")[0] for line in dangling(agent)] == ["states[0].tools[2]", "states[0].on_enter.tools[0]"]


def test_nothing_is_there_twice() -> None:
    agent = {
        "tools": [{"name": "find"}, {"name": "find"}],
        "specialists": [{"name": "law"}, {"name": "law"}],
        "handoffs": [{"agent": "returns"}, {"agent": "returns"}],
    }
    assert [line.split(":")[0] for line in dangling(agent)] == [
        "tools[1].name", "specialists[1].name", "handoffs[1].agent",
    ]  # fmt: skip
