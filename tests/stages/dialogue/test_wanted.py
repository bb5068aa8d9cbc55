from stages.dialogue.wanted import Field


def test_a_fields_name_is_said_with_spaces() -> None:
    assert Field("order_number").label == "order number"
    assert Field("phone").label == "phone number"
    assert Field("call-back.phone").label == "call back phone"
