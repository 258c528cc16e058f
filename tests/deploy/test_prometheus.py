"""The shipped Prometheus files: valid, each alert tested and explained, and no metric in them that there is not."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.metric_names import metrics_in, unknown_metrics

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
RUNBOOK = ROOT / "docs" / "operations.md"

SEVERITIES = {"page", "ticket"}

SECTION_PARTS = ("**For a class:**", "**Look first:**", "**Do:**")
"""What each section on an alert says."""


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text())
    return loaded


RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule for group in load("alerts.yml")["groups"] for rule in group["rules"]
}


def promtool(*arguments: str) -> None:
    run = subprocess.run(["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_configuration() -> None:
    """As Prometheus reads it, with the rules beside it."""
    promtool("check", "config", "prometheus.yml")


def test_the_rules() -> None:
    """The linter has nothing to say, not even a warning."""
    promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yml")


@pytest.mark.timeout(300)  # on a busy machine promtool computes for half a minute
def test_what_they_fire_at() -> None:
    """On series that are written out beside them."""
    promtool("test", "rules", "alerts_test.yml")


def test_each_alert_is_tested() -> None:
    """That it fires; most also that it does not."""
    cases = [case for test in load("alerts_test.yml")["tests"] for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == set(RULES)


def test_who_is_asked() -> None:
    """Two servers, HAProxy's own exporter, and Prometheus itself; the jobs are those that the alerts name."""
    targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in load("prometheus.yml")["scrape_configs"]}
    assert targets == {
        "rtserver": ["rtserver1:9464", "rtserver2:9464"],
        "haproxy": ["haproxy:8404"],
        "prometheus": ["localhost:9090"],
    }
    named = {job for rule in RULES.values() for job in re.findall(r'job="(\w+)"', rule["expr"])}
    assert named <= set(targets)


@pytest.mark.parametrize("name", RULES)
def test_an_alert(name: str) -> None:
    """Says what is wrong, how much it matters, and where it is explained; and asks for what there is."""
    rule = RULES[name]
    assert rule["labels"]["severity"] in SEVERITIES
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook_url"] == f"docs/operations.md#{name.lower()}"
    assert metrics_in(rule["expr"])
    assert unknown_metrics(rule["expr"]) == set()


@pytest.mark.parametrize("name", RULES)
def test_its_section_in_the_runbook(name: str) -> None:
    """What it means for a class, where to look first, what to do."""
    text = RUNBOOK.read_text()
    found = re.search(rf"^### {name}\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/operations.md has no section {name}"
    for part in SECTION_PARTS:
        assert part in found[1], f"{name} lacks {part}"


def test_the_runbook_explains_no_other() -> None:
    """An alert that is gone leaves the runbook."""
    sections = set(re.findall(r"^### ((?:Rtserver|Balancer|Watching)\w+)$", RUNBOOK.read_text(), re.MULTILINE))
    assert sections == set(RULES)
