"""Random Realtime clients against whole calls: typed errors only, every response ends, nothing is left, memory flat.

Each seed is one client: some 25 events, right, spoilt and truncated ones, with random waits on a virtual clock, against
a real floor, turn, playout and protocol, and providers that stall and fail. `python -m benchmarks.fuzz_realtime --count
10000` exits with 1 if anything was found; `--first SEED --count 1` shows one again.
"""

import argparse
import gc
import logging
import sys
from collections import Counter

from tests.support.realtime_fuzz import converse

FLAT = 20_000
"""What the number of objects that live may grow by after the first tenth: two for each of ten thousand clients."""


class Logged(logging.Handler):
    """What the service thought worth an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def living() -> int:
    """Objects that nobody has let go of."""
    gc.collect()
    return len(gc.get_objects())


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--count", type=int, default=2_000, help="clients (default %(default)s)")
    given.add_argument("--first", type=int, default=0, help="the first seed (default %(default)s)")
    args = given.parse_args()
    logged, told, wrong = Logged(), Counter[str](), 0
    logging.getLogger().addHandler(logged)
    settled = 0
    for number, seed in enumerate(range(args.first, args.first + args.count)):
        found, kinds = converse(seed)
        told += kinds
        found += logged.lines
        logged.lines = []
        if found:
            wrong += 1
            print(f"seed {seed}: {'; '.join(found[:3])}")
        if number == args.count // 10:
            settled = living()
    grown = living() - settled
    print(f"{args.count} clients were told {sum(told.values())} events; {grown} more objects live than after a tenth")
    for kind, count in told.most_common():
        print(f"  {count:8}  {kind}")
    return int(bool(wrong) or grown > FLAT)


if __name__ == "__main__":
    sys.exit(main())
