"""deploy/systemd: the unit gives its servers what they need to end in order, and the example's settings can be used."""

import configparser
import subprocess
from pathlib import Path

import pytest

from rtserver.config_loading import load, unknown_variables
from rtserver.workers.plan import plan_workers

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"

TWO_HOSTS = "postgresql+asyncpg://rtserver:PASSWORD@/rtserver?host=192.0.2.10:5432&host=192.0.2.13:5432&ssl=require"
"""An address as docs/administration.md has it: with what a shell reads as the end of a command."""


@pytest.fixture
def sections() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(FOLDER / "rtserver.service")
    return parser


@pytest.fixture
def unit(sections: configparser.ConfigParser) -> configparser.SectionProxy:
    return sections["Service"]


def by_systemd(text: str) -> dict[str, str]:
    """What systemd reads, where nothing is escaped: the double quotes around a value are not part of it."""
    assert "\\" not in text
    pairs = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value.removeprefix('"').removesuffix('"') for name, _, value in pairs}


def by_a_shell(file: Path) -> dict[str, str]:
    """What `rtserver migrate` gets, as docs/administration.md has it started."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"set -a; . {file}; set +a; env -0"], env={}, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    pairs = (line.partition("=") for line in done.stdout.split("\0"))
    return {name: value for name, _, value in pairs if name.startswith("RT_")}


@pytest.fixture
def environment() -> dict[str, str]:
    return by_systemd((FOLDER / "rtserver.env").read_text())


def test_it_may_end_in_order(unit: configparser.SectionProxy, environment: dict[str, str]) -> None:
    """Only the first process is told, for it tells its workers; nobody is killed while they drain."""
    assert unit["KillMode"] == "mixed"
    assert float(unit["TimeoutStopSec"]) > float(environment["RT_DRAIN_DEADLINE"])
    assert unit["Restart"] == "always"


def test_it_is_tried_again_for_as_long_as_it_takes(sections: configparser.ConfigParser) -> None:
    """Started a second after it ended, it would be given up after five times, when the database comes up late."""
    assert sections["Unit"]["StartLimitIntervalSec"] == "0"


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


def test_a_shell_reads_the_settings_as_systemd_does(tmp_path: Path, environment: dict[str, str]) -> None:
    """With an address that has an `&`, too: else `rtserver migrate` would make an SQLite database, and be content."""
    copy = tmp_path / "rtserver.env"
    copy.write_text((FOLDER / "rtserver.env").read_text().replace(environment["RT_DATABASE_URL"], TWO_HOSTS))
    read = by_systemd(copy.read_text())
    assert read["RT_DATABASE_URL"] == TWO_HOSTS
    assert by_a_shell(copy) == read
