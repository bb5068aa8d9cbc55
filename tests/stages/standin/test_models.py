"""The table of models knows who reasons, who tells confidence, and who has an end."""

import pytest

from stages.standin.errors import Refused
from stages.standin.models import (
    EFFORTS,
    HEARING,
    SPEAKING,
    THINKING,
    chat_model,
    entries,
    entry,
    hearing_model,
    speech_model,
)


def test_each_model_is_listed_once() -> None:
    ids = [one["id"] for one in entries()]
    assert len(ids) == len(set(ids)) == len(HEARING) + len(THINKING) + len(SPEAKING)


def test_a_model_that_does_not_reason_makes_no_effort() -> None:
    for model in THINKING.values():
        assert model.effort == "none" if not model.reasons else model.effort in model.efforts
        assert set(model.efforts) <= set(EFFORTS)
    assert chat_model("gpt-6-luna").effort != "none"


def test_the_successor_of_transcription_has_keywords_and_no_confidence() -> None:
    model = hearing_model("gpt-transcribe")
    assert model.keywords and not model.logprobs and model.shutdown is None


def test_the_founding_models_have_their_announced_ends() -> None:
    ends = {name: entry(name)["shutdown_date"] for name in ("gpt-4o-transcribe", "gpt-4.1", "gpt-4o-mini-tts")}
    assert ends == {"gpt-4o-transcribe": "2027-02-26", "gpt-4.1": "2027-01-14", "gpt-4o-mini-tts": "2027-01-06"}


@pytest.mark.parametrize("look_up", [hearing_model, chat_model, speech_model, entry])
def test_a_model_that_is_gone_is_not_found(look_up: object) -> None:
    with pytest.raises(Refused) as refused:
        look_up("gpt-4.1-nano")  # type: ignore[operator]
    assert refused.value.refusal.status == 404
    assert speech_model("tts-1").sse is False
