"""Pairs of what a model writes and what the voice gets. The bank grows with every mistake that is heard."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.sentences import is_speakable
from stages.spoken import has_words, spoken

BANK = """
# money
It costs $125.50 today. => It costs one hundred twenty-five dollars and fifty cents today.
That is $1. => That is one dollar.
It is $0.99. => It is ninety-nine cents.
It is $0.01. => It is one cent.
It is $1,250,000. => It is one million two hundred fifty thousand dollars.
About $1.5 million => About one point five million dollars
A budget of $2k => A budget of two thousand dollars
around $10-$15 => around ten to fifteen dollars
$10-15 each => ten to fifteen dollars each
from $1,000 to $2,500 => from one thousand to two thousand five hundred dollars
We charge $90/hour. => We charge ninety dollars per hour.
We charge $45 / visit. => We charge forty-five dollars per visit.
a $50 deposit => a fifty dollar deposit
a $50. => a fifty dollars.
the $20 fee => the twenty dollars fee
a balance of -$12 => a balance of minus twelve dollars
£45.20 and €30 => forty-five pounds and twenty pence and thirty euros
£0.01 => one penny
¥500 => five hundred yen
$1.00 => one dollar
# times
at 2:30pm => at two thirty PM
at 2 PM sharp => at two PM sharp
at 9am. => at nine AM.
at 10:05 a.m. tomorrow => at ten oh five AM tomorrow
Come at 5 p.m. We are there. => Come at five PM. We are there.
Come at 5 p.m. => Come at five PM.
at 10:00 => at ten o'clock
at 14:30 => at two thirty PM
at 00:15 => at twelve fifteen AM
at 12pm => at noon
at 12:00 AM => at midnight
at 12:30 pm => at twelve thirty PM
open 9am-5pm => open nine AM to five PM
open 9-5pm => open nine to five PM
8:00 a.m. to 6:00 p.m. daily => eight AM to six PM daily
10:30–11:45 => ten thirty to eleven forty-five
8:30-17:00 => eight thirty to five PM
at 23:59 => at eleven fifty-nine PM
# dates
on 3/14 => on March fourteenth
on 1/2 => on January second
Born 11/02/1969. => Born November second, nineteen sixty-nine.
Due 2026-11-23. => Due November twenty-third, twenty twenty-six.
12/25/24 => December twenty-fifth, twenty twenty-four
25/12/2024 => December twenty-fifth, twenty twenty-four
Jan 5 => January fifth
Jan. 5th works => January fifth works
November 23rd, 2026 => November twenty-third, twenty twenty-six
May 1 => May first
Sept. 30, 2005 => September thirtieth, two thousand five
Jan 5-7 => January fifth to seventh
5 January 2026 => January fifth, twenty twenty-six
the 21st of March => March twenty-first
the 21st => the twenty-first
in Nov. we close => in November we close
Mon-Fri => Monday to Friday
Tues. at noon => Tuesday at noon
Thurs works => Thursday works
Sat, Nov 22 => Saturday, November twenty-second
Mon. the 5th => Monday the fifth
in 1998 => in nineteen ninety-eight
since 1905 => since nineteen oh five
in 2000 => in two thousand
June 2027 => June twenty twenty-seven
the 1990s => the 1990s
13/13/2020 => 13/13/2020
# mail and pages
Write to jane_doe@example.com. => Write to jane underscore doe at example dot com.
j.doe+test@mail.example.co.uk => j dot doe plus test at mail dot example dot co dot U K
ann-marie42@x-mail.org? => ann dash marie 4 2 at x dash mail dot org?
See www.example.com. => See example dot com.
https://example.com/help is best => example dot com slash help is best
parley.io => parley dot io
# telephone and ZIP
Call 415-555-0192 now. => Call 4 1 5, 5 5 5, 0 1 9 2 now.
Call (415) 555-0192. => Call 4 1 5, 5 5 5, 0 1 9 2.
Call +1 415.555.0192. => Call 1, 4 1 5, 5 5 5, 0 1 9 2.
Call 555-0192. => Call 5 5 5, 0 1 9 2.
+44 20 7946 0958 => 4 4, 2 0, 7 9 4 6, 0 9 5 8
555-0192 ext. 42 => 5 5 5, 0 1 9 2 extension 42
Menlo Park, CA 94063. => Menlo Park, CA 9 4 0 6 3.
CA 94063-1234 => CA 9 4 0 6 3, 1 2 3 4
The zip code is 02139. => The zip code is 0 2 1 3 9.
# identifiers
Your code is QX7429. => Your code is Q X, 7 4 2 9.
AB-1234 => A, B, 1 2 3 4
order 4471 => order 4 4 7 1
order #4471-2 => order number 4 4 7 1, 2
the status of job 4172 => the status of job 4 1 7 2
Ticket number 20931, please. => Ticket number 2 0 9 3 1, please.
confirmation number is 8841 => confirmation number is 8 8 4 1
case no. 991 => case number 9 9 1
RMA-20931 => R M A, 2 0 9 3 1
ORDER-4711 => ORDER, 4 7 1 1
Your number is 4711004711. => Your number is 4 7 1 1 0 0 4 7 1 1.
PIN 0042 => PIN 0 0 4 2
#5 => number 5
an order of 1,500 => an order of one thousand five hundred
order 500 units => order 500 units
in case 2 of 3 fail => in case 2 of 3 fail
COVID-19 => COVID-19
100GB => one hundred gigabytes
# streets
123 Creek Dr. in town => 123 Creek Drive in town
We are at 5 Old Mill Rd. => We are at 5 Old Mill Road.
It is at 123 Creek Dr. Come by! => It is at 123 Creek Drive. Come by!
415 N. Main St., Apt. 2 => 415 North Main Street, Apartment 2
1420 SW Oak Blvd => 1420 Southwest Oak Boulevard
12 5th Ave, please => 12 fifth Avenue, please
9 St. Mary St., Ste. 200 => 9 St. Mary Street, Suite 200
# units, percent, ranges
30 mi away => thirty miles away
1 lb => one pound
5 ft 11 in => five feet eleven inches
72°F => seventy-two degrees Fahrenheit
-5°C => minus five degrees Celsius
-5 degrees => minus five degrees
20% => twenty percent
3.5% => three point five percent
10-15% off => ten to fifteen percent off
100 sq ft => one hundred square feet
60 mph => sixty miles per hour
1,250 kWh => one thousand two hundred fifty kilowatt hours
5-10 min => five to ten minutes
5-10 people => 5 to 10 people
pages 10–12 => pages 10 to 12
3-2 => 3-2
2 hrs. later => two hours later
12 oz. cup => twelve ounces cup
# numbers
15,000 people => fifteen thousand people
3.14 => three point one four
the 2nd and 33rd => the second and thirty-third
1/2 of it => one half of it
3/4 cup => three quarters cup
No. 5 => number 5
2 + 3 => 2 plus 3
a 10 x 12 room => a 10 by 12 room
# abbreviations
e.g. a tap => for example, a tap
i.e., a leak => that is, a leak
taps, sinks, etc. => taps, sinks, et cetera.
approx. 5 => approximately 5
Smith vs. Jones => Smith versus Jones
your appt. is set => your appointment is set
bed & breakfast => bed and breakfast
w/ tax or w/o => with tax or without
24/7 => twenty-four seven
ASAP => as soon as possible
and/or => and or
# markup and pictures
**Great**, see [our page](https://example.com). => Great, see our page.
Lovely 😀 day => Lovely day
"""
PAIRS = [line.split(" => ") for line in BANK.strip().splitlines() if " => " in line]
AS_WRITTEN = (
    "Dr. Nguyen will see you.", "That makes 15000 dollars.", "Flight 4711-12.", "St. Mary Street",
    "There are 3 of us, and 42 more.", "It was in May.", "Mr. Smith sat on the mat.", "The sun is out.",
    "You spelled that J-A-N-E.", "Version v2.0 is here.", "May I ask?", "I'll march on.", "No. Five.", "one-two-three",
)  # fmt: skip


def test_the_bank_is_large() -> None:
    assert len(PAIRS) >= 120
    assert len({written for written, _ in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("written", "said"), PAIRS)
def test_is_said(written: str, said: str) -> None:
    assert spoken(written) == said


def test_lines_become_one() -> None:
    assert spoken("# Title\n- one\n- two") == "Title one two"


@pytest.mark.parametrize("written", AS_WRITTEN)
def test_stays_as_written(written: str) -> None:
    assert spoken(written) == written


@pytest.mark.parametrize("said", [*(said for _, said in PAIRS), *AS_WRITTEN])
def test_what_is_spoken_already_stays(said: str) -> None:
    assert spoken(said) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "Schreiben Sie an jan_doe@beispiel.de.", "Schreiben Sie an jan Unterstrich doe ät beispiel Punkt D E."),
        ("es", "ana@ejemplo.com", "ana arroba ejemplo punto com"),
        ("fr", "ana.b@exemple.com", "ana point b arobase exemple point com"),
        ("de", "Am 5.3. kostet es 12,50 €.", "Am 5.3. kostet es 12,50 €."),
        ("de", "Rufen Sie 555-0192 an, Nummer 4711004711.", "Rufen Sie 5 5 5, 0 1 9 2 an, Nummer 4 7 1 1 0 0 4 7 1 1."),
        ("ja", "ana@example.com", "ana@example.com"),
    ],
)
def test_other_languages_get_only_what_their_table_knows(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


KINDS = st.sampled_from(
    "{a}|${a}|${a}.{b:02}|{a},{c:03}|{d}:{b2:02}|{d}pm|{d}:{b2:02} a.m.|{d}/{e}|{d}/{e}/20{b:02}|Jan {e}|the {e}th|{a}%"
    "|{a}-{c} days|order {a}|AB-{c:03}|#{a}|555-{a:04}|{b} mi|{d}-{e}|({c:03}) 555-{a:04}|x{b}@example.com|in 19{b:02}"
    "|{a}.{b} kg|0{a}|{a}{c:03}{a}".split("|")
)
NUMBERS = st.fixed_dictionaries(
    {
        "a": st.integers(0, 9999),
        "b": st.integers(0, 99),
        "b2": st.integers(0, 59),
        "c": st.integers(0, 999),
        "d": st.integers(1, 12),
        "e": st.integers(1, 31),
    }
)


@st.composite
def sentences(draw: st.DrawFn) -> str:
    parts = [draw(KINDS).format(**draw(NUMBERS)) for _ in range(draw(st.integers(1, 4)))]
    return f"It is {draw(st.sampled_from([' and ', ', then ', ' or ']))}".join(["", *parts]) + "."


@given(sentences())
def test_what_was_made_is_not_made_again(written: str) -> None:
    assert spoken(spoken(written)) == spoken(written)


@given(st.text(max_size=200) | sentences(), st.sampled_from(["en", "de", "xx"]))
def test_any_text_becomes_one_line(written: str, language: str) -> None:
    said = spoken(written, language)
    assert said == " ".join(said.split())
    assert len(said) <= 40 * len(written) + 40


@given(st.integers(0, 9_999_999_999))
def test_no_digit_of_an_identifier_is_lost(number: int) -> None:
    said = spoken(f"Your order number is {number:06}.")
    assert re.sub(r"\D", "", said) == f"{number:06}"
    assert re.fullmatch(r"Your order number is (\d ){5,}\d\.", said)


@given(st.text("0123456789.,-/:$%@ #apmAB", max_size=60))
def test_heaps_of_signs_are_survived(written: str) -> None:
    spoken(written)


@given(st.text(alphabet="ab1 []()*_#@.-\u20acé☎😀\U0001f100\n", max_size=16))
def test_whether_there_is_anything_to_say_is_told_as_the_wording_tells_it(text: str) -> None:
    assert has_words(text) is is_speakable(spoken(text))
