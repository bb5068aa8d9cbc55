from api.wire.realtime_shapes import Names, response, session, usage


def test_ids_are_unique_and_the_same_for_the_same_call() -> None:
    first, again = Names.of("call_abc"), Names.of("call_abc")
    ids = [first.new("item") for _ in range(5)]
    assert len(set(ids)) == 5
    assert ids == [again.new("item") for _ in range(5)]


def test_a_response_has_its_empty_keys_present() -> None:
    made = response("resp_1", "conv_1", "in_progress")
    assert {"usage", "metadata", "status_details"} <= {key for key, value in made.items() if value is None}


def test_a_session_names_its_agent_and_cannot_be_changed_by_accident() -> None:
    one, two = session("call_1", "reception"), session("call_1", "reception")
    assert one == two
    assert one["model"] == "parley:reception"
    assert one["audio"]["input"]["turn_detection"] is not two["audio"]["input"]["turn_detection"]


def test_usage_adds_up() -> None:
    made = usage(100, 20, 60)
    assert made["total_tokens"] == made["input_tokens"] + made["output_tokens"] == 120
    assert made["input_token_details"]["cached_tokens"] == 60
