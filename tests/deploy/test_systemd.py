"""deploy/systemd: the unit gives its servers what they need to end in order, and the example's settings can be used."""

import configparser
from pathlib import Path

import pytest

from rtserver.config import load, unknown_variables
from rtserver.workers.plan import plan_workers

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"


@pytest.fixture
def unit() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(FOLDER / "rtserver.service")
    return parser["Service"]


@pytest.fixture
def environment() -> dict[str, str]:
    lines = (FOLDER / "rtserver.env").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_it_may_end_in_order(unit: configparser.SectionProxy, environment: dict[str, str]) -> None:
    """Only the first process is told, for it tells its workers; nobody is killed while they drain."""
    assert unit["KillMode"] == "mixed"
    assert float(unit["TimeoutStopSec"]) > float(environment["RT_DRAIN_DEADLINE"])
    assert unit["Restart"] == "always"


def test_it_can_do_little(unit: configparser.SectionProxy) -> None:
    """Not root, no capability, nothing to write to but its own folder."""
    assert unit["User"] != "root"
    assert unit["CapabilityBoundingSet"] == ""
    assert (unit["ProtectSystem"], unit["NoNewPrivileges"]) == ("strict", "yes")
    assert unit["WorkingDirectory"] == f"/var/lib/{unit['StateDirectory']}"


def test_the_example_can_be_used(
    unit: configparser.SectionProxy, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are settings, they fit together, and HAProxy's example knows the workers by their names."""
    assert unknown_variables(environment) == []
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load()
    count = int(unit["ExecStart"].rpartition("--workers ")[2])
    plans = plan_workers(settings, count)
    listed = (FOLDER.parent / "haproxy" / "nodes-machines.cfg").read_text()
    assert [plan.port for plan in plans] == [8080, 8081]
    for plan in plans:
        assert listed.count(f"server {plan.overrides['node_name']} {settings.host}:{plan.port}\n") == 2
