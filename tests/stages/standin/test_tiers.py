import pytest

from stages.standin.errors import Refused
from stages.standin.fields import Fields
from stages.standin.tiers import service_tier


@pytest.mark.parametrize(
    ("asked", "served"), [(None, "default"), ("auto", "default"), ("default", "default"), ("priority", "priority")]
)
def test_a_request_is_served_by_the_tier_that_it_names(asked: str | None, served: str) -> None:
    assert service_tier(Fields({"service_tier": asked})) == served


@pytest.mark.parametrize("wrong", ["fastest", 1, True])
def test_a_tier_that_there_is_not_is_refused(wrong: object) -> None:
    with pytest.raises(Refused) as refused:
        service_tier(Fields({"service_tier": wrong}))
    assert refused.value.refusal.param == "service_tier"
