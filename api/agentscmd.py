"""`parley agents check`: every mistake of agent files, each with its path and a sentence."""

import argparse
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from api.price_settings import warning
from api.settings import Settings
from api.zones import check_zone
from pipeline.errors import SpecInvalid
from stages.dialogue.load import load_agent, mistaken, raw_agent, shipped
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
        spec, mistakes = load_agent(name), []
    except SpecInvalid as wrong:
        if not wrong.mistakes:
            print(wrong, file=sys.stderr)
            return 1
        spec, mistakes = None, list(wrong.mistakes)
    mistakes += _beyond(raw_agent(name), name)
    if spec is not None and not mistakes:
        try:
            spec = equipped(spec)
        except SpecInvalid as wrong:
            mistakes.append(str(wrong))
    if spec is None or mistakes:
        print(mistaken(name, mistakes), file=sys.stderr)
        return 1
    print(f"{name}: sound. {_told(spec)}")
    if spec.limits.spend_usd is not None:
        settings = Settings.load()
        if told := warning(spec, settings.models, settings.price_table):
            print(f"{name}: warning: {told}")
    return 0


def _beyond(raw: Mapping[Any, Any], name: str) -> list[str]:
    """What is wrong with what the file names and does not hold: functions, a time zone, other agents.

    Of a file with other mistakes too; what is no text at all is one of those.
    """
    found: list[str] = []
    zone = raw.get("timezone")
    lookups: list[Callable[[], object]] = [partial(check_zone, zone)] if isinstance(zone, str) else []
    lookups += [partial(function, path) for _, path in _texts(raw, "tools", "python") if ":" in path]
    for looked in lookups:
        try:
            looked()
        except SpecInvalid as wrong:
            found.append(str(wrong))
    for index, named in _texts(raw, "handoffs", "agent"):
        beside = Path(name).parent / (named if named.endswith((".yaml", ".yml")) else f"{named}.yaml")
        if named not in shipped() and not beside.is_file():
            wrong_name = f"{named!r} is neither a shipped agent ({', '.join(shipped())}) nor a file beside this one"
            found.append(f"handoffs[{index}].agent: {wrong_name}")
    return found


def _texts(raw: Mapping[Any, Any], part: str, key: str) -> list[tuple[int, str]]:
    """What the entries of a list say under `key`, each with its place."""
    entries = raw.get(part)
    listed = enumerate(entries) if isinstance(entries, list) else ()
    return [(at, one[key]) for at, one in listed if isinstance(one, dict) and isinstance(one.get(key), str)]


def _told(spec: AgentSpec) -> str:
    states = sum(not state.implied for state in spec.states)
    parts = ((states, "state"), (len(spec.fields), "field"), (len(spec.tools), "tool"))
    counts = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in parts)
    return f"Agent {spec.name}, version {spec.hash}: {counts}."
