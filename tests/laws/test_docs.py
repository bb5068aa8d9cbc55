"""What the documentation says of the code is what the code is."""

import re

import pytest

from api.setting_names import environment_name
from api.settings import Settings
from pipeline.budget import LIMITS, STAGES
from stages.dialogue.load import AgentFile
from stages.providers.faults import CODES
from tests.laws.documents import DRAWN, codes, drawn
from tests.laws.source import ROOT, told

DOCUMENTS = sorted(path for path in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_from_the_code_is_up_to_date(name: str) -> None:
    path = ROOT / name
    assert path.read_text("utf-8") == drawn(path, DRAWN[name]), f"{name} is out of date: run `make docs`"


def test_every_error_code_is_documented_and_none_is_made_up() -> None:
    documented = set(re.findall(r"^\| (`.*?) \|", (ROOT / "docs/errors.md").read_text("utf-8"), re.MULTILINE))
    named = {code for cell in documented for code in re.findall(r"`([a-z_]+)`", cell)}
    given = codes()
    unknown = [f"{code} (in {', '.join(sorted(given[code]))})" for code in sorted(given.keys() - named)]
    assert not unknown, told(["not in docs/errors.md:", *unknown])
    troubles = ("closed", "disk_refused", "falling_behind", "disk_full", "quota")
    composed = {"draining", *(f"journal_{trouble}" for trouble in troubles)}
    assert not (gone := named - given.keys() - CODES.keys() - composed), told(["no longer in the code:", *sorted(gone)])


def test_the_console_has_the_budget_of_the_pipeline() -> None:
    script = (ROOT / "api/console/budget.js").read_text("utf-8")
    limits = dict(re.findall(r"(\w+): (\d+)[, ]", script.split("export const STAGES")[0]))
    assert limits == {limit.slice: str(limit.limit_ms) for limit in LIMITS}
    stages = dict(re.findall(r"(\w+): \{ limit: (\d+)", script))
    assert stages.pop("unattributed")
    assert stages == {stage.slice: str(stage.limit_ms) for stage in STAGES}


def test_every_key_of_an_agent_file_is_documented() -> None:
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs/agents.md").read_text("utf-8"), re.MULTILINE)
    documented = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert documented == set(AgentFile.model_fields)


def test_every_variable_named_in_the_documents_is_a_setting() -> None:
    known = {environment_name(field) for field in Settings.model_fields}
    wrong = [
        f"{path.name}: {name}"
        for path in DOCUMENTS
        for name in set(re.findall(r"\bPARLEY_[A-Z_]+[A-Z]\b", path.read_text("utf-8")))
        if name not in known
    ]
    assert not wrong, told(wrong)


def test_every_link_between_the_documents_leads_somewhere() -> None:
    dead = [
        f"{path.name}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert not dead, told(dead)


def test_every_make_target_named_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert named <= targets


def test_nothing_is_left_for_later() -> None:
    found = [path.name for path in DOCUMENTS if re.search(r"\b(TODO|FIXME|TBD|XXX|lorem)\b", path.read_text("utf-8"))]
    assert not found, told(found)
