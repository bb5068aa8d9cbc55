"""Random and mutated SDP offers against the front door: none may break it, hold it up, or leave anything behind.

Usage: python -m benchmarks.fuzz_sdp [--offers 3000] [--seed 1]
"""

import argparse
import asyncio
import collections
import logging
import random
import sys
import time

from benchmarks.webrtc import open_files, resident_kib
from tests.api.routes.test_realtime import ALLOWED, SDP, front_door
from tests.api.transports.offers import vandalised


async def fuzz(offers: int, seed: int) -> int:
    chance = random.Random(seed)
    statuses: collections.Counter[int] = collections.Counter()
    slowest, memory, files, wrong = 0.0, 0.0, 0, 0
    async with front_door() as (client, calls):
        for number in range(offers):
            if number == offers // 4:
                memory, files = resident_kib(), open_files()
            offer = vandalised(chance)
            began = time.perf_counter()
            async with asyncio.timeout(10):
                response = await client.post("/v1/realtime/calls", content=offer, headers=SDP)
            slowest = max(slowest, time.perf_counter() - began)
            statuses[response.status_code] += 1
            if response.status_code not in ALLOWED:
                wrong += 1
                print(f"offer {number}: {response.status_code} {response.text}", file=sys.stderr)
            while calls.lines:
                await calls.lines.pop().close("done")
    await asyncio.sleep(0.1)
    left = len(asyncio.all_tasks()) - 1
    print(
        f"{offers} offers, seed {seed}: " + ", ".join(f"{count} x {code}" for code, count in sorted(statuses.items()))
    )
    print(
        f"slowest {1000 * slowest:.0f} ms; tasks left {left}; over the last three quarters "
        f"memory {(resident_kib() - memory) / 1024:+.1f} MiB, open files {open_files() - files:+d}"
    )
    return 1 if wrong or left else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--offers", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    sys.exit(asyncio.run(fuzz(asked.offers, asked.seed)))


if __name__ == "__main__":
    main()
