"""A process that writes a journal until it is killed: `python -m tests.api.store.doomed DIRECTORY`.

It prints how many facts it knows to be on disk.
"""

import asyncio
import os
import sys
from itertools import count
from pathlib import Path

from api.store import Journal, JournalLimits
from pipeline.events import Envelope, Transcribed
from tests.api.store.samples import live_call, write_started

SMALL = JournalLimits(segment_bytes=4_000, sync_every_s=0.002)


async def write(directory: Path) -> None:
    async with Journal(directory, SMALL) as journal:
        for envelope in (*live_call("busy"), write_started("busy", 8)):
            journal.append(envelope)
        for seq in count(9):
            journal.append(Envelope("busy", seq, seq * 1000, Transcribed(seq, f"word {seq} " + "la " * (seq % 50))))
            if seq % 7 == 0 and await journal.flushed():
                os.write(1, b"%d\n" % seq)
            if seq % 3 == 0:
                await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1])))
