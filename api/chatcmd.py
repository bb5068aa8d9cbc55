"""`parley chat`: a conversation with an agent by text, with its states, fields and tools as they change."""

import argparse
import asyncio
import json
import secrets
import sys
import threading
from typing import TextIO

from api.chat import Chat, Piece
from api.compose import open_parts
from api.settings import Settings
from api.standin import Standin, standing_in
from pipeline.channel import Channel

LINES_AHEAD = 10_000
"""Lines of a pipe that are taken in before they are said."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    about = "a shipped example's name or a YAML file (PARLEY_AGENT, default reception)"
    parser.add_argument("agent", nargs="?", metavar="AGENT", help=about)
    parser.add_argument("--json", action="store_true", help="print each event as a line of JSON")
    parser.add_argument("--quiet", action="store_true", help="print the words, and nothing of states, fields and tools")


def run(args: argparse.Namespace, settings: Settings) -> int:
    screen = Screen(sys.stdout, as_json=args.json, quiet=args.quiet, echoes=not sys.stdin.isatty())
    return asyncio.run(_talk(settings, screen))


class Screen:
    """Prints what happens: words as they come, everything else on lines of its own."""

    def __init__(self, out: TextIO, *, as_json: bool = False, quiet: bool = False, echoes: bool = False) -> None:
        self._out = out
        self._as_json = as_json
        self._quiet = quiet
        self._echoes = echoes
        """The caller's words come from a pipe: print them, so that what is printed can be read."""
        self._is_speaking = False
        self._paused = False

    def heard(self, text: str) -> None:
        if self._echoes and not self._as_json:
            self._line(f"you    {text}")

    def note(self, text: str) -> None:
        """About the program itself."""
        if not self._as_json:
            self._line(f"({text})")

    def ask(self) -> None:
        """It is the caller's turn."""
        if not self._echoes and not self._as_json:
            self._print("you    ")

    async def tell(self, piece: Piece) -> None:
        if self._as_json:
            self._line(json.dumps({"event": piece.kind, **piece.body}, ensure_ascii=False))
        elif piece.kind == "words":
            self._speak(piece.body["text"], piece.body["pause"])
        elif (text := _told(piece)) is not None and (not self._quiet or piece.kind == "error"):
            self._line(f"       · {text}")
        elif piece.kind == "done":
            self._fresh()

    def _speak(self, text: str, pause: bool) -> None:
        text = text if self._is_speaking and not self._paused else text.lstrip()
        if text:
            self._print((" " if self._paused else "") + text if self._is_speaking else f"agent  {text}")
            self._is_speaking = True
            self._paused = False
        self._paused = self._is_speaking and (self._paused or pause)

    def _line(self, text: str) -> None:
        self._fresh()
        self._print(text + "\n")

    def _fresh(self) -> None:
        if self._is_speaking:
            self._print("\n")
            self._is_speaking = self._paused = False

    def _print(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def _told(piece: Piece) -> str | None:
    body = piece.body
    match piece.kind:
        case "state":
            return f"state {body['previous']} -> {body['state']}" if body["previous"] else f"state {body['state']}"
        case "tool" if body["outcome"] is None:
            return f"tool {body['name']} {body['arguments']}"
        case "tool":
            return f"tool {body['name']}: {body['outcome']} {body['result']}"
        case "field":
            return f"field {body['name']} = {body['value'] or '-'} ({body['status']})"
        case "escalated":
            return f"a person is asked to take over: {body['reason']}"
        case "handed_off":
            return f"{body['previous']} hands over to {body['agent']}"
        case "withheld":
            return f"not said ({body['why']}): {body['text']}"
        case "error":
            return f"failed: {body['message']} ({body['code']})"
    return None


async def _talk(settings: Settings, screen: Screen) -> int:
    standin = Standin.of(settings) if settings.uses_standin("llm") else None
    if standin is not None:
        screen.note("no key is set: starting the stand-in provider")
    async with standing_in(standin) as url, open_parts(settings, url, recorded=False) as parts:
        chat = Chat(*await parts.chat(f"call_{secrets.token_hex(12)}", None))
        await converse(chat, screen, lines_of(sys.stdin))
        return 0 if chat.ended in ("agent_goodbye", "caller_left") else 1


async def converse(chat: Chat, screen: Screen, lines: Channel[str]) -> None:
    """The greeting, then turn by turn until the agent says goodbye or the caller has no more to say."""
    await chat.greet(screen.tell)
    await chat.done(screen.tell)
    while chat.ended is None:
        screen.ask()
        line = await lines.get()
        if line is None:
            chat.end("caller_left")
        elif text := line.strip():
            screen.heard(text)
            await chat.say(text, screen.tell)
            await chat.done(screen.tell)
    screen.note(f"the conversation is over: {chat.ended}")


def lines_of(source: TextIO) -> Channel[str]:
    """The lines of a terminal, a pipe or a file, as they are typed. The thread that reads them dies with the process:
    there is no way to wake it out of a read."""
    lines: Channel[str] = Channel(LINES_AHEAD)
    loop = asyncio.get_running_loop()

    def read() -> None:
        try:
            for line in source:
                loop.call_soon_threadsafe(lines.offer, line)
            loop.call_soon_threadsafe(lines.close)
        except RuntimeError:
            pass  # the loop is closed: nobody reads any more

    threading.Thread(target=read, name="lines", daemon=True).start()
    return lines
