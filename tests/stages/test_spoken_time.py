import pytest

from stages.spoken_time import dates, times


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("at 7 a.m., not 8", "at seven AM, not 8"),
        ("at 11:15PM", "at eleven fifteen PM"),
        ("from 1:00 to 2:30 pm", "from one to two thirty PM"),
        ("25:99 and 12:34:56", "25:99 and 12:34:56"),
        ("at 13 pm", "at one PM"),
    ],
)
def test_times_of_day(written: str, said: str) -> None:
    assert times(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Wed, March 4", "Wednesday, March fourth"),
        ("by 2/3", "by February third"),
        ("2/3 of us", "two thirds of us"),
        ("in 2031", "in twenty thirty-one"),
        ("in 2000 cases", "in 2000 cases"),
        ("February 30", "February thirtieth"),
        ("99/99/2020 and 2020-99-99", "99/99/2020 and 2020-99-99"),
        ("1/1/49 or 1/1/50", "January first, twenty forty-nine or January first, nineteen fifty"),
    ],
)
def test_dates(written: str, said: str) -> None:
    assert dates(written) == said


@pytest.mark.parametrize("written", ["We sat in the sun.", "It may march on.", "They wed in Dec", "the mon amour"])
def test_words_that_look_like_days_stay(written: str) -> None:
    assert dates(written) == written
