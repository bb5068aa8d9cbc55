"""The two ways in which OpenAI writes events."""

from stages.standin import sse


def test_one_family_has_event_lines_and_one_has_not() -> None:
    event = {"type": "a.b", "text": "naïve"}
    assert sse.data_only(event) == 'data: {"type":"a.b","text":"naïve"}\n\n'.encode()
    assert sse.with_event(event) == b"event: a.b\n" + sse.data_only(event)


def test_a_line_break_in_a_text_does_not_end_the_event() -> None:
    assert sse.data_only({"text": "a\n\nb"}).count(b"\n") == 2
