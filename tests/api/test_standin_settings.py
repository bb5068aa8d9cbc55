"""What the stand-in's latency may be is known before it is started."""

import pytest

from api.standin_settings import check_latency


@pytest.mark.parametrize("text", ["zero", "fixed", "fixed:stt=300,llm=400", "openai-2026"])
def test_a_latency_that_the_stand_in_knows_stays_as_it_is(text: str) -> None:
    assert check_latency(text) == text


@pytest.mark.parametrize("text", ["realistic", "zero:1", "fixed:ear=3", "fixed:stt=soon"])
def test_any_other_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition(":")[0]):
        check_latency(text)
