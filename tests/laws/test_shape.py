"""Small modules, small functions, flat classes, and names from the trade."""

import ast
import re

from tests.laws.source import Function, Module, classes, dotted_name, functions, modules, place, told

LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
MOST_PARAMETERS = 7
DEEPEST = 1
DEEPEST_ERROR = 2
BANNED_WORDS = set("manager handler processor service helper helpers util utils common base misc data info".split())
FORCED_NAMES = {
    # Alembic looks for exactly this file and these names.
    "api/store/migrations/env.py",
}


def test_no_module_outgrows_a_reader() -> None:
    long = [f"{m.path}: {m.lines} lines" for m in modules() + modules("benchmarks") if m.lines > LONGEST_MODULE]
    assert not long, told(long)


def test_no_function_outgrows_a_screen() -> None:
    long = [
        f"{place(module, function)} {function.name}: {length} lines"
        for module in modules()
        for function in functions(module)
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, told(long)


def parameters(function: Function) -> int:
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def test_no_function_takes_more_than_seven_parameters() -> None:
    wide = [
        f"{place(module, function)} {function.name}: {parameters(function)} parameters"
        for module in modules()
        for function in functions(module)
        if parameters(function) > MOST_PARAMETERS
    ]
    assert not wide, told(wide)


def base_names(node: ast.ClassDef) -> list[str]:
    plain = [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]
    return [dotted_name(base).split(".")[-1] for base in plain]


def test_no_class_has_a_family_tree() -> None:
    """Our own ancestors count; what a library asks us to inherit from does not."""
    parents = {node.name: base_names(node) for module in modules() for node in classes(module)}

    def depth(name: str, below: frozenset[str] = frozenset()) -> int:
        ours = [parent for parent in parents.get(name, ()) if parent in parents and parent not in below | {name}]
        return max((1 + depth(parent, below | {name}) for parent in ours), default=0)

    def is_error(name: str, below: frozenset[str] = frozenset()) -> bool:
        above = [parent for parent in parents.get(name, ()) if parent not in below]
        return any(one.endswith(("Error", "Exception")) or is_error(one, below | {name}) for one in above)

    deep = [
        f"{place(module, node)} {node.name}: {depth(node.name)} ancestors"
        for module in modules()
        for node in classes(module)
        if depth(node.name) > (DEEPEST_ERROR if is_error(node.name) else DEEPEST)
    ]
    assert not deep, told(deep)


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def test_modules_and_classes_are_named_after_things_of_the_trade() -> None:
    vague = [
        f"{module.path}: {sorted(words(part) & BANNED_WORDS)}"
        for module in modules()
        if module.path not in FORCED_NAMES
        for part in [module.path.removesuffix(".py").replace("/", "_")]
        if words(part) & BANNED_WORDS
    ]
    vague += [
        f"{place(module, node)} class {node.name}"
        for module in modules()
        for node in classes(module)
        if words(node.name) & BANNED_WORDS
    ]
    assert not vague, told(vague)


def first_line(module: Module) -> str:
    return (ast.get_docstring(module.tree) or "").split("\n")[0]


def test_every_module_says_its_responsibility_in_one_sentence() -> None:
    silent = [
        f"{module.path}: {first_line(module)!r}"
        for module in modules()
        if not re.fullmatch(r"[A-Z`/(].*[.:?]", first_line(module))
    ]
    assert not silent, told(silent)
