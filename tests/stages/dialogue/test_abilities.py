from stages.dialogue.abilities import Endpoint, Tool


def test_a_tool_without_code_of_its_own_is_built_in() -> None:
    assert Tool("end_call").built_in
    assert not Tool("find", python="shop:find").built_in
    assert not Tool("find", http=Endpoint("https://shop.example")).built_in
