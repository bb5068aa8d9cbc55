"""What lies in deploy/ asks for metrics that exist, at edges that exist, and alerts when it should."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.observers.metrics import EDGES
from tests.laws.source import ROOT, told

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "parley.rules.yaml"
DASHBOARD = DEPLOY / "grafana" / "parley.json"
METRIC = re.compile(r"\bparley_[a-z0-9_]+")
SUFFIX = re.compile(r"_(bucket|count|sum|created)$")


def rules() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> Iterator[dict[str, Any]]:
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        yield panel
        yield from panel.get("panels", ())


def queries() -> list[str]:
    """Every expression of the dashboard, with Grafana's variables filled in as it would."""
    told = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    return [text.replace("$__rate_interval", "5m").replace("$instance", ".*") for text in told]


def documented() -> set[str]:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    return set(re.findall(r"^\| `(parley_\w+)` \|", text, re.MULTILINE))


def expressions() -> list[str]:
    return [rule["expr"] for rule in rules()] + queries()


def promtool() -> str:
    found = shutil.which("promtool") or shutil.which(str(ROOT / ".venv" / "bin" / "promtool"))
    return found or pytest.skip("no promtool on this machine (Debian: apt-get install prometheus)")


def run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_metric_that_is_asked_for_exists() -> None:
    asked = {name for text in expressions() for name in METRIC.findall(text)}
    known = documented()
    unknown = sorted(name for name in asked if name not in known and SUFFIX.sub("", name) not in known)
    assert asked
    assert not unknown, told(unknown)


def test_every_edge_that_is_asked_for_is_one_of_ours() -> None:
    edges = {float(edge) for text in expressions() for edge in re.findall(r'le="([\d.]+)"', text)}
    assert edges
    assert edges <= set(EDGES)


def test_every_recorded_series_that_is_asked_for_is_recorded() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = {name for text in expressions() for name in re.findall(r"\bparley:[a-z0-9_:]+", text)}
    assert asked <= recorded, told(sorted(asked - recorded))


def test_every_alert_says_what_to_do() -> None:
    for rule in rules():
        if "alert" in rule:
            assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
            assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]


def test_the_rules_are_right_and_alert_when_they_should() -> None:
    tool = promtool()
    run(tool, "check", "config", DEPLOY / "prometheus" / "prometheus.yaml")
    run(tool, "test", "rules", DEPLOY / "prometheus" / "parley.rules.test.yaml")


def test_prometheus_understands_every_query_of_the_dashboard(tmp_path: Path) -> None:
    rows = [{"record": f"query_{number}", "expr": text} for number, text in enumerate(queries())]
    assert rows
    path = tmp_path / "queries.yaml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rows}]}), "utf-8")
    run(promtool(), "check", "rules", path)
