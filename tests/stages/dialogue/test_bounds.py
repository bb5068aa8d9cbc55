from stages.dialogue.bounds import CallLimits


def test_a_call_without_limits_goes_on() -> None:
    assert not CallLimits().are_reached(10_000, 10_000_000)


def test_the_last_allowed_turn_is_still_answered() -> None:
    assert not CallLimits(turns=3).are_reached(3, 0)
    assert CallLimits(turns=3).are_reached(4, 0)


def test_spent_tokens_end_the_call() -> None:
    assert not CallLimits(tokens=1000).are_reached(1, 999)
    assert CallLimits(tokens=1000).are_reached(1, 1000)
