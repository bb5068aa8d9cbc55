import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.flow import Sentence, Source
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages import repertoire
from stages.repertoire import Recall, Repertoire

TEXT = "You're welcome!"
SOUND = b"\x01\x02" * 24_000
LINE = Sentence(0, TEXT, TEXT, Source.MODEL)


def turn() -> Turn:
    return Turn(1, Cause.UTTERANCE, None, lambda _: None)


def recall(kept: Repertoire, call: str = "one", private: frozenset[str] = frozenset()) -> Recall:
    return Recall(kept, call, lambda _: private)


def test_what_was_said_once_is_at_hand_in_the_same_voice_and_the_same_words_only() -> None:
    kept = Repertoire()
    kept.keep("one", "voice", TEXT, SOUND)
    assert kept.get("two", "voice", TEXT) == SOUND
    assert kept.get("two", "other", TEXT) is None
    assert kept.get("two", "voice", "You're welcome.") is None


def test_only_the_models_own_words_are_recalled() -> None:
    kept = Repertoire()
    recall(kept).keep(turn(), LINE, "voice", SOUND)
    assert recall(kept).find(LINE, "voice") == SOUND
    assert recall(kept).find(replace(LINE, source=Source.REFLEX), "voice") is None


def test_nothing_personal_damaged_guarded_or_spoken_by_another_provider_is_kept() -> None:
    kept, elsewhere = Repertoire(), turn()
    elsewhere.elsewhere.add("tts")
    recall(kept, private=frozenset({"welcome"})).keep(turn(), LINE, "voice", SOUND)
    recall(kept).keep(elsewhere, LINE, "voice", SOUND)
    recall(kept).keep(turn(), replace(LINE, guarded=True), "voice", SOUND)
    recall(kept).keep(turn(), replace(LINE, source=Source.REFLEX), "voice", SOUND)
    recall(kept).keep(turn(), replace(LINE, text="Thanks, Anna."), "voice", SOUND)
    recall(kept).keep(turn(), LINE, "voice", SOUND[:4000])
    recall(kept).keep(turn(), LINE, "voice", SOUND * 12)
    assert len(kept) == 0


def test_of_too_many_the_longest_unused_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repertoire, "MOST", 3)
    kept = Repertoire()
    for text in "abc":
        kept.keep("one", "voice", text, SOUND)
    assert kept.get("one", "voice", "a")
    kept.keep("one", "voice", "d", SOUND)
    assert [text for text in "abcd" if kept.get("one", "voice", text)] == ["a", "c", "d"]


def test_of_too_much_sound_the_longest_unused_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repertoire, "MOST_BYTES", 2 * len(SOUND))
    kept = Repertoire()
    for text in "abc":
        kept.keep("one", "voice", text, SOUND)
    assert [text for text in "abc" if kept.get("one", "voice", text)] == ["b", "c"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "openings"


async def _written(kept: Repertoire, folder: Path, files: int) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as scope:
        writing = scope.create_task(kept.run())
        while len(list(folder.glob("*.pcm"))) < files:
            await asyncio.sleep(0.005)
        writing.cancel()


def test_what_a_second_call_has_said_outlives_the_process_and_what_one_call_said_does_not(folder: Path) -> None:
    kept = Repertoire(folder)
    for text in (TEXT, "Of course."):
        kept.keep("one", "voice", text, SOUND)
    assert kept.get("one", "voice", "Of course.")
    assert kept.get("two", "voice", TEXT)
    asyncio.run(_written(kept, folder, 1))
    later = Repertoire(folder)
    later.load()
    assert later.get("three", "voice", TEXT) == SOUND
    assert later.get("three", "voice", "Of course.") is None
    assert TEXT not in "".join(path.name for path in folder.iterdir()), "the name of a file tells no words"


def test_a_file_that_is_no_sound_is_left_where_it_is(folder: Path) -> None:
    folder.mkdir()
    (folder / "odd.pcm").write_bytes(b"odd")
    (folder / "none.pcm").touch()
    kept = Repertoire(folder)
    kept.load()
    assert len(kept) == 0


def test_a_disk_that_cannot_be_read_leaves_it_empty(tmp_path: Path) -> None:
    (tmp_path / "openings").touch()
    kept = Repertoire(tmp_path / "openings")
    kept.load()
    assert len(kept) == 0
    kept.keep("one", "voice", TEXT, SOUND)
    assert kept.get("two", "voice", TEXT) == SOUND
