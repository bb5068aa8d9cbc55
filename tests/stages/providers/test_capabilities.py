from datetime import date

import pytest

from stages.providers.capabilities import DEFAULT, capabilities
from stages.standin.models import HEARING, SPEAKING, THINKING


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-4.1-mini-2025-04-14", "gpt-4.1"),
        ("gpt-4o-mini-transcribe-2025-12-15", "gpt-4o-mini-transcribe"),
        ("gpt-4o-mini", "gpt-4o"),
        ("gpt-5-mini", "gpt-5"),
        ("gpt-6-luna", "gpt-6"),
        ("tts-1-hd", "tts-1"),
    ],
)
def test_a_snapshot_is_known_by_its_family(model: str, family: str) -> None:
    assert capabilities(model) == capabilities(family)


@pytest.mark.parametrize("model", ["llama-3.3-70b", "gpt-4.15", "gpt-oss-120b", "kokoro", ""])
def test_an_unknown_model_is_asked_for_nothing_special(model: str) -> None:
    assert capabilities(model) == DEFAULT


def test_each_reasoning_model_is_told_the_least_effort_it_knows() -> None:
    for model in THINKING.values():
        effort = capabilities(model.id).effort
        assert effort in model.efforts if model.reasons else effort is None


def test_the_shutdown_dates_are_those_that_were_announced() -> None:
    known = [(name, model.shutdown) for table in (HEARING, THINKING, SPEAKING) for name, model in table.items()]
    for name, announced in known:
        assert capabilities(name).shutdown == (announced and date.fromisoformat(announced)), name
        assert bool(announced) == bool(capabilities(name).successor), name
