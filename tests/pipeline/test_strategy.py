import pytest

from pipeline.strategy import Race


@pytest.mark.parametrize(
    ("race", "stages"), [(Race.OFF, ""), (Race.STT, "stt"), (Race.SPEECH, "stt tts"), (Race.ALL, "stt llm tts")]
)
def test_a_race_covers_what_it_names_and_all_that_is_cheaper(race: Race, stages: str) -> None:
    assert " ".join(stage for stage in ("stt", "llm", "tts") if race.covers(stage)) == stages
