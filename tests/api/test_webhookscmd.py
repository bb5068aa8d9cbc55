import asyncio
import json
from pathlib import Path

import pytest

from api.cli import main
from api.store import open_store
from tests.api.store.test_outbox import NOW, filled


def given_up(directory: Path) -> None:
    async def story() -> None:
        store = await filled("", directory)
        await store.outbox.claim(NOW, 5_000)
        await store.outbox.dead("msg_call_a", NOW + 20, "answered 500")
        await store.outbox.dead("msg_call_b", NOW + 10, "connection refused")
        await store.close()

    asyncio.run(story())


def waiting(directory: Path) -> tuple[int, int]:
    async def story() -> tuple[int, int]:
        store = await open_store("", directory)
        try:
            return await store.outbox.counts()
        finally:
            await store.close()

    return asyncio.run(story())


def ran(capsys: pytest.CaptureFixture[str], directory: Path, *args: str) -> tuple[int, str, str]:
    code = main(("webhooks", *args, "--data-dir", str(directory)))
    told = capsys.readouterr()
    return code, told.out, told.err


def test_dead_letters_are_listed_and_sent_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given_up(tmp_path)
    code, out, _ = ran(capsys, tmp_path, "list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["msg_call_b", "msg_call_a"]
    assert "1 attempt  connection refused" in out
    code, out, _ = ran(capsys, tmp_path, "list", "--json")
    assert [letter["call"] for letter in json.loads(out)] == ["call_b", "call_a"]
    code, out, _ = ran(capsys, tmp_path, "resend", "msg_call_a")
    assert (code, out.startswith("1 message is sent again")) == (0, True)
    assert waiting(tmp_path) == (1, 1)
    code, out, _ = ran(capsys, tmp_path, "resend", "--all")
    assert (code, out.startswith("1 message is sent again")) == (0, True)
    assert ran(capsys, tmp_path, "list")[1] == "Nothing was given up.\n"


def test_a_letter_that_was_not_given_up_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ran(capsys, tmp_path, "resend", "msg_none")
    assert code != 0 and "no message msg_none was given up" in err


def test_one_message_or_all_have_to_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for args in (("resend",), ("resend", "msg_a", "--all")):
        with pytest.raises(SystemExit):
            ran(capsys, tmp_path, *args)
