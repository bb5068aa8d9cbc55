"""A process that opens a store and says what it found: `python -m tests.api.store.starter URL DATA_DIR`."""

import asyncio
import sys
from pathlib import Path

from api.store import open_store


async def start(url: str, data_dir: Path) -> None:
    store = await open_store(url, data_dir)
    await store.ping(30)
    key, token = await store.keys.create("started")
    assert await store.keys.verify(token) == key
    await store.close()
    print("alembic" in sys.modules)


if __name__ == "__main__":
    asyncio.run(start(sys.argv[1], Path(sys.argv[2])))
