"""`parley call`: a whole call from a recording, in real time, through the same pipeline."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from api.compose import Parts, open_parts
from api.recording import check_writable, read_recording, write_stereo
from api.report import as_text, report
from api.settings import Settings
from api.standin import Standin, standing_in
from api.transports.file import RecordedLine
from pipeline.errors import ProtocolViolation
from pipeline.events import Envelope, Transcribed, TurnCut, TurnSettled
from stages.dialogue.load import load_agent

BACKLOG = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "recording", type=Path, metavar="caller.wav", help="the caller: any audio file, up to 15 minutes"
    )
    parser.add_argument("--out", type=Path, metavar="reply.wav", help="write both sides: caller left, agent right")
    parser.add_argument("--json", action="store_true", help="print the result as JSON, and no progress")
    parser.add_argument("--agent", metavar="AGENT", help="a shipped example's name or a YAML file (PARLEY_AGENT)")
    parser.add_argument(
        "--turns", action="store_true", help="wait for the agent's answer at each pause of the recording"
    )
    parser.add_argument(
        "--at-once", action="store_true", help="start the recording with the call and not after the greeting"
    )
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="where rendered clips are kept (PARLEY_DATA_DIR)")


def run(args: argparse.Namespace, settings: Settings) -> int:
    caller = read_recording(args.recording)
    if args.out is not None:
        check_writable(args.out)
        if args.out.exists() and args.out.samefile(args.recording):
            raise ProtocolViolation(f"{args.out}: this is the caller's recording; write the call to another file")
    load_agent(settings.agent)  # before anything is started
    line = RecordedLine(caller, turns=args.turns, at_once=args.at_once)
    envelopes = asyncio.run(hold(settings, line, Progress(line, quiet=args.json)))
    heard, said = line.both()
    told = report(envelopes, heard, said)
    if args.out is not None:
        write_stereo(args.out, heard, said)
        told["recording"] = str(args.out)
    print(json.dumps(told, indent=2, ensure_ascii=False) if args.json else as_text(told))
    return 0 if told["reason"] in ("caller_left", "agent_goodbye") else 1


class Progress:
    """Says on stderr how far the call is, and each line as it is said."""

    def __init__(self, line: RecordedLine, quiet: bool) -> None:
        self._line = line
        self._quiet = quiet
        self._is_terminal = sys.stderr.isatty()

    def say(self, text: str) -> None:
        if not self._quiet:
            print(f"\r\033[K{text}" if self._is_terminal else text, file=sys.stderr, flush=True)

    def tick(self) -> None:
        if not self._quiet and self._is_terminal:
            at = f"{self._line.seconds:5.1f} s of a call, recording of {self._line.length:.1f} s"
            print(f"\r\033[K{at}", end="", file=sys.stderr, flush=True)

    def tell(self, envelope: Envelope) -> None:
        match envelope.event:
            case Transcribed(_, text):
                self.say(f"{envelope.at / 1e6:6.1f} s  caller  {text}")
            case (TurnSettled() | TurnCut()) as ended if ended.heard:
                self.say(f"{envelope.at / 1e6:6.1f} s  agent   {ended.heard}")


async def hold(settings: Settings, line: RecordedLine, progress: Progress) -> tuple[Envelope, ...]:
    """The whole call; every envelope of it. The stand-in runs as long as it is needed."""
    standin = Standin.of(settings) if settings.needs_standin else None
    if standin is not None:
        progress.say("starting the stand-in provider")
    async with standing_in(standin) as url, open_parts(settings, url, recorded=False) as parts:
        progress.say("preparing the agent's fixed lines")
        await parts.warm()
        return await _call(parts, line, progress)


async def _call(parts: Parts, line: RecordedLine, progress: Progress) -> tuple[Envelope, ...]:
    call, bus = await parts.call("call_recorded", line, None)
    line.is_busy = lambda: call.floor.holder.value not in ("nobody", "over")
    reader = bus.subscribe(BACKLOG)

    async def tell() -> None:
        async for envelope in reader:
            progress.tell(envelope)

    async def tick() -> None:
        while True:
            progress.tick()
            await asyncio.sleep(0.5)

    async with asyncio.TaskGroup() as scope:
        telling, ticking = scope.create_task(tell()), scope.create_task(tick())
        await call.run()
        await telling
        ticking.cancel()
    return bus.since(0)
