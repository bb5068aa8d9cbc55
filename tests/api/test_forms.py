"""Forms of strangers."""

import asyncio

import pytest
from fastapi import Request

from api.forms import LONGEST_FIELD, read_form
from pipeline.errors import ProtocolViolation

Part = tuple[str, str | None, bytes]


def body(*parts: Part) -> bytes:
    made = b""
    for name, file, content in parts:
        named = f'; filename="{file}"' if file else ""
        made += f'--y\r\ncontent-disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
    return made + b"--y--\r\n"


def read(content: bytes, kind: str = "multipart/form-data; boundary=y") -> tuple[dict[str, object], int]:
    """Fields as text, files as bytes; and how often the loop could look after others meanwhile."""
    turns = 0

    async def story() -> dict[str, object]:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        request = Request({"type": "http", "headers": [(b"content-type", kind.encode())]}, receive)
        beside = asyncio.ensure_future(others())
        try:
            async with read_form(request) as form:
                return {n: v if isinstance(v, str) else await v.read() for n, v in form.items()}
        finally:
            beside.cancel()

    return asyncio.run(story()), turns


def test_fields_are_text_and_files_are_bytes() -> None:
    form, _ = read(body(("text", None, "später".encode()), ("audio", "a.wav", b"\x00\xff" * 50_000)))
    assert form == {"text": "später", "audio": b"\x00\xff" * 50_000}


def test_a_large_file_is_read_in_steps() -> None:
    _, turns = read(body(("audio", "a.wav", b"\r\n--" * 250_000)))
    assert turns >= 10


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=y"),
        (body(*[("a", None, b"x")] * 9), "multipart/form-data; boundary=y"),
        (body(("a", None, b"x" * (LONGEST_FIELD + 1))), "multipart/form-data; boundary=y"),
        (b"--y\r\n\r\nx\r\n--y--", "multipart/form-data; boundary=y"),
    ],
)
def test_what_is_no_form_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(ProtocolViolation) as refused:
        read(content, kind)
    assert refused.value.code == "invalid_form"
