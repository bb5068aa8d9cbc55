from stages.dialogue.bounds import CallLimits


def test_a_call_without_limits_goes_on() -> None:
    assert not CallLimits().are_reached(10_000, 10_000_000)


def test_the_last_allowed_turn_is_still_answered() -> None:
    assert not CallLimits(turns=3).are_reached(3, 0)
    assert CallLimits(turns=3).are_reached(4, 0)


def test_spent_money_ends_the_call() -> None:
    limits = CallLimits(spend_usd=0.05)
    assert not limits.are_reached(1, 10_000_000, 0.049)
    assert limits.are_reached(1, 0, 0.05)
    assert not CallLimits().are_reached(1, 0, 1000.0)


def test_spent_tokens_end_the_call() -> None:
    assert not CallLimits(tokens=1000).are_reached(1, 999)
    assert CallLimits(tokens=1000).are_reached(1, 1000)
