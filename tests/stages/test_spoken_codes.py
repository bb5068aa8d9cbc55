import pytest

from stages.spoken_codes import SIGNS, identifiers, mail_and_pages, postcode, spelt, telephone


def test_every_language_names_the_same_signs() -> None:
    assert {frozenset(signs) for signs in SIGNS.values()} == {frozenset("@._-+/")}


@pytest.mark.parametrize(
    ("code", "said"),
    [("4471", "4 4 7 1"), ("QX7429", "Q X, 7 4 2 9"), ("AB-12", "A, B, 1 2"), ("RETURN-88", "RETURN, 8 8")],
)
def test_a_code_is_spelt_in_groups(code: str, said: str) -> None:
    assert spelt(code) == said


def test_what_counts_is_no_identifier() -> None:
    assert identifiers("we order 500 units of 3 kinds") == "we order 500 units of 3 kinds"
    assert identifiers("policy 48 and flight 4711-12") == "policy 48 and flight 4711-12"


def test_telephone_and_post_codes_lose_no_digit() -> None:
    assert telephone("(415) 555-0192") == "4 1 5, 5 5 5, 0 1 9 2"
    assert postcode("MA 02139") == "MA 0 2 1 3 9"


def test_an_unknown_language_keeps_its_addresses() -> None:
    assert mail_and_pages("a@b.com", "xx") == "a@b.com"
