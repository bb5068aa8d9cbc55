import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

import pytest

from pipeline.errors import ProviderUnavailable
from stages.ports import ChatPiece, TextPiece, ToolCall, Usage
from stages.useful import MOST_SILENCE, PROGRESS, Hush, Signs, first_sound, first_words, is_progress, is_useful
from tests.support.providers import hush, tone

T = TypeVar("T")
CALL = ToolCall("1", "lookup", "{}")


async def stream(*pieces: T) -> AsyncGenerator[T, None]:
    for piece in pieces:
        yield piece


def words(*pieces: ChatPiece) -> tuple[list[ChatPiece] | str, str]:
    """The lead or the fault's code, and the code of a timeout after what was seen."""
    signs = Signs()
    try:
        return asyncio.run(first_words(stream(*pieces), signs)), signs.code
    except ProviderUnavailable as fault:
        return fault.code, signs.code


def sound(*pieces: bytes) -> tuple[list[bytes] | str, str]:
    signs = Signs()
    try:
        return asyncio.run(first_sound(stream(*pieces), signs)), signs.code
    except ProviderUnavailable as fault:
        return fault.code, signs.code


@pytest.mark.parametrize(
    ("piece", "useful", "progress"),
    [
        (TextPiece(""), False, False),
        (TextPiece(" \n"), False, False),
        (TextPiece(" a"), True, True),
        (CALL, True, True),
        (Usage(), False, True),
    ],
)
def test_words_and_calls_are_useful(piece: ChatPiece, useful: bool, progress: bool) -> None:
    assert (is_useful(piece), is_progress(piece)) == (useful, progress)


def test_everything_up_to_the_first_useful_piece_but_signs_of_life_leads() -> None:
    lead, _ = words(TextPiece(""), TextPiece(" "), TextPiece("Hi"), TextPiece("never read"))
    assert lead == [TextPiece(" "), TextPiece("Hi")]


@pytest.mark.parametrize(
    ("pieces", "fault", "timeout"),
    [
        ((), "empty", "first_byte_timeout"),
        ((TextPiece(""),), "empty", "signs_of_life"),
        ((TextPiece(""), TextPiece(" ")), "blank_text", "blank_text"),
        ((TextPiece(" "), TextPiece("")), "blank_text", "blank_text"),
        ((TextPiece(" "), Usage()), "blank_text", "blank_text"),
        ((Usage(), TextPiece("late")), "empty", "first_byte_timeout"),
    ],
)
def test_what_came_short_of_words_is_told_apart(pieces: tuple[ChatPiece, ...], fault: str, timeout: str) -> None:
    assert words(*pieces) == (fault, timeout)


@pytest.mark.parametrize(
    ("pieces", "fault", "timeout"),
    [
        ((), "empty", "first_byte_timeout"),
        ((b"",), "empty", "signs_of_life"),
        ((b"", hush(20)), "silent_audio", "silent_audio"),
        (tuple(hush(100) for _ in range(100)), "silent_audio", "silent_audio"),
    ],
)
def test_what_came_short_of_sound_is_told_apart(pieces: tuple[bytes, ...], fault: str, timeout: str) -> None:
    assert sound(*pieces) == (fault, timeout)


def test_sound_is_found_across_the_edges_of_pieces() -> None:
    whole = hush(50) + tone(20)
    pieces = [whole[at : at + 100] for at in range(0, len(whole), 100)]
    lead, _ = sound(*pieces)
    assert isinstance(lead, list) and b"".join(lead) == whole[: len(b"".join(lead))]
    assert len(b"".join(lead)) <= len(hush(50)) + 2 * 240


def test_a_stream_that_fails_while_it_leads_is_closed() -> None:
    closed = []

    async def broken() -> AsyncGenerator[ChatPiece, None]:
        try:
            yield TextPiece(" ")
            raise ProviderUnavailable("llm", "down", code="server_error")
        finally:
            closed.append(True)

    with pytest.raises(ProviderUnavailable):
        asyncio.run(first_words(broken(), Signs()))
    assert closed


def test_silence_is_borne_to_a_limit_and_sound_begins_the_count_anew() -> None:
    watch = Hush()
    for _ in range(3):
        for _ in range(MOST_SILENCE // len(hush(100))):
            watch.hears(hush(100))
        assert watch.hears(tone(20))
    with pytest.raises(ProviderUnavailable) as silent:
        for _ in range(MOST_SILENCE // len(hush(100)) + 1):
            watch.hears(hush(100))
    assert silent.value.code == "silent_audio"


def test_a_drip_of_sound_is_no_progress() -> None:
    watch, drop = Hush(), tone(10)
    progress = [watch.progressed(drop) for _ in range(2 * PROGRESS // len(drop))]
    assert sum(progress) == 2


def test_soft_speech_keeps_a_stream_alive_and_hum_does_not() -> None:
    soft, hum = Hush(), Hush()
    for _ in range(60):
        soft.progressed(tone(100, level=450))
    with pytest.raises(ProviderUnavailable) as silent:
        for _ in range(60):
            hum.progressed(tone(100, level=100))
    assert silent.value.code == "silent_audio"
