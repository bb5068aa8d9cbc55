"""Each module that does something has a test module of its own, at the mirrored path."""

import ast

from tests.laws.source import ROOT, Function, Module, functions, modules, told

TESTED_TOGETHER: dict[str, str] = {
    "api/store/migrations/": "tests/api/store/test_migrations.py applies them all to both databases",
}


def does_something(function: Function) -> bool:
    """More than a docstring, `...` or `pass`."""
    return any(
        not isinstance(statement, ast.Pass)
        and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in function.body
    )


def needs_a_test(module: Module) -> bool:
    named = module.path.startswith(tuple(TESTED_TOGETHER))
    return not named and not module.path.endswith("__init__.py") and any(does_something(f) for f in functions(module))


def test_file(module: Module) -> str:
    folder, _, name = module.path.rpartition("/")
    return f"tests/{folder}/test_{name.lstrip('_')}"


test_file.__test__ = False  # type: ignore[attr-defined]


def test_every_module_has_a_test_file_of_its_own() -> None:
    missing = [test_file(m) for m in modules() if needs_a_test(m) and not (ROOT / test_file(m)).exists()]
    assert not missing, told(missing)


def holds_tests(module: Module) -> bool:
    """Test functions, or the state machine of a Hypothesis test."""
    names = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)}
    return any(function.name.startswith("test") for function in functions(module)) or "RuleBasedStateMachine" in names


def test_every_test_file_has_tests() -> None:
    files = [module for module in modules("tests") if module.path.rpartition("/")[2].startswith("test_")]
    empty = [module.path for module in files if not holds_tests(module)]
    assert files
    assert not empty, told(empty)
