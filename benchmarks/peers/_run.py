"""Runs a peer: its pinned environment, its driver in a process of its own, our recordings, our provider."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._calls import HOLD_MS
from benchmarks._figures import say
from benchmarks._line import Speech
from benchmarks._provider import Request, own_core, provider
from benchmarks._speech import phrases
from benchmarks._wire import Split, split

HERE = Path(__file__).parent
CALLS = 3
EVERY_S = 8.0
INSTALL_S = 900


@dataclass(frozen=True, slots=True)
class Peer:
    """One system in one setting; without `environment` it runs in our own."""

    name: str
    mode: str
    driver: str
    setting: str
    """What of it was set, in words."""
    environment: str = ""

    @property
    def key(self) -> str:
        return f"{self.name}/{self.mode}"


BARE = Peer(
    "bare", "m300", "bare_call", "no framework: the SDK, webrtcvad with an energy gate, split at sentence marks"
)
PEERS = (
    Peer("pipecat", "m300", "pipecat_call", "silero stop 0.3 s, turn ends with it", "pipecat"),
    Peer("livekit", "m300", "livekit_call", "silero 0.3 s, turns by VAD, no delay after, no AEC warm-up", "livekit"),
    Peer("openai-agents", "m300", "openai_agents_call", "utterances of 0.3 s of silence handed over", "openai-agents"),
    Peer("openai-agents", "small", "openai_agents_call", "the same with buffer_size=1", "openai-agents"),
)
AS_SHIPPED = (
    Peer("pipecat", "default", "pipecat_call", "as shipped: silero 0.2 s and its turn model", "pipecat"),
    Peer("livekit", "default", "livekit_call", "as shipped: its VAD, turn detector and delays", "livekit"),
)


@dataclass(frozen=True, slots=True)
class Measured:
    splits: tuple[Split, ...]
    """Every turn that was answered, but the first of the process."""
    cold: Split | None
    """The first turn of the process."""
    turns: int
    cpu_s: float
    lasted_s: float
    rss_mb: float
    notes: tuple[str, ...]
    requests: tuple[Request, ...]
    heard: tuple[float, ...]
    """Milliseconds of silence before every answer, but the first of the process; whether or not it could be split."""


def environments() -> Path:
    """Where the peers' environments are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley" / "peers"


def python_of(peer: Peer) -> Path:
    """The interpreter of a peer's environment, which is made now if need be. Raises RuntimeError where it cannot be."""
    if not peer.environment:
        return Path(sys.executable)
    lock = HERE / "locks" / f"{peer.environment}.txt"
    folder = environments() / peer.environment
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return python
    say(f"{peer.name}: installing {lock.name} into {folder} (once; some minutes)")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", str(lock)]
    for command in ([sys.executable, "-m", "venv", str(folder)], pip):
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_S)
        if done.returncode:
            raise RuntimeError(f"{peer.name} cannot be installed: {done.stderr.strip().rpartition(chr(10))[2]}")
    stamp.write_bytes(lock.read_bytes())
    return python


async def run(peer: Peer, turns: int, latency: str = "fixed", script: Mapping[str, Any] | None = None) -> Measured:
    """Hold `CALLS` staggered calls of so many turns with it."""
    python = await asyncio.to_thread(python_of, peer)
    words = [one for one in phrases() if one.seconds < 2.5]
    with tempfile.TemporaryDirectory() as scratch:
        async with provider(latency, seed=1, script=script) as standin:
            job = _job(Path(scratch), words, peer.mode, turns) | {"url": standin.url}
            told = await _driven(python, peer, job, Path(scratch))
            requests = await standin.requests()
    return _measured(told, requests, job["calls"] * turns)


def _job(scratch: Path, words: Sequence[Speech], mode: str, turns: int) -> dict[str, Any]:
    (scratch / "words.pcm").write_bytes(b"".join(one.pcm.astype("<i2").tobytes() for one in words))
    return {
        "words": str(scratch / "words.pcm"), "lengths": [len(one.pcm) for one in words], "mode": mode, "turns": turns,
        "calls": CALLS, "apart_s": EVERY_S / CALLS, "every_s": EVERY_S, "hold_ms": HOLD_MS,
    }  # fmt: skip


async def _driven(python: Path, peer: Peer, job: dict[str, Any], scratch: Path) -> dict[str, Any]:
    (scratch / "job.json").write_text(json.dumps(job))
    most_s = 60 + job["calls"] * job["apart_s"] + job["turns"] * (job["every_s"] + 12)
    quiet = {"OPENAI_API_KEY": "bench", "OPENAI_BASE_URL": job["url"], "HF_HUB_OFFLINE": "1"}
    child = await asyncio.create_subprocess_exec(
        str(python), str(HERE / f"{peer.driver}.py"), str(scratch / "job.json"),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=os.environ | quiet,
    )  # fmt: skip
    own_core(child.pid, -1)
    try:
        async with asyncio.timeout(most_s):
            out, err = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        raise RuntimeError(f"{peer.name} did not end within {most_s:.0f} s") from None
    try:
        return dict(json.loads(out))
    except ValueError:
        said = err.decode(errors="replace").strip().splitlines()[-5:]
        raise RuntimeError(f"{peer.name} failed: {' | '.join(said)}") from None


def _measured(told: dict[str, Any], requests: Sequence[Request], turns: int) -> Measured:
    found: dict[float, Split] = {}
    heard: dict[float, float] = {}
    for call in told["calls"]:
        for _, end_at in call["spoken"]:
            first_at = next((at for at, _ in call["frames"] if at > end_at), None)
            if first_at is None:
                continue
            heard[end_at] = (first_at - end_at) * 1000
            one = split(end_at, first_at, requests)
            if one is not None:
                found[end_at] = one
    first = min((end_at for call in told["calls"] for _, end_at in call["spoken"]), default=0.0)
    cold = found.pop(first, None)
    heard.pop(first, None)
    notes = tuple(note for call in told["calls"] for note in call["note"])
    cost = (told["cpu_s"], told["lasted_s"], told["rss_mb"])
    return Measured(tuple(found.values()), cold, turns, *cost, notes, tuple(requests), tuple(heard.values()))
