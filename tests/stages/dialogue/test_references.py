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
