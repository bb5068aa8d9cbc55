import json
from dataclasses import dataclass, replace
from datetime import date

import pytest

from api.check import Finding, Report, check, farewell
from stages.providers.config import ProviderConfig
from tests.stages.providers.standing import Standing, against, standing

TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Configured:
    stt: ProviderConfig
    llm: ProviderConfig
    tts: ProviderConfig


def configured(standin: Standing) -> Configured:
    key = "sk-secret-0123456789"
    return Configured(*(standin.config(stage, key=key) for stage in ("stt", "llm", "tts")))


def test_providers_that_answer_make_a_call_possible() -> None:
    async def story(standin: Standing) -> None:
        report = await check(configured(standin), today=TODAY)
        assert report.ok
        assert [(one.stage, one.ok, one.model) for one in report.findings] == [
            ("stt", True, "gpt-4o-transcribe"),
            ("llm", True, "gpt-4.1"),
            ("tts", True, "gpt-4o-mini-tts"),
        ]
        assert report.to_text().endswith("A call could work.")

    against()(story)


def test_no_rendering_shows_a_key() -> None:
    async def story(standin: Standing) -> None:
        report = await check(configured(standin), today=TODAY)
        shown = report.to_text() + json.dumps(report.to_json())
        assert "secret" not in shown
        assert "sk-…6789" in report.to_text()

    against("stt:401")(story)


@pytest.mark.parametrize(
    ("fault", "stage", "code"),
    [
        ("stt:401,times=always", "stt", "invalid_key"),
        ("llm:404,times=always", "llm", "model_not_found"),
        ("tts:empty,times=always", "tts", "empty"),
    ],
)
def test_one_provider_that_fails_is_named_and_makes_a_call_impossible(fault: str, stage: str, code: str) -> None:
    async def story(standin: Standing) -> None:
        report = await check(configured(standin), today=TODAY)
        assert not report.ok
        assert [(one.stage, one.code) for one in report.findings if not one.ok] == [(stage, code)]
        assert code in report.to_text() and "FAILED" in report.to_text()
        assert report.to_json()["ok"] is False

    against(fault)(story)


def test_a_provider_that_hangs_does_not_hang_the_check() -> None:
    async def story(standin: Standing) -> None:
        report = await check(configured(standin), today=TODAY, limit=1.0)
        assert report.findings[1].code == "first_byte_timeout"
        assert not report.ok

    against("llm:stall,times=always")(story)


def test_a_provider_that_is_not_there_is_said_to_be_unreachable() -> None:
    async def story(standin: Standing) -> None:
        providers = configured(standin)
        nobody = replace(providers.tts, base_url="http://127.0.0.1:9/v1")
        report = await check(replace(providers, tts=nobody), today=TODAY)
        assert report.findings[2].code == "connection_failed"

    against()(story)


def test_a_shutdown_the_provider_announces_is_told() -> None:
    async def story(standin: Standing) -> None:
        report = await check(configured(standin), today=TODAY)
        assert [one.warnings for one in report.findings] == [
            ("gpt-4o-transcribe shuts down on 2027-02-26 (in 97 days); successor: gpt-transcribe",),
            ("gpt-4.1 shuts down on 2027-01-14 (in 54 days); successor: gpt-6-luna",),
            (
                "gpt-4o-mini-tts shuts down on 2027-01-06 (in 46 days); successor: no drop-in: another vendor's "
                "/v1/audio/speech, or a local voice",
            ),
        ]

    against()(story)


def test_our_own_table_stands_in_for_a_server_that_lists_no_models() -> None:
    async def story(standin: Standing) -> None:
        report = await check(configured(standin), today=TODAY)
        assert "2027-01-14" in report.findings[1].warnings[0]

    against("models:404,times=always")(story)


@pytest.mark.parametrize(
    ("today", "said"),
    [(date(2027, 1, 13), "tomorrow"), (date(2027, 1, 14), "today"), (date(2027, 2, 1), "gone")],
)
def test_how_long_a_model_has_left(today: date, said: str) -> None:
    assert f"({said})" in (farewell("gpt-4.1", date(2027, 1, 14), today) or "")


def test_a_model_without_an_end_needs_no_word() -> None:
    assert farewell("gpt-6-luna", None, TODAY) is None


def test_an_agent_with_mistakes_takes_no_call() -> None:
    fine = Finding("llm", "m", "http://x/v1", "(none)", "chat", 12)
    report = Report((fine,), "broken.yaml", ("states: there are none",), ("PARLEY_PROT is not a setting",))
    assert not report.ok
    assert "states: there are none" in report.to_text()
    assert "warning: PARLEY_PROT" in report.to_text()
    assert "by /v1/chat/completions" in report.to_text()


@pytest.mark.parametrize(("fault", "works"), [("", True), ("404", False)])
def test_who_stands_behind_a_provider_is_asked_too(fault: str, works: bool) -> None:
    async def story(standin: Standing) -> None:
        async with standing(*([f"llm:{fault},times=always"] if fault else [])) as other:
            behind = replace(standin.config("llm", "gpt-4.1-mini"), base_url=other.url)
            report = await check(configured(standin), today=TODAY, fallbacks=[(behind, "")])
        assert report.ok, "a call could work without it"
        assert [(one.stage, one.fallback, one.ok) for one in report.findings] == [
            ("stt", False, True),
            ("llm", False, True),
            ("llm", True, works),
            ("tts", False, True),
        ]
        text = report.to_text()
        assert "or else gpt-4.1-mini" in " ".join(text.split())
        assert ("nothing could take over" in text) is not works

    against()(story)
