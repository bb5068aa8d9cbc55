"""The command line of the stand-in: `parley standin`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from stages.standin.config import StandinConfig
from stages.standin.faults import KINDS, STAGES, parse
from stages.standin.latency import profile

EPILOG: Final = f"""\
latency profiles:
  zero                                   as fast as the engine
  fixed[:stt=300,llm=400,tts=250,tokens=50,rtf=0.25]
                                         the same for every request (ms, ms, ms, tokens a second, share of real time)
  openai-2026                            seeded laws fitted to published measurements

faults: stage:kind[,times=N|always][,probability=P][,...]
  stages  {", ".join(STAGES)}
  kinds   a status from 400 to 599 (with retry_after=, code=), or
          {", ".join(KINDS)}
  also    after=BYTES (stall, drip, reset, short, malformed), seconds=S (stall, slow), rate=BYTES_PER_S (drip)
  e.g.    --fault stt:503,retry_after=1,times=2 --fault tts:stall,after=4800
          --fault llm:reset,probability=0.1,times=always
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=8090, help="port to listen on; 0 takes a free one (default %(default)s)"
    )
    parser.add_argument(
        "--engine", choices=("local", "canned"), default="local", help="what answers (default %(default)s)"
    )
    parser.add_argument("--script", type=Path, metavar="FILE", help="YAML or JSON script of the canned engine")
    parser.add_argument(
        "--latency", type=_latency, default="zero", metavar="PROFILE", help="see below (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of latency and of fault probabilities (default %(default)s)"
    )
    parser.add_argument(
        "--fault", type=_fault, action="append", default=[], metavar="FAULT", help="see below; may be repeated"
    )
    parser.add_argument("--key", help="the only API key that is accepted (default: any)")
    parser.add_argument("--control", action="store_true", help="open /standin/faults, to script faults while it runs")
    parser.add_argument(
        "--hearing-threads", type=int, default=2, metavar="N", help="recognisers, 120 MB each (default %(default)s)"
    )
    parser.add_argument(
        "--ready-fd", type=int, metavar="FD", help="write the base URL to this descriptor once it listens"
    )
    parser.add_argument("--parent-pid", type=int, metavar="PID", help="end when this is no longer the parent process")
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")


def run(args: argparse.Namespace) -> int:
    """Serves until it is told to end; the exit code."""
    # Imported late so that `--help` does not wait for the server's libraries.
    from stages.standin.engines.script import load
    from stages.standin.server import create_app
    from stages.standin.serving import Place, serve

    try:
        config = StandinConfig(
            engine=args.engine,
            script=load(args.script) if args.script else None,
            latency=args.latency,
            seed=args.seed,
            faults=tuple(args.fault),
            key=args.key,
            control=args.control,
            hearing_threads=max(1, args.hearing_threads),
        )
        return serve(
            create_app(config), Place(args.host, args.port, args.ready_fd, args.parent_pid, args.end_with_stdin)
        )
    except (ValueError, OSError) as wrong:
        print(f"parley standin: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        "parley standin", description="A loopback server that speaks OpenAI's wire protocol."
    )
    add_arguments(parser)
    return run(parser.parse_args())


def _latency(text: str) -> str:
    try:
        profile(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None
    return text


def _fault(text: str) -> str:
    try:
        parse(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None
    return text


if __name__ == "__main__":
    sys.exit(main())
