import pytest

from benchmarks.fuzz_http import Outcome, fuzz, running


@pytest.mark.timeout(180)
def test_three_hundred_odd_requests_find_no_bug_and_leave_the_service_well() -> None:
    with running() as service:
        outcome = fuzz(service, 300, 7)
    assert outcome.found == []
    assert {"200", "400", "401", "404"} <= set(outcome.statuses)


def test_a_bug_would_be_found() -> None:
    outcome = Outcome()
    for status in (200, 404, 503, None):
        outcome.note(status, "fine")
    assert outcome.found == []
    outcome.note(500, "GET /")
    assert outcome.found == ["500: GET /"]
