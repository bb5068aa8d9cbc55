from api.wire.realtime_shapes import Names, agent_item, logprobs, part, response, usage
from pipeline.flow import Token


def test_ids_are_unique_and_the_same_for_the_same_call() -> None:
    first, again = Names.of("call_abc"), Names.of("call_abc")
    ids = [first.new("item") for _ in range(5)]
    assert len(set(ids)) == 5
    assert ids == [again.new("item") for _ in range(5)]


def test_a_response_has_its_empty_keys_present() -> None:
    made = response("resp_1", "conv_1", "in_progress")
    assert {"usage", "metadata", "status_details"} <= {key for key, value in made.items() if value is None}


def test_usage_adds_up() -> None:
    made = usage(100, 20, 60)
    assert made["total_tokens"] == made["input_tokens"] + made["output_tokens"] == 120
    assert made["input_token_details"]["cached_tokens"] == 60


def test_a_part_and_the_content_of_an_item_are_typed_differently() -> None:
    assert part("hi") == {"type": "audio", "transcript": "hi"}
    assert part("hi", "text") == {"type": "text", "text": "hi"}
    assert agent_item("item_1", "completed", "hi")["content"] == [{"type": "output_audio", "transcript": "hi"}]
    assert agent_item("item_1", "completed", "hi", "text")["content"] == [{"type": "output_text", "text": "hi"}]
    assert agent_item("item_1", "in_progress")["content"] == []


def test_the_bytes_of_a_token_are_those_of_its_text() -> None:
    assert logprobs((Token("é", -0.5),)) == [{"token": "é", "logprob": -0.5, "bytes": [195, 169]}]
