import json
from pathlib import Path

import pytest

from benchmarks.__main__ import joined, keep, verdict
from benchmarks._checks import CHECKS, baseline, compare
from benchmarks._figures import shown, single, spread
from benchmarks._page import page
from benchmarks._parts import PARTS, chosen
from benchmarks._targets import TARGETS, judge

FAST, SLOW = range(170, 180), range(470, 480)


def results(overhead: range = FAST) -> dict[str, object]:
    """A run in which only the overheads were measured."""
    figures = {
        f"{lot}/{style}/{what}": spread(overhead)
        for lot in ("speculating", "plain")
        for style in ("short", "long")
        for what in ("overhead", "heard")
    }
    figures["plain/short/overhead"] = figures["plain/long/overhead"] = spread(FAST)
    parts = {"E": 110.0, "S": 300.0, "G1": 5.0, "L": 400.0, "W": 40.0, "T": 250.0, "G2": 1.0}
    machine = {"name": "a machine", "figures": {"yardstick": single(0.1, "s"), "load": single(1, "")}}
    return {"overhead": {"figures": figures, "waterfalls": {"plain/short": parts}}, "machine": machine}


def test_a_spread_keeps_its_quantiles_and_its_values() -> None:
    told = spread(range(1, 101))
    assert (told["n"], told["p50"], told["p95"], told["max"]) == (100, 50.5, 95.0, 100.0)
    assert len(told["values"]) == 100
    assert "p95 95" in shown(told)
    assert shown(spread([])) == "nothing measured"


def test_a_target_is_met_missed_or_not_measured() -> None:
    fast = {one.target.what: one.verdict for one in judge(results())}
    slow = {one.target.what: one.verdict for one in judge(results(SLOW))}
    what = next(target.what for target in TARGETS if target.what.startswith("overhead at fixed times"))
    assert (fast[what], slow[what]) == ("met", "MISSED")
    assert fast["hang-up after the intent, p99"] == "not measured"


def test_a_ratio_that_grew_beyond_its_slack_fails_the_check(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    assert baseline(results(), "a machine", path) == 4
    same, slower = compare(results(), path), compare(results(SLOW), path)
    assert all(one.kept for one in same)
    assert [one.check.name for one in slower if not one.kept] == [check.name for check in CHECKS[:4]]
    assert verdict([], same, [], checking=True)[1] == 0
    line, code = verdict([], slower, [], checking=True)
    assert (code, line.startswith("SLOWER than the baseline: speculating, short opening")) == (1, True)
    assert verdict([], slower, [], checking=False)[1] == 0


def test_a_check_in_which_nothing_could_be_compared_fails(tmp_path: Path) -> None:
    nothing = compare(results(), tmp_path / "none.json")
    assert verdict([], nothing, [], checking=True)[1] == 1
    assert verdict([], nothing, ["vad"], checking=False) == (
        "FAILED: vad did not end well; 0 targets met, 0 missed, 0 not measured",
        1,
    )


def test_the_baseline_of_the_repository_names_known_ratios() -> None:
    path = Path(__file__).parents[2] / "benchmarks" / "baseline.json"
    kept = json.loads(path.read_text())["ratios"]
    assert set(kept) <= {check.name for check in CHECKS}
    assert len(kept) >= 6


def test_the_page_stands_alone_and_shows_every_target() -> None:
    told = page(results(), judge(results()), compare(results()), "all <well>")
    assert "all &lt;well&gt;" in told
    assert told.count("<tr>") > len(TARGETS)
    assert "<svg" in told
    assert "http" not in told.replace("<!doctype html>", "")


def test_reports_of_pieces_are_joined_and_keep_the_yardstick_of_the_run_that_needs_it(tmp_path: Path) -> None:
    slow = single(0.4, "s")
    load = {"calls": 20, "quiet_cpu_s": 0.6}
    keep({"capacity": {"loads": [load]}, "machine": {"name": "slow", "figures": {"yardstick": slow}}}, tmp_path / "a")
    keep(results(), tmp_path / "b")
    paths = [tmp_path / name / "report.json" for name in "ab"]
    for order in (paths, paths[::-1]):
        found = joined(order)
        assert set(found) == {"capacity", "overhead", "machine"}
        assert found["machine"]["figures"]["yardstick"] == slow
    (tmp_path / "torn.json").write_text('{"overhead": {')
    with pytest.raises(ValueError, match=r"torn\.json is no report"):
        joined([*paths, tmp_path / "torn.json"])


def test_numbers_that_a_part_prints_are_judged() -> None:
    heard = "mean      20 dB   97.2           22   met\nmean      10 dB   88.2           62   met\n"
    heard += "end of speech, clean, p50: 8 ms off   met (<= 20 ms)"
    turns = "state and transcript            12.7    399   1996    699\n"
    turns += "cut-offs 12.7 % against 15.5 % of 1000 ms   ok\nlatency p50 399 ms against 437 ms of 400 ms   ok"
    told = {one.target.part: one for one in judge({"vad": {"text": heard}, "turns": {"text": turns}})}
    assert (told["vad"].values, told["vad"].verdict) == ((8.0, 62.0), "MISSED")
    assert told["turns"].values == (pytest.approx(12.7 / 15.5), 399.0, 1996.0)


def test_parts_are_chosen_by_name_or_by_default() -> None:
    quick = {part.name for part in chosen((), with_peers=False)}
    assert {"overhead", "interruption", "barge_in", "edges", "strategies", "capacity", "capacity-webrtc"} <= quick
    assert "peers" not in quick
    assert [part.name for part in chosen(("vad",), with_peers=True)] == ["vad", "peers"]
    with pytest.raises(ValueError, match="no part 'nonsense'"):
        chosen(("nonsense",), with_peers=False)
    assert len({part.name for part in PARTS}) == len(PARTS)
