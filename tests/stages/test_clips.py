import asyncio
from pathlib import Path

import pytest

from pipeline.errors import ProviderRefused, ProviderUnavailable
from stages.clips import Clips, Missing, voice_key
from stages.ports import Voice
from tests.support.clock import run_virtual
from tests.support.providers import STALL, FakeSynthesizer, hush, tone

KEY = voice_key("fake-voice", Voice())


def render(clips: Clips, voice: FakeSynthesizer, *texts: str, speaker: Voice | None = None) -> tuple[Missing, ...]:
    return asyncio.run(clips.render(voice, speaker or Voice(), texts))


def test_a_phrase_is_kept_trimmed_under_its_text() -> None:
    clips = Clips()
    voice = FakeSynthesizer((hush(300), tone(200), hush(500)))
    assert render(clips, voice, "Hello  there.\n") == ()
    assert len(clips.get("Hello there.", KEY) or b"") == (25 + 200 + 160) * 48
    assert clips.get("Hello.", KEY) is None


def test_a_phrase_is_rendered_once(tmp_path: Path) -> None:
    voice = FakeSynthesizer()
    clips = Clips(tmp_path)
    render(clips, voice, "Hello.", "Hello.")
    render(clips, voice, "Hello.")
    assert voice.texts == ["Hello."]


def test_what_is_said_first_is_rendered_first() -> None:
    voice = FakeSynthesizer()
    run_virtual(Clips().render(voice, Voice(), ["Welcome.", "Goodbye.", "A moment.", "Goodbye."]))
    assert voice.texts == ["Welcome.", "Goodbye.", "A moment."]


def test_the_next_process_finds_it_on_disk(tmp_path: Path) -> None:
    first = Clips(tmp_path)
    render(first, FakeSynthesizer(), "Hello.")
    second = Clips(tmp_path)
    assert render(second, FakeSynthesizer(DOWN), "Hello.") == ()
    assert second.get("Hello.", KEY) == first.get("Hello.", KEY) == tone(360)
    assert [path.suffix for path in tmp_path.iterdir()] == [".pcm"]


REFUSED = ProviderRefused("tts", "no", code="invalid_key")
DOWN = ProviderUnavailable("tts", "down", code="server_error")


def test_another_voice_is_another_clip(tmp_path: Path) -> None:
    for changed in (Voice("cedar"), Voice(instructions="warm"), Voice(speed=1.1)):
        assert voice_key("fake-voice", changed) != KEY
    assert voice_key("other", Voice()) != KEY
    clips = Clips(tmp_path)
    render(clips, FakeSynthesizer(tone(100)), "Hello.")
    render(clips, FakeSynthesizer(tone(200)), "Hello.", speaker=Voice("cedar"))
    assert clips.get("Hello.", KEY) == tone(100)
    assert clips.get("Hello.", voice_key("fake-voice", Voice("cedar"))) == tone(200)


def test_a_provider_that_fails_leaves_its_clip_missing_and_says_so() -> None:
    clips = Clips()
    assert run_virtual(clips.render(FakeSynthesizer(always=DOWN), Voice(), ["A."])) == (Missing("A.", "server_error"),)
    assert run_virtual(clips.render(FakeSynthesizer(always=hush(100)), Voice(), ["A."])) == (Missing("A.", "empty"),)
    assert render(clips, FakeSynthesizer(REFUSED, tone(100)), "A.", "B.") == (Missing("A.", "invalid_key"),)
    assert clips.get("B.", KEY) == tone(100)
    assert clips.get("A.", KEY) is None


def test_a_provider_that_is_still_starting_is_given_time() -> None:
    clips = Clips()
    voice = FakeSynthesizer(DOWN, DOWN, tone(100))
    assert run_virtual(clips.render(voice, Voice(), ["A."])) == ()
    assert clips.get("A.", KEY) == tone(100)
    voice.assert_complete()


def test_a_provider_that_stalls_is_given_up_and_its_streams_are_closed() -> None:
    clips = Clips()
    voice = FakeSynthesizer(always=STALL)
    missing = run_virtual(clips.render(voice, Voice(), ["A.", "B.", "C."]))
    assert missing == tuple(Missing(text, "total_timeout") for text in ("A.", "B.", "C."))
    assert len(voice.calls) == 2
    voice.assert_complete()


def test_a_directory_that_cannot_be_written_costs_no_clip(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    clips = Clips(tmp_path / "file")
    assert render(clips, FakeSynthesizer(tone(100)), "A.") == ()
    assert clips.get("A.", KEY) == tone(100)


def test_a_torn_file_is_not_what_is_read(tmp_path: Path) -> None:
    clips = Clips(tmp_path)
    render(clips, FakeSynthesizer(tone(100)), "A.")
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"")
    again = Clips(tmp_path)
    render(again, FakeSynthesizer(tone(100)), "A.")
    assert again.get("A.", KEY) == tone(100)


def test_of_too_many_clips_the_longest_unused_leaves_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stages.clips.MOST", 2)
    clips = Clips()
    render(clips, FakeSynthesizer(always=(tone(100),)), "A.", "B.")
    assert clips.get("A.", KEY)
    render(clips, FakeSynthesizer(tone(100)), "C.")
    assert [clips.get(text, KEY) is not None for text in ("A.", "B.", "C.")] == [True, False, True]
