"""`parley agents check`: every mistake of agent files, each with its path and a sentence."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from api.price_settings import warning
from api.settings import Settings
from api.zones import check_zone
from pipeline.errors import SpecInvalid
from stages.dialogue.load import load_agent, shipped
from stages.dialogue.spec import AgentSpec
from stages.tools_function import equipped, function


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
        spec = load_agent(name)
    except SpecInvalid as wrong:
        print(wrong, file=sys.stderr)
        return 1
    if mistakes := _beyond(spec, name):
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        print(f"{name}: {count}", *mistakes, sep="\n  ", file=sys.stderr)
        return 1
    spec = equipped(spec)
    print(f"{name}: sound. {_told(spec)}")
    if spec.limits.spend_usd is not None:
        settings = Settings.load()
        if told := warning(spec, settings.models, settings.price_table):
            print(f"{name}: warning: {told}")
    return 0


def _beyond(spec: AgentSpec, name: str) -> list[str]:
    """What is wrong with what the file names and does not hold: functions, a time zone, other agents."""
    found: list[str] = []
    lookups: list[Callable[[], object]] = [partial(check_zone, spec)]
    lookups += [partial(function, tool.python) for tool in spec.declared if tool.python]
    for looked in lookups:
        try:
            looked()
        except SpecInvalid as wrong:
            found.append(str(wrong))
    if not found:
        try:
            equipped(spec)
        except SpecInvalid as wrong:
            found.append(str(wrong))
    for index, handoff in enumerate(spec.handoffs):
        named = handoff.agent
        beside = Path(name).parent / (named if named.endswith((".yaml", ".yml")) else f"{named}.yaml")
        if named not in shipped() and not beside.is_file():
            wrong_name = f"{named!r} is neither a shipped agent ({', '.join(shipped())}) nor a file beside this one"
            found.append(f"handoffs[{index}].agent: {wrong_name}")
    return found


def _told(spec: AgentSpec) -> str:
    states = sum(not state.implied for state in spec.states)
    parts = ((states, "state"), (len(spec.fields), "field"), (len(spec.tools), "tool"))
    counts = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts)
    return f"Agent {spec.name}, version {spec.hash}: {counts}."
