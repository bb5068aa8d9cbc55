"""The project's own modules, parsed once, for the laws to look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pipeline", "vad", "stages", "api")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    path: str
    """Relative to the repository, with slashes."""
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """Every module under `folders` (all four packages when none is named), in the order of their paths."""
    found = (path for folder in folders or PACKAGES for path in (ROOT / folder).rglob("*.py"))
    return tuple(read(path.relative_to(ROOT).as_posix()) for path in sorted(found) if "__pycache__" not in path.parts)


@cache
def read(path: str) -> Module:
    text = (ROOT / path).read_text("utf-8")
    return Module(path, text, ast.parse(text, path))


def functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def classes(module: Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def place(module: Module, node: ast.AST) -> str:
    """`path:line`, as an editor opens it."""
    return f"{module.path}:{getattr(node, 'lineno', 1)}"


def imported(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every import in a module, also inside functions, as (statement, full dotted name)."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def uses(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """What a module calls or reads of other modules, by its full name, through whatever alias it was imported."""
    alias: dict[str, str] = {}
    for statement, name in imported(module):
        names = statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else []
        for entry in names:
            if isinstance(statement, ast.Import):
                alias[entry.asname or entry.name.split(".")[0]] = entry.name if entry.asname else name.split(".")[0]
            elif name.endswith("." + entry.name):
                alias[entry.asname or entry.name] = name
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            dotted = dotted_name(node)
            head, _, rest = dotted.partition(".")
            if head in alias:
                yield node, alias[head] + ("." + rest if rest else "")


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` of an expression, or "" where it is not a plain dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted_name(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def told(broken: list[str]) -> str:
    return "\n" + "\n".join(broken)
