import yaml

from stages.dialogue.contradictions import contradictions


def told(text: str) -> list[str]:
    return contradictions(yaml.safe_load(text))


def test_an_enum_has_values_and_nothing_else_has() -> None:
    assert told("fields: [{name: a, type: enum}, {name: b, values: [x]}, {name: c, type: enum, values: [x, y]}]") == [
        "fields[0].values: an enum needs the values that it may have",
        "fields[1].values: only a field of type enum has values",
    ]


def test_a_field_of_high_risk_is_always_confirmed() -> None:
    complaint = "a field of high risk has to be confirmed; 'never' is not possible"
    assert told("fields: [{name: a, risk: high, confirm: never}]") == [f"fields[0].confirm: {complaint}"]
    assert told("{confirm: never, fields: [{name: a, risk: high}]}") == [f"fields[0].confirm: {complaint}"]
    assert told("{confirm: never, fields: [{name: a, risk: high, confirm: always}, {name: b}]}") == []


def test_a_tool_of_ones_own_says_what_it_is_and_whether_it_writes() -> None:
    assert told("tools: [{name: mine}]") == [
        "tools[0]: 'mine' is not built in, so it needs 'python: module:function' or 'http: URL'",
        "tools[0].access: say whether it only reads or also writes: read or write",
    ]
    both = "{name: m, access: read, python: 'a:b', http: {url: x}, parameters: {a: 1}, description: d}"
    assert [line.split(":")[0] for line in told(f"tools: [{both}]")] == ["tools[0].http", "tools[0].parameters"]
    assert [line.split(":")[0] for line in told("tools: [{name: m, access: read, http: x}]")] == [
        "tools[0].description"
    ]


def test_only_a_read_is_prefetched_and_only_a_write_has_a_key() -> None:
    assert told("tools: [{name: m, access: write, python: 'a:b', prefetch: true, idempotency_key: [x]}]") == [
        "tools[0].prefetch: only a read may run before it is asked for"
    ]
    assert told("tools: [{name: m, access: read, python: 'a:b', prefetch: true, idempotency_key: [x]}]") == [
        "tools[0].idempotency_key: only a write has one"
    ]


def test_a_built_in_tool_is_not_replaced() -> None:
    assert told("tools: [schedule, {name: schedule, requires: [a], claims: [booked]}]") == []
    assert [line.split(":")[0] for line in told("tools: [{name: lookup, python: 'a:b', access: read}]")] == [
        "tools[0].python", "tools[0].access",
    ]  # fmt: skip


def test_a_guard_asks_for_a_value_that_the_field_can_have() -> None:
    fields = "fields: [{name: urgency, type: enum, values: [low, high]}]"
    move = "{next_step: b, condition: c, guards: [{field: urgency, values: [high, hihg]}]}"
    assert told(f"{fields}\nstates: [{{id: a, transitions: [{move}]}}]") == [
        "states[0].transitions[0].guards[0].values: 'hihg' is none of the field's values: low, high"
    ]


def test_silences_grow_and_the_warning_comes_before_the_end() -> None:
    assert told("limits: {silence_seconds: [12, 12, 40], call_seconds: 30}") == [
        "limits.silence_seconds: each one must be longer than the one before",
        "limits.warn_seconds: must be shorter than the call",
    ]


def test_parts_of_the_wrong_shape_are_left_to_others() -> None:
    assert told("{fields: 3, tools: [4], states: [{transitions: x}], limits: [], confirm: 7}") == []
