import pytest

from stages.spoken import spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Call 415-555-0192 now.", "Call 4 1 5, 5 5 5, 0 1 9 2 now."),
        ("Call (415) 555-0192.", "Call 4 1 5, 5 5 5, 0 1 9 2."),
        ("Call +1 415.555.0192.", "Call 1, 4 1 5, 5 5 5, 0 1 9 2."),
        ("Menlo Park, CA 94063.", "Menlo Park, CA 9 4 0 6 3."),
        ("The zip code is 02139.", "The zip code is 0 2 1 3 9."),
        ("123 Creek Dr. in town", "123 Creek Drive in town"),
        ("We are at 5 Old Mill Rd.", "We are at 5 Old Mill Road."),
        ("It is at 123 Creek Dr. Come by!", "It is at 123 Creek Drive. Come by!"),
        ("Your number is 4711004711.", "Your number is 4 7 1 1 0 0 4 7 1 1."),
        ("**Great**, see [our page](https://example.com).", "Great, see our page."),
        ("# Title\n- one\n- two", "Title one two"),
        ("Lovely 😀 day", "Lovely day"),
    ],
)
def test_is_said(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    "written",
    [
        "It is 3/14 at 2:30pm, for $125.50.",
        "Born 11/02/1969.",
        "Write to jane_doe@example.com.",
        "Your code is QX7429.",
        "Dr. Nguyen will see you.",
        "That makes 15000 dollars.",
        "It is $1,250,000.",
        "Flight 4711-12.",
        "St. Mary Street",
    ],
)
def test_stays_as_written(written: str) -> None:
    assert spoken(written) == written
