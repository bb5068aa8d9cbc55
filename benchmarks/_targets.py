"""The numbers to reach, and how each was met in this run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Mapping[str, Any]]
"""The JSON of every part that ran, by its name."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a row: where it is found, and its limit."""

    read: Callable[[Results], float | None]
    limit: float
    at_least: bool = False

    def reached(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True, slots=True)
class Target:
    what: str
    target: str
    unit: str
    measures: tuple[Measure, ...]
    part: str
    """The part that measures it."""
    recorded: tuple[float, ...] = ()
    """The best peer's numbers as they were recorded earlier, in the order of the measures."""
    peer: Callable[[Results], float | None] | None = None
    """The best peer's first number in this run."""
    waterfall: str = ""
    """Which waterfall explains it."""


@dataclass(frozen=True, slots=True)
class Judged:
    target: Target
    values: tuple[float | None, ...]
    verdict: str
    """met, MISSED or not measured."""
    best: float | None
    """The best peer's first number."""
    same_run: bool

    @property
    def ratio(self) -> float | None:
        """Our first number beside the best peer's."""
        value = self.values[0]
        return value / self.best if value is not None and self.best else None


def figure(part: str, name: str, what: str) -> Callable[[Results], float | None]:
    """One number of a figure."""

    def read(results: Results) -> float | None:
        value = results.get(part, {}).get("figures", {}).get(name, {}).get(what)
        return float(value) if value is not None else None

    return read


def over(numerator: Callable[[Results], float | None], below: Callable[[Results], float | None]) -> Any:
    """One number divided by another."""

    def read(results: Results) -> float | None:
        upper, lower = numerator(results), below(results)
        return upper / lower if upper is not None and lower else None

    return read


def best_peer(name: str, what: str = "p50") -> Callable[[Results], float | None]:
    """The lowest of the frameworks' numbers in this run; the bare chain is none."""

    def read(results: Results) -> float | None:
        figures = results.get("peers", {}).get("figures", {})
        found = [
            told[what]
            for key, told in figures.items()
            if key.endswith(f"/{name}") and not key.startswith("bare/") and told.get(what) is not None
        ]
        return min(found, default=None)

    return read


def _loads(results: Results) -> Sequence[Mapping[str, Any]]:
    return results.get("capacity", {}).get("loads", ())


def _load_at(calls: int, name: str) -> Callable[[Results], float | None]:
    def read(results: Results) -> float | None:
        return next((float(load[name]) for load in _loads(results) if load["calls"] >= calls), None)

    return read


def _carried(part: str) -> Callable[[Results], float | None]:
    def read(results: Results) -> float | None:
        loads = results.get(part, {}).get("loads")
        return max((float(x["calls"]) for x in loads if x["growth_p95_ms"] <= 100), default=0.0) if loads else None

    return read


def _memory(results: Results) -> float | None:
    loads = _loads(results)
    if len(loads) < 2:
        return None
    return float((loads[-1]["peak_mb"] - loads[0]["peak_mb"]) / max(1, loads[-1]["calls"] - loads[0]["calls"]))


def _of_capacity(group: str, name: str) -> Callable[[Results], float | None]:
    def read(results: Results) -> float | None:
        value = results.get("capacity", {}).get(group, {}).get(name)
        return float(value) if value is not None else None

    return read


def _pair(
    name: str, first: float, second: float, ends: tuple[str, str] = ("p50", "p95"), part: str = "overhead"
) -> Any:
    return Measure(figure(part, name, ends[0]), first), Measure(figure(part, name, ends[1]), second)


def _openings(lot: str, short: float, long: float) -> tuple[Measure, ...]:
    names = [f"{lot}/{style}/overhead" for style in ("short", "long")]
    medians = [figure("overhead", name, "p50") for name in names]
    tails = [over(figure("overhead", name, "p95"), middle) for name, middle in zip(names, medians, strict=True)]
    return (Measure(medians[0], short), Measure(medians[1], long), *(Measure(tail, 1.1) for tail in tails))


