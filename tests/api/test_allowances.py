"""Each key holds as many calls as it may."""

import pytest

from api.allowances import Allowances
from api.principal import Principal
from pipeline.errors import TooBusy


def test_a_key_may_hold_so_many_and_gets_each_place_back() -> None:
    allowances, key = Allowances(), Principal("key", "a", most_calls=2)
    first, second = allowances.take(key), allowances.take(key)
    with pytest.raises(TooBusy) as refused:
        allowances.take(key)
    assert refused.value.code == "key_busy"
    first()
    third = allowances.take(key)
    second()
    third()
    assert allowances._held == {}


def test_a_secret_counts_for_the_key_that_it_was_made_with() -> None:
    allowances = Allowances()
    allowances.take(Principal("secret", "a", most_calls=1))
    with pytest.raises(TooBusy):
        allowances.take(Principal("key", "a", most_calls=1))
    allowances.take(Principal("key", "b", most_calls=1))


def test_who_has_no_limit_is_not_counted() -> None:
    allowances = Allowances()
    for principal in (None, Principal("console", "console"), Principal("key", "a")):
        for _ in range(3):
            allowances.take(principal)()
    assert allowances._held == {}
