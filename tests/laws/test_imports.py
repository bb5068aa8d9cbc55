"""What import-linter cannot say: who may import nothing but the standard library, and who builds the parts."""

import sys

from tests.laws.source import Module, imported, modules, place, told

DIALOGUE_MAY = ("pipeline.", "stages.ports.", "stages.prices.", "stages.dialogue.")
LOADER = {f"stages/dialogue/{name}.py" for name in ("load", "agent_file", "mistakes")}
LOADER_MAY = ("yaml", "pydantic")
COMPOSERS = {
    "api/compose.py": "builds the concrete parts",
    "api/providers.py": "builds each stage's provider",
    "api/check.py": "reaches each provider once, without a call",
}
CONCRETE = ("stages.providers.openai_", "stages.agent.", "stages.clips.")


def strangers(module: Module, *allowed: str) -> list[str]:
    return [
        f"{place(module, statement)} {name}"
        for statement, name in imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith(allowed)
    ]


def test_the_pipeline_stands_on_the_standard_library() -> None:
    found = [line for module in modules("pipeline") for line in strangers(module, "pipeline.")]
    assert not found, told(found)


def test_the_dialogue_stands_on_the_pipeline_and_the_ports() -> None:
    found = [
        line
        for module in modules("stages/dialogue")
        for line in strangers(module, *DIALOGUE_MAY, *(LOADER_MAY if module.path in LOADER else ()))
    ]
    assert not found, told(found)


def test_only_compose_builds_the_concrete_parts() -> None:
    found = [
        f"{place(module, statement)} {name}"
        for module in modules("api")
        if module.path not in COMPOSERS
        for statement, name in imported(module)
        if f"{name}.".startswith(CONCRETE)
    ]
    assert not found, told(found)


def test_no_import_hides_in_a_star() -> None:
    found = [place(m, statement) for m in modules() for statement, name in imported(m) if name.endswith(".*")]
    assert not found, told(found)
