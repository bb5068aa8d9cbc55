"""The documented limits."""

from pipeline.budget import LIMITS, STAGES, limit_ms, stage_limit_ms, verdict


def test_the_binding_limits_are_the_owners() -> None:
    assert {limit.slice: limit.limit_ms for limit in LIMITS} == {
        "first_audio": 700, "first_content": 700, "tool": 400, "barge_in": 200, "hang_up": 1500, "greeting": 500,
    }  # fmt: skip


def test_a_verdict_keeps_or_breaks_its_limit() -> None:
    assert verdict("barge_in", 200_000).kept
    assert not verdict("barge_in", 201_000).kept
    assert verdict("first_audio", 900_000, "stt").stage == "stt"


def test_every_stage_has_a_share() -> None:
    assert all(stage_limit_ms(limit.slice) == limit.limit_ms > 0 for limit in STAGES)
    assert stage_limit_ms("unattributed") == 0 and limit_ms("tool") == 400
