"""`parley webhooks`: the messages that could not be delivered, and sending them again."""

import argparse
import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime

from api.settings import Settings
from api.store import open_store
from api.store.keys import wall_ms
from api.store.store import Store
from pipeline.errors import NotFound


def add_arguments(parser: argparse.ArgumentParser) -> tuple[argparse.ArgumentParser, ...]:
    """The actions and their options; gives the actions back."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list what was given up, oldest first")
    listing.add_argument("--json", action="store_true", help="print it as JSON")
    resend = actions.add_parser("resend", help="let the running service send them again, with all attempts")
    resend.add_argument("id", nargs="?", metavar="ID", help="a message's id, as in the list")
    resend.add_argument("--all", action="store_true", help="all of them")
    for name, action in (("list", listing), ("resend", resend)):
        action.set_defaults(action=name, parser=action)
    return listing, resend


def run(args: argparse.Namespace, settings: Settings) -> int:
    if args.action == "resend" and (args.id is None) == (not args.all):
        args.parser.error("name one message, or --all")
    return asyncio.run(_run(args, settings))


async def _run(args: argparse.Namespace, settings: Settings) -> int:
    store = await open_store(settings.database_url, settings.data_dir)
    try:
        if args.action == "list":
            await _list(store, args.json)
        else:
            await _resend(store, args.id, settings)
    finally:
        await store.close()
    return 0


async def _list(store: Store, as_json: bool) -> None:
    dead = await store.outbox.given_up()
    if as_json:
        print(json.dumps([asdict(letter) for letter in dead], indent=2))
        return
    for letter in dead:
        tried = f"{letter.attempts} attempt{'' if letter.attempts == 1 else 's'}"
        print(letter.id, f"given up {_when(letter.dead_ms)}", tried, letter.trouble, sep="  ")
    if not dead:
        print("Nothing was given up.")


async def _resend(store: Store, id: str | None, settings: Settings) -> None:
    count = await store.outbox.revive(wall_ms(), id)
    if id is not None and not count:
        raise NotFound(f"no message {id} was given up; `parley webhooks list` shows those that were")
    told = "1 message is" if count == 1 else f"{count} messages are"
    where = f"to {settings.webhook_url}" if settings.webhook_url else "once PARLEY_WEBHOOK_URL is set"
    print(f"{told} sent again {where} while the service runs.")


def _when(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
