"""The frameworks one would pick instead: same recordings, same provider, same silence, each in its own environment.

    python -m benchmarks.peers [--only pipecat] [--as-shipped] [--turns 3] [--json]

The environments are installed once, from the lock files beside this module, into ~/.cache/parley/peers.
"""

import argparse
import asyncio
import sys
from typing import Any

from benchmarks._calls import HOLD_MS
from benchmarks._figures import say, single, spread, tell
from benchmarks._simulated import LAWS
from benchmarks._wire import waterfall
from benchmarks.overhead import rounds
from benchmarks.peers._run import AS_SHIPPED, BARE, PEERS, Measured, Peer, run


async def measure(peers: tuple[Peer, ...], turns: int, laws: int) -> dict[str, Any]:
    result: dict[str, Any] = {"figures": {}, "waterfalls": {}, "settings": {}, "failed": {}}
    for peer in peers:
        say(f"{peer.key}: {peer.setting}")
        try:
            measured = await run(peer, turns) if turns else None
            drawn = await run(peer, laws, "openai-2026", LAWS) if laws else None
        except RuntimeError as fault:
            say(str(fault))
            result["failed"][peer.key] = str(fault)
            continue
        if drawn is not None:
            result["figures"][f"{peer.key}/laws/heard"] = spread(drawn.heard, digits=0)
        result["settings"][peer.key] = peer.setting
        if measured is None:
            continue
        for note in measured.notes:
            say(f"{peer.key}: {note}")
        result["figures"] |= figures(peer.key, measured)
        for style in ("short", "long"):
            ours = [one for one in measured.splits if one.style == style]
            result["waterfalls"][f"{peer.key}/{style}"] = waterfall(ours)
    return result


def figures(name: str, measured: Measured) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for style in ("short", "long"):
        ours = [one for one in measured.splits if one.style == style]
        told[f"{name}/{style}/overhead"] = spread(one.overhead for one in ours)
        told[f"{name}/{style}/heard"] = spread(one.heard for one in ours)
    told[f"{name}/framework"] = spread(one.framework - HOLD_MS for one in measured.splits)
    told[f"{name}/cold"] = single(measured.cold.overhead if measured.cold else None, "ms")
    told[f"{name}/unanswered"] = single(measured.turns - len(measured.splits) - (measured.cold is not None), "turns")
    told[f"{name}/cpu"] = single(measured.cpu_s / (measured.lasted_s * 3 / 60), "s a call-minute")
    told[f"{name}/rss"] = single(measured.rss_mb, "MB")
    calls = rounds(measured.requests)
    return told | ({f"{name}/tool_round": spread(calls, digits=2)} if calls else {})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="bare, pipecat, livekit, ..., or name/mode"
    )
    parser.add_argument("--as-shipped", action="store_true", help="also with the settings of their quick starts")
    parser.add_argument("--turns", type=int, default=3, help="turns of each of the 3 calls, 0 for none (%(default)s)")
    parser.add_argument("--laws", type=int, default=8, help="the same under the laws of 2026 (default %(default)s)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    chosen: tuple[Peer, ...] = (BARE, *PEERS, *(AS_SHIPPED if args.as_shipped else ()))
    result = asyncio.run(
        measure(tuple(p for p in chosen if not args.only or {p.name, p.key} & set(args.only)), args.turns, args.laws)
    )
    tell(result, args.json)
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
