from stages.dialogue.examples.jobs import find_job


def test_a_job_is_found_by_its_number() -> None:
    assert "on site" in find_job("4172")["status"]
    assert find_job("job 4-1-7-2") == find_job("4172")


def test_an_unknown_job_is_named_as_such() -> None:
    assert find_job("9999") == {"status": "There is no job with the number 9999."}
