"""`parley keys`: the keys of the HTTP API, from the command line."""

import argparse
import asyncio
import sys
from datetime import UTC, datetime

from api.scopes import Scope, read_scopes, write_scopes
from api.settings import Settings
from api.store import open_store
from api.store.keys import ApiKey, wall_ms
from pipeline.errors import NotFound


def add_arguments(parser: argparse.ArgumentParser) -> tuple[argparse.ArgumentParser, ...]:
    """The actions and their options; gives the actions back."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    create = actions.add_parser("create", help="make a key and show it, this once")
    create.add_argument("--quiet", action="store_true", help="print the key and nothing else")
    create.add_argument("--label", default="", help="what the key is for, shown in the list")
    scopes = f"what it may do, separated by commas: {', '.join(Scope)} (all of it)"
    create.add_argument("--scope", default="", metavar="LIST", help=scopes)
    create.add_argument("--calls", type=_positive, metavar="N", help="most calls and conversations at once (no limit)")
    create.add_argument("--days", type=_positive, metavar="N", help="days until it expires (it does not)")
    listing = actions.add_parser("list", help="list the keys")
    revoke = actions.add_parser("revoke", help="end a key; it counts within seconds")
    revoke.add_argument("id", help="the key's id, as in the list")
    for name, action in (("create", create), ("list", listing), ("revoke", revoke)):
        action.set_defaults(action=name)
    return create, listing, revoke


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def run(args: argparse.Namespace, settings: Settings) -> int:
    return asyncio.run(_run(args, settings))


async def _run(args: argparse.Namespace, settings: Settings) -> int:
    store = await open_store(settings.database_url, settings.data_dir)
    try:
        match args.action:
            case "create":
                key, token = await store.keys.create(args.label, read_scopes(args.scope), args.calls, args.days)
                print(token)
                if not args.quiet:
                    about = f"Key {key.id} was made. It is shown this once: only its fingerprint is kept."
                    print(about, f"Use it as `Authorization: Bearer {token}`.", sep="\n", file=sys.stderr)
            case "list":
                for key in await store.keys.list():
                    print(key.id, _when(key.created_ms), _state(key), _may(key), key.label, sep="  ")
            case "revoke":
                if not await store.keys.revoke(args.id):
                    raise NotFound(f"no key {args.id} is in force; `parley keys list` shows them")
                print(f"Key {args.id} is revoked.")
    finally:
        await store.close()
    return 0


def _state(key: ApiKey) -> str:
    if key.revoked_ms is not None:
        return f"revoked {_when(key.revoked_ms)}"
    if key.expires_ms is not None and key.expires_ms <= wall_ms():
        return f"expired {_when(key.expires_ms)}"
    return f"used {_when(key.last_used_ms)}" if key.last_used_ms is not None else "never used"


def _may(key: ApiKey) -> str:
    """What it is good for, and until when."""
    parts = [write_scopes(key.scopes) or "everything"]
    if key.most_calls is not None:
        parts.append(f"{key.most_calls} at once")
    if key.expires_ms is not None:
        parts.append(f"until {_when(key.expires_ms)}")
    return ", ".join(parts)


def _when(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
