"""All that is measured, as one command: a table here, a page with plots, JSON, and a verdict.

    python -m benchmarks                     the quick parts
    python -m benchmarks overhead peers      parts by name
    python -m benchmarks --peers             the quick parts, and the frameworks one would pick instead
    python -m benchmarks vad --seed 2        one part, with options of its own
    python -m benchmarks --check             fail where a ratio has become worse than the baseline's
    python -m benchmarks overhead --folder a      in pieces, and then
    python -m benchmarks --again a/report.json b/report.json       as one report

Everything is measured on this machine in this run; a ratio compares figures of one run. See docs/benchmarks.md.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks._checks import BASELINE, Compared, baseline, compare, yardstick
from benchmarks._figures import say, shown, single
from benchmarks._page import number, page
from benchmarks._parts import PARTS, Outcome, Part, chosen, run
from benchmarks._targets import Judged, judge

FOLDER = Path("parley-bench")


def machine() -> str:
    """What it was measured on."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return f"{len(os.sched_getaffinity(0))} x {model}, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


async def run_all(parts: tuple[Part, ...], more: list[str], folder: Path) -> list[Outcome]:
    """Every part, one after the other; what is measured is on disk when the next one begins."""
    total = sum(part.minutes for part in parts)
    say(f"{len(parts)} parts, about {total:.0f} minutes; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    found = []
    for place, part in enumerate(parts, 1):
        say(f"[{place}/{len(parts)}] {part.name}: {part.about} (about {part.minutes:g} min)")
        found.append(await run(part, more))
        keep(results_of(found), folder)
        if found[-1].text:
            print(f"\n== {part.name}\n{found[-1].text.strip()}")
    return found


def results_of(outcomes: list[Outcome]) -> dict[str, Any]:
    found = {one.name: one.result or {"text": one.text.strip(), "code": one.code} for one in outcomes}
    load = os.getloadavg()[0]
    found["machine"] = {
        "figures": {"yardstick": single(yardstick(), "s"), "load": single(load, "")},
        "name": machine(),
    }
    return found


def keep(results: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(results, indent=1))


def joined(paths: list[Path]) -> dict[str, Any]:
    """The parts of several reports; of one that is in two, the later. Raises ValueError for a file that is none.

    Processor time is compared with the yardstick of its own run, so the machine is told by the report that has it.
    """
    found: dict[str, Any] = {}
    for path in paths:
        try:
            told = dict(json.loads(path.read_text()))
            machine_of = told.pop("machine")
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise ValueError(f"{path} is no report: {wrong!r}") from None
        if "capacity" in told or "capacity" not in found:
            found["machine"] = machine_of
        found |= told
    return found


def table(judged: list[Judged]) -> str:
    """The numbers to reach, as text."""
    lines = [f"{'':<13}{'target':<30}{'measured':<34}{'beside the best peer':<22}"]
    for one in judged:
        beside = "" if one.ratio is None else f"{one.ratio:.2f}{'' if one.same_run else ' (recorded)'}"
        lines.append(f"{one.verdict:<13}{one.target.target:<30}{measured(one):<34}{beside:<22}{one.target.what}")
    return "\n".join(lines)


def measured(one: Judged) -> str:
    if all(value is None for value in one.values):
        return "-"
    return f"{' / '.join(number(value) for value in one.values)} {one.target.unit}".strip()


def checks(compared: list[Compared]) -> str:
    lines = [f"{'':<8}{'now':>9}{'baseline':>10}{'may be':>9}"]
    for one in compared:
        now = "-" if one.now is None else f"{one.now:.3f}"
        before = "-" if one.before is None else f"{one.before:.3f}"
        most = "-" if one.before is None else f"{one.before * one.check.slack:.3f}"
        lines.append(f"{'ok' if one.kept else 'SLOWER':<8}{now:>9}{before:>10}{most:>9}  {one.check.name}")
    return "\n".join(lines)


def verdict(judged: list[Judged], compared: list[Compared], failed: list[str], checking: bool) -> tuple[str, int]:
    """One line, and the exit code."""
    met = sum(one.verdict == "met" for one in judged)
    missed = sum(one.verdict == "MISSED" for one in judged)
    told = f"{met} targets met, {missed} missed, {len(judged) - met - missed} not measured"
    slower = [one.check.name for one in compared if not one.kept]
    compared_here = [one for one in compared if one.now is not None and one.before is not None]
    if failed:
        return f"FAILED: {', '.join(failed)} did not end well; {told}", 1
    if not checking:
        return f"{told}; {len(slower)} of {len(compared_here)} ratios worse than the baseline", 0
    if slower:
        return f"SLOWER than the baseline: {'; '.join(slower)}; {told}", 1
    if not compared_here:
        return f"NOTHING COMPARED: no figure of this run is in the baseline; {told}", 1
    return f"OK: {len(compared_here)} ratios as good as the baseline; {told}", 0


def arguments() -> argparse.ArgumentParser:
    listed = "\n".join(
        f"  {part.name:<17}{part.minutes:4.1f} min {' ' if part.quick else '*'}  {part.about}"
        for part in PARTS
        if part.exists
    )
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"parts (* only by name or by its flag):\n{listed}",
    )  # fmt: skip
    parser.add_argument("part", nargs="*", help="which parts; without any, the quick ones")
    parser.add_argument("--peers", action="store_true", help="also the frameworks one would pick instead")
    parser.add_argument("--check", action="store_true", help="fail where a ratio is worse than the baseline's")
    parser.add_argument("--save-baseline", action="store_true", help=f"write this run's ratios to {BASELINE.name}")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the report goes (%(default)s)")
    parser.add_argument(
        "--again", type=Path, nargs="+", metavar="report.json", help="run nothing; report what earlier runs wrote"
    )
    return parser


def main() -> int:
    parser = arguments()
    asked, more = parser.parse_known_args()
    if more and len(asked.part) != 1:
        parser.error(f"options of a part ({' '.join(more)}) need exactly one part")
    failed: list[str] = []
    try:
        parts = chosen(asked.part, asked.peers)
        results = joined(asked.again) if asked.again else {}
    except ValueError as wrong:
        parser.error(str(wrong))
    if not asked.again:
        outcomes = asyncio.run(run_all(parts, more, asked.folder))
        results = results_of(outcomes)
        untold = {part.name for part in parts if not part.told}
        failed = [o.name for o in outcomes if o.code and (o.name in untold or not o.result)]
    judged, compared = judge(results), compare(results)
    for name, result in results.items():
        for key, one in result.get("figures", {}).items():
            print(f"{name + '/' + key:<48}{shown(one)}")
    print(f"\n{table(judged)}\n\n{checks(compared)}\n\n{results['machine']['name']}")
    keep(results, asked.folder)
    line, code = verdict(judged, compared, failed, asked.check)
    (asked.folder / "report.html").write_text(page(results, judged, compared, line))
    if asked.save_baseline:
        print(f"{baseline(results, results['machine']['name'])} ratios are the baseline now")
    print(f"{asked.folder / 'report.html'}\n{line}")
    return code


if __name__ == "__main__":
    sys.exit(main())
