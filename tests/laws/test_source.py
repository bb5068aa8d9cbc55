"""The laws see through aliases, and see the whole project."""

import ast

from tests.laws.source import PACKAGES, Module, imported, modules, uses


def parsed(text: str) -> Module:
    return Module("somewhere.py", text, ast.parse(text))


def test_an_alias_hides_nothing() -> None:
    module = parsed("import time as t\nfrom asyncio import Queue as Q\nimport os\nt.time()\nQ()\nos.environ['A']\n")
    assert {name for _, name in uses(module)} >= {"time.time", "asyncio.Queue", "os.environ"}


def test_an_import_inside_a_function_is_an_import() -> None:
    module = parsed("def f():\n    from sqlalchemy import text\n    return text\n")
    assert [name for _, name in imported(module)] == ["sqlalchemy.text"]


def test_every_package_is_seen() -> None:
    assert {module.path.split("/")[0] for module in modules()} == set(PACKAGES)
