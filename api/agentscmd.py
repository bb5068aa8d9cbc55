"""`parley agents check`: every mistake of agent files, each with its path and a sentence."""

import argparse
import sys

from api.price_settings import warning
from api.settings import Settings
from api.zones import check_zone
from pipeline.errors import SpecInvalid
from stages.dialogue.load import load_agent
from stages.dialogue.spec import AgentSpec
from stages.tools_function import equipped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser(
        "check", help="name every mistake of agent files; the exit code says whether there are any"
    )
    check.add_argument("files", nargs="+", metavar="FILE", help="a YAML file, or a shipped agent's name")


def run(args: argparse.Namespace) -> int:
    """0 where all files are sound, 1 where one is not."""
    return max(_checked(name) for name in args.files)


def _checked(name: str) -> int:
    try:
        spec = equipped(load_agent(name))
        check_zone(spec)
    except SpecInvalid as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print(f"{name}: sound. {_told(spec)}")
    if spec.limits.spend_usd is not None:
        settings = Settings.load()
        if told := warning(spec, settings.models, settings.price_table):
            print(f"{name}: warning: {told}")
    return 0


def _told(spec: AgentSpec) -> str:
    states = sum(not state.implied for state in spec.states)
    parts = ((states, "state"), (len(spec.fields), "field"), (len(spec.tools), "tool"))
    counts = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts)
    return f"Agent {spec.name}, version {spec.hash}: {counts}."