TARGETS = (
    Target(
        "framework part beyond the configured hold, p50 / p95", "<= 20 / <= 60", "ms",
        _pair("plain/framework", 20, 60), "overhead", (115, 175), best_peer("framework"), "plain/short",
    ),
    Target(
        "zero-latency providers: turn decision to first frame, p50 / p99", "<= 5 / <= 20", "ms",
        _pair("instant/decision_to_frame", 5, 20, ("p50", "p99")), "overhead",
    ),
    Target(
        "overhead at fixed times, short / long opening; p95 / p50 of each", "<= 180 / <= 430; <= 1.1", "ms",
        _openings("speculating", 180, 430), "overhead", (508, 866), best_peer("short/overhead"), "speculating/long",
    ),
    Target(
        "the same without speculation", "<= 345 / <= 600; <= 1.1", "ms",
        _openings("plain", 345, 600), "overhead", (508, 866), best_peer("short/overhead"), "plain/long",
    ),
    Target(
        "2026 laws, content, p50 of ours / the best peer's; reflex turns p50", "<= 0.65; < 700", "",
        (
            Measure(over(figure("strategies", "real/all/content", "p50"), best_peer("laws/heard")), 0.65),
            Measure(figure("strategies", "all/reflex", "p50"), 700),
        ), "strategies",
    ),
    Target(
        "2026 laws, first audio of any kind under 700 ms, acknowledgements on", ">= 99", "%",
        (Measure(figure("strategies", "all/audio_in_700", "value"), 99, at_least=True),), "strategies",
    ),
    Target(
        "tool round, tool excluded, p50", "<= 8", "ms",
        (Measure(figure("overhead", "tool_round", "p50"), 8),), "overhead", (11,), best_peer("tool_round"),
    ),
    Target(
        "caller's onset to full-volume speech stops, p50 / max; at 20 dB SNR", "<= 110 / <= 150", "ms",
        (
            *_pair("clean/onset_to_quiet", 110, 150, ("p50", "max"), "interruption"),
            *_pair("noisy/onset_to_quiet", 110, 150, ("p50", "max"), "interruption"),
        ), "interruption", (286,),
    ),
    Target(
        "provider streams closed after the decision to cut, max", "<= 30", "ms",
        (Measure(figure("interruption", "streams_closed", "max"), 30),), "interruption", (290,),
    ),
    Target(
        "synthesised ahead of the player at a barge-in, max", "<= 5", "s",
        (Measure(figure("interruption", "ahead", "max"), 5),), "interruption",
    ),
    Target(
        "greeting, line up to first frame, p99", "<= 150", "ms",
        (Measure(figure("edges", "greeting", "p99"), 150),), "edges",
    ),
    Target(
        "hang-up after the intent, p99", "<= 1200", "ms",
        (Measure(figure("edges", "hang_up", "p99"), 1200),), "edges",
    ),
    Target(
        "first turn of a process minus a warm one", "<= 50", "ms",
        (Measure(figure("edges", "first_turn_extra", "value"), 50),), "edges", (50,),
    ),
    Target(
        "processor time a call-minute at 20 calls", "<= 0.45", "s",
        (Measure(_load_at(20, "quiet_cpu_s"), 0.45),), "capacity", (2.1,),
    ),
    Target(
        "calls in one process on one core until p95 grows by 100 ms", ">= 80", "",
        (Measure(_carried("capacity"), 80, at_least=True),), "capacity", (15,),
    ),
    Target(
        "loop blocked by admitting a call", "<= 5", "ms",
        (Measure(_of_capacity("admission", "longest_ms"), 5),), "capacity", (110,),
    ),
    Target(
        "memory an added call; resident with one call", "<= 2; <= 110", "MB",
        (Measure(_memory, 2), Measure(_of_capacity("resident", "core_mb"), 110)), "capacity", (1.2, 154),
    ),
    Target(
        "WebRTC calls on one core", ">= 20", "",
        (Measure(_carried("capacity-webrtc"), 20, at_least=True),), "capacity-webrtc",
    ),
    Target(
        "underruns a turn at 20 calls", "0", "",
        (Measure(_load_at(20, "underruns"), 0),), "capacity", (0.18,),
    ),
)  # fmt: skip


def judge(results: Results) -> list[Judged]:
    """Every target, in order."""
    return [_judged(target, results) for target in TARGETS]


def _judged(target: Target, results: Results) -> Judged:
    values = tuple(measure.read(results) for measure in target.measures)
    known = [(m, v) for m, v in zip(target.measures, values, strict=True) if v is not None]
    if any(not measure.reached(value) for measure, value in known):
        verdict = "MISSED"
    elif len(known) == len(values):
        verdict = "met"
    else:
        verdict = "not measured" if not known else "met in part"
    here = target.peer(results) if target.peer is not None else None
    return Judged(target, values, verdict, here or next(iter(target.recorded), None), here is not None)
