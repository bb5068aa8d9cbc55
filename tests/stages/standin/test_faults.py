"""Faults are read strictly and counted off."""

import pytest

from stages.standin.faults import Fault, FaultBook, made, parse


def test_a_status_with_its_options_is_read() -> None:
    assert parse("stt:503,retry_after=1,times=2") == Fault("stt", "503", times=2, retry_after="1")
    assert parse("stt:503").status == 503
    assert parse("llm:reset").status is None


def test_options_are_read_as_numbers() -> None:
    fault = parse("tts:drip,after=4800,rate=2.5,times=always,probability=0.25")
    assert fault == Fault("tts", "drip", times=None, probability=0.25, after=4800, rate=2.5)


def test_a_garbled_retry_after_is_kept_as_it_is() -> None:
    assert parse("llm:429,retry_after=soon").retry_after == "soon"


@pytest.mark.parametrize(
    "text",
    [
        "stt",
        "stt:",
        ":503",
        "ears:503",
        "stt:200",
        "stt:600",
        "stt:explode",
        "stt:503,times=0",
        "stt:503,times=often",
        "stt:503,probability=0",
        "stt:503,probability=2",
        "stt:503,colour=red",
        "stt:503,times",
        "tts:stall,after=-1",
        "tts:drip,rate=0",
        "tts:slow,seconds=nan",
        "tts:slow,seconds=inf",
    ],
)
def test_a_wrong_fault_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_parts_make_the_same_fault_as_text() -> None:
    assert made({"stage": "stt", "kind": "503", "times": None}) == parse("stt:503,times=always")
    assert made({"stage": "stt", "kind": 503}) == parse("stt:503")
    with pytest.raises(ValueError, match="stage and a kind"):
        made({"stage": "stt"})


def test_what_is_shown_can_be_read_again() -> None:
    fault = parse("tts:stall,after=10,times=3")
    assert made(fault.shown()) == fault


def test_a_fault_strikes_so_many_times_and_only_its_stage() -> None:
    book = FaultBook([parse("stt:503,times=2")])
    assert book.take("llm") is None
    assert [fault is not None for fault in (book.take("stt"), book.take("stt"), book.take("stt"))] == [
        True,
        True,
        False,
    ]
    assert book.pending() == ()


def test_the_first_scripted_fault_strikes_first() -> None:
    book = FaultBook([parse("stt:503"), parse("any:429")])
    assert [fault.kind for fault in (book.take("stt"), book.take("stt")) if fault] == ["503", "429"]


def test_always_is_always_until_it_is_cleared() -> None:
    book = FaultBook([parse("tts:empty,times=always")])
    assert all(book.take("tts") for _ in range(100))
    book.clear()
    assert book.take("tts") is None


def test_probability_is_drawn_from_the_seed() -> None:
    def strikes(seed: int) -> list[bool]:
        book = FaultBook([parse("llm:500,probability=0.3,times=always")], seed)
        return [book.take("llm") is not None for _ in range(1000)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 230 < sum(strikes(1)) < 370
