"""`parley keys`: the keys of the HTTP API, from the command line."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from api.settings import Settings
from api.store import open_store
from pipeline.errors import NotFound


def run(args: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_run(args, settings))


async def _run(args: argparse.Namespace, settings: Settings) -> int:
    store = await open_store(settings.database_url, settings.data_dir)
    try:
        match args.action:
            case "create":
                key, token = await store.keys.create(args.label)
                print(token)
                if not args.quiet:
                    about = f"Key {key.id} was made. It is shown this once: only its fingerprint is kept."
                    print(about, f"Use it as `Authorization: Bearer {token}`.", sep="\n", file=sys.stderr)
            case "list":
                for key in await store.keys.list():
                    print(key.id, _when(key.created_ms), _state(key.revoked_ms, key.last_used_ms), key.label, sep="  ")
            case "revoke":
                if not await store.keys.revoke(args.id):
                    raise NotFound(f"no key {args.id} is in force; `parley keys list` shows them")
                print(f"Key {args.id} is revoked.")
    finally:
        await store.close()
    return 0


def _state(revoked_ms: int | None, last_used_ms: int | None) -> str:
    if revoked_ms is not None:
        return f"revoked {_when(revoked_ms)}"
    return f"used {_when(last_used_ms)}" if last_used_ms is not None else "never used"


def _when(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
