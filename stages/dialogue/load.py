"""Agent files become specs: read, checked as a whole with every mistake named, frozen."""

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.errors import SpecInvalid
from stages.dialogue.agent_file import AgentFile
from stages.dialogue.contradictions import contradictions
from stages.dialogue.freeze import freeze
from stages.dialogue.mistakes import sentences
from stages.dialogue.references import dangling
from stages.dialogue.spec import AgentSpec

EXAMPLES = Path(__file__).parent / "examples"
LARGEST_FILE = 256 * 1024

_PASTED = re.compile(r"(?m)^([A-Za-z_]+:[ \t]*\n)(?=[\[{])")
"""JSON pasted under a key without indentation: one blank makes YAML of it."""


def shipped() -> tuple[str, ...]:
    """The names of the agents that come with Parley."""
    return tuple(sorted(path.stem for path in EXAMPLES.glob("*.yaml")))


def load_agent(name_or_path: str | Path) -> AgentSpec:
    """A shipped agent by its name, any other by the path of its file. Raises SpecInvalid."""
    text, path = _file(name_or_path)
    return read_agent(text, str(path), path.stem)


def raw_agent(name_or_path: str | Path) -> dict[Any, Any]:
    """What the file of an agent holds, right or wrong. Raises SpecInvalid where it holds no agent at all."""
    text, path = _file(name_or_path)
    return _raw(text, str(path), path.stem)


def _file(name_or_path: str | Path) -> tuple[str, Path]:
    asked = str(name_or_path)
    path = EXAMPLES / f"{asked}.yaml" if asked in shipped() else Path(name_or_path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SpecInvalid(f"{path}: an agent file is at most {LARGEST_FILE // 1024} KB")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise SpecInvalid(f"{path}: not UTF-8 text") from None
    except (OSError, ValueError):
        known = ", ".join(shipped())
        raise SpecInvalid(f"no agent {asked!r}: neither a shipped one ({known}) nor a file that can be read") from None
    return text, path


def read_agent(text: str, origin: str, name: str = "agent") -> AgentSpec:
    """The spec in `text`; a bare list of states becomes an agent called `name` with plain lines."""
    raw = _raw(text, origin, name)
    mistakes, spec = dangling(raw) + contradictions(raw), None
    try:
        spec = freeze(AgentFile.model_validate(raw))
    except ValidationError as error:
        mistakes = sentences(error) + mistakes
    if spec is None or mistakes:
        raise mistaken(origin, mistakes)
    return spec


def mistaken(origin: str, mistakes: list[str]) -> SpecInvalid:
    """What is raised for a file with these mistakes."""
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    return SpecInvalid(f"{origin}: {count}\n" + "\n".join(f"  {mistake}" for mistake in mistakes), tuple(mistakes))


def _raw(text: str, origin: str, name: str) -> dict[Any, Any]:
    try:
        raw = yaml.load(_PASTED.sub(r"\1 ", text), Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SpecInvalid(f"{origin}: not readable as YAML: {' '.join(str(error).split())}") from None
    if isinstance(raw, list):
        raw = _around(raw, name)
    if not isinstance(raw, dict):
        raise SpecInvalid(f"{origin}: an agent file holds a mapping of keys to values, or a list of states")
    return raw


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key cannot be given twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            written = str(key.value)
            if written in seen and key.tag != "tag:yaml.org,2002:merge":
                problem = f"the key {written!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(written)
        return super().construct_mapping(node, deep)


def _around(states: list[Any], name: str) -> dict[str, Any]:
    return {
        "name": re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip("_.-")[:64] or "agent",
        "objective": "Lead the caller through the conversation states, one after the other.",
        "greeting": "Hello, thank you for calling.",
        "disclosure": "I'm an AI assistant.",
        "question": "How can I help you?",
        "states": states,
    }
