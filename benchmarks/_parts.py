"""The parts of the benchmark: each is a module that also runs alone, in a process of its own."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LONGEST_S = 1500


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    about: str
    minutes: float
    """About how long it takes."""
    module: str = ""
    """Where it is, if not under its own name."""
    args: tuple[str, ...] = ()
    quick: bool = True
    """Run when no part is named."""
    told: bool = True
    """It has `--json`; else its text is shown and its exit code is its verdict."""

    @property
    def exists(self) -> bool:
        path = HERE / (self.module or self.name)
        return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


PARTS = (
    Part("overhead", "what we add to zero and to fixed provider times; tool rounds", 3.5),
    Part("interruption", "the caller cuts in: how soon the speech and the provider's streams stop", 1.5),
    Part("barge_in", "coughs, noise, backchannels and voices over the agent, in quiet and in noise", 1.0),
    Part("edges", "line up to greeting, goodbye to closed line, first turn beside a warm one", 0.7),
    Part("strategies", "1 000 seeded turns of the 2026 laws, each way of being quick added one by one", 7.0),
    Part("capacity", "calls on one core, processor time, memory, admission", 2.5),
    Part("dialogue", "the state machine's own time in a turn", 0.2, told=False),
    Part("peers", "pipecat, LiveKit Agents, OpenAI Agents and a bare chain beside us", 6.0, quick=False),
    Part("capacity-webrtc", "calls over WebRTC on one core", 2.0, "capacity", ("--line", "webrtc")),
    Part("webrtc", "a WebRTC call beside a plain aiortc echo; the delay of the line", 1.0, told=False),
    Part("vad", "hearing: recorded speech in seven noises", 6.0, quick=False, told=False),
    Part("turns", "patience on utterances with pauses: cut-offs beside latency", 3.0, quick=False, told=False),
    Part("hedging", "late requests doubled: what it saves and costs", 1.0, quick=False),
    Part("partials", "would a transcript begun before the caller's end say the same?", 3.0, quick=False),
    Part("cold", "the first turn of a process beside a warm one", 1.0, quick=False),
    Part("agents", "a call of each shipped agent by voice", 1.0, "conversations", ("--shipped",), False, told=False),
    Part(
        "conversations", "calls that nobody here wrote, by text; spoken with --spoken N", 0.3, quick=False, told=False
    ),
    Part("example_call", "the shipped example call with the local engines", 2.5, quick=False, told=False),
    Part("faults", "every fault at every stage, in real calls", 6.0, quick=False, told=False),
)


@dataclass(slots=True)
class Outcome:
    """What a part gave: its JSON where it has one, its text, and whether it ended well."""

    name: str
    seconds: float
    code: int
    result: dict[str, Any]
    text: str = ""


def chosen(names: Sequence[str], with_peers: bool) -> tuple[Part, ...]:
    """The named parts, or the quick ones. Raises ValueError for a name that there is not."""
    known = {part.name: part for part in PARTS if part.exists}
    for name in names:
        if name not in known:
            raise ValueError(f"there is no part {name!r}; there are: {', '.join(known)}")
    found = [part for part in known.values() if (part.name in names if names else part.quick)]
    if with_peers and known["peers"] not in found:
        found.append(known["peers"])
    return tuple(found)


async def run(part: Part, more: Sequence[str] = ()) -> Outcome:
    """The part in a process of its own; its progress goes to our stderr."""
    asked = (*part.args, *more, *(("--json",) if part.told else ()))
    began = time.monotonic()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"benchmarks.{part.module or part.name}", *asked, stdout=asyncio.subprocess.PIPE
    )
    out = b""
    try:
        async with asyncio.timeout(LONGEST_S):
            out, _ = await child.communicate()
    except TimeoutError:
        print(f"{part.name} was stopped after {LONGEST_S} s", file=sys.stderr, flush=True)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    text = out.decode(errors="replace")
    result: dict[str, Any] = {}
    if part.told:
        try:
            result, text = dict(json.loads(text)), ""
        except ValueError:
            text += f"\n{part.name} gave no figures (exit code {child.returncode})"
    return Outcome(part.name, time.monotonic() - began, child.returncode or 0, result, text)
