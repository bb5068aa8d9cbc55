"""The command line: `parley COMMAND`. A command's parts are imported when it is used."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ParleyError, SettingsInvalid

EPILOG = """\
Settings are environment variables (PARLEY_PORT=9000 parley serve); README.md lists them all.
`parley COMMAND --help` says more about each command.
"""
COMMANDS = {
    "serve": "start the service and print the address of its console",
    "standin": "start the stand-in provider: speaks OpenAI's wire protocol, needs no key",
    "check": "show the configuration, reach each provider, and say whether a call could work",
    "call": "hold a whole call from a recording, and print what was said",
    "chat": "talk to an agent by text, and see its states, fields and tools",
    "agents": "check agent files, and name every mistake in them",
    "keys": "create, list or revoke keys of the HTTP API",
    "webhooks": "list messages of the webhook that were given up, or send them again",
}


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    args = build_parser(given).parse_args(given)
    try:
        return int(args.command(args))
    except (ParleyError, OSError, ExceptionGroup) as failed:
        return _tell(failed)
    except KeyboardInterrupt:
        return 130


def _tell(failed: Exception) -> int:
    """In one line, where it is one of ours or the machine's; anything else is a bug and keeps its traceback."""
    match first_of(failed):
        case SettingsInvalid() as wrong:
            return _complain(str(wrong), 2)
        case ParleyError() as fault:
            return _complain(str(fault), 1)
        case OSError() as refused:
            return _complain(f"{refused.strerror or refused}{f': {refused.filename}' if refused.filename else ''}", 1)
    raise failed


def first_of(failed: Exception) -> Exception:
    """What went wrong first, out of the groups that task groups make."""
    return first_of(failed.exceptions[0]) if isinstance(failed, ExceptionGroup) else failed


def _complain(message: str, code: int) -> int:
    lines = message.splitlines() or ["failed"]
    print(f"parley: {lines[0]}", *lines[1:], sep="\n        ", file=sys.stderr)
    return code


def build_parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """All commands by name; the options of the one that is meant, because those of others cost their imports."""
    parser = argparse.ArgumentParser(
        "parley",
        description="A transcript-first voice agent: hears, thinks in text, and answers aloud.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    meant = next((word for word in given if word in COMMANDS), None)
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        if name == meant:
            OPTIONS[name](command)
    return parser


class _Version(argparse.Action):
    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, help="print the version", **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"parley {version('parley')}")
        parser.exit()


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (PARLEY_HOST, default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for a free one (PARLEY_PORT, default 8080)")
    _data_dir_option(parser)
    _agent_option(parser)
    parser.set_defaults(command=_serve)


def _data_dir_option(parser: argparse.ArgumentParser) -> None:
    about = "directory of the database, the journal and the clips (PARLEY_DATA_DIR, default ./parley-data)"
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help=about)


def _agent_option(parser: argparse.ArgumentParser) -> None:
    about = "the agent: a shipped example's name or a YAML file (PARLEY_AGENT, default reception)"
    parser.add_argument("--agent", metavar="AGENT", help=about)


def _serve(args: argparse.Namespace) -> int:
    from api.serve import run
    from api.settings import Settings

    return run(Settings.load(host=args.host, port=args.port, data_dir=args.data_dir, agent=args.agent))


def _standin_options(parser: argparse.ArgumentParser) -> None:
    from stages.standin.cli import add_arguments, run

    add_arguments(parser)
    parser.set_defaults(command=run)


def _check_options(parser: argparse.ArgumentParser) -> None:
    _data_dir_option(parser)
    _agent_option(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(command=_check)


def _check(args: argparse.Namespace) -> int:
    from api.check import run
    from api.settings import Settings

    return run(Settings.load(data_dir=args.data_dir, agent=args.agent), args.json)


def _call_options(parser: argparse.ArgumentParser) -> None:
    from api.callcmd import add_arguments, run

    add_arguments(parser)

    def call(args: argparse.Namespace) -> int:
        from api.settings import Settings

        return run(args, Settings.load(agent=getattr(args, "agent", None), data_dir=getattr(args, "data_dir", None)))

    parser.set_defaults(command=call)


def _chat_options(parser: argparse.ArgumentParser) -> None:
    from api.chatcmd import add_arguments, run

    add_arguments(parser)

    def chat(args: argparse.Namespace) -> int:
        from api.settings import Settings

        return run(args, Settings.load(agent=args.agent))

    parser.set_defaults(command=chat)


def _agents_options(parser: argparse.ArgumentParser) -> None:
    from api.agentscmd import add_arguments, run

    add_arguments(parser)
    parser.set_defaults(command=run)


def _keys_options(parser: argparse.ArgumentParser) -> None:
    from api.keys import add_arguments

    for action in add_arguments(parser):
        _data_dir_option(action)
    parser.set_defaults(command=_keys)


def _keys(args: argparse.Namespace) -> int:
    from api.keys import run
    from api.settings import Settings

    return run(args, Settings.load(data_dir=args.data_dir))


def _webhooks_options(parser: argparse.ArgumentParser) -> None:
    from api.webhookscmd import add_arguments

    for action in add_arguments(parser):
        _data_dir_option(action)
    parser.set_defaults(command=_webhooks)


def _webhooks(args: argparse.Namespace) -> int:
    from api.settings import Settings
    from api.webhookscmd import run

    return run(args, Settings.load(data_dir=args.data_dir))


OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "serve": _serve_options,
    "standin": _standin_options,
    "check": _check_options,
    "call": _call_options,
    "chat": _chat_options,
    "agents": _agents_options,
    "keys": _keys_options,
    "webhooks": _webhooks_options,
}

if __name__ == "__main__":
    sys.exit(main())
