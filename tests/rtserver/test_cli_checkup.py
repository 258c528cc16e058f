"""`rtserver check-config` and `rtserver doctor`, as an operator types them."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rtserver import cli
from rtserver.cli_output import BAD_INPUT, FAILED

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RT_")]:
        monkeypatch.delenv(name)

    def invoke(*words: str) -> tuple[int, str]:
        return cli.run(words), capsys.readouterr().out

    return invoke


def test_settings_that_are_fine(run: Run) -> None:
    assert run("check-config") == (0, "ok     settings: The settings are valid and fit together.\n")


def test_hints_are_no_failure(run: Run, tmp_path: Path) -> None:
    """Each says what to do, in a line of its own."""
    (tmp_path / "rtserver.toml").write_text("media = false\n")
    code, said = run("check-config")
    assert code == 0
    assert said.splitlines() == [
        "hint   calls: There are no calls: media is off.",
        "       -> Set media (RT_MEDIA) to true to have them.",
    ]


def test_all_mistakes_at_once(run: Run, tmp_path: Path) -> None:
    """Nobody mends a file line by line, with a start in between."""
    (tmp_path / "rtserver.toml").write_text('port = 99999\nhots = "x"\nping_interval = -1\n')
    code, said = run("check-config")
    assert code == BAD_INPUT
    assert [line.split(": ")[0] for line in said.splitlines()] == ["FAULT  settings"] * 3
    assert all(name in said for name in ("port", "hots", "ping_interval"))


def test_a_file_that_is_no_toml(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rtserver.toml").write_text("port 80\n")
    code, said = run("check-config", "--json")
    assert code == BAD_INPUT
    assert [finding["level"] for finding in json.loads(said)] == ["fault"]


def test_a_doctor_who_finds_nothing(run: Run) -> None:
    code, said = run("doctor", "--port", "0", "--json")
    assert code == 0
    assert {finding["level"] for finding in json.loads(said)} == {"good"}


def test_a_doctor_who_finds_something(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RT_REDIS_URL", "redis://:hush@127.0.0.1:1/0")
    code, said = run("doctor", "--port", "0")
    assert code == FAILED
    assert "FAULT  Redis: " in said
    assert "hush" not in said


def test_ports_that_meet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only at the start, and not as if another program had it."""
    monkeypatch.setenv("RT_METRICS_PORT", "8080")
    code, said = run("check-config")
    assert code == BAD_INPUT
    assert "port (RT_PORT) and metrics_port (RT_METRICS_PORT)" in said


def test_a_database_that_rtserver_has_no_driver_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RT_DATABASE_URL", "mysql://u:hush@h/d")
    code, said = run("check-config")
    assert code == BAD_INPUT
    assert "postgresql://user:password@host/database" in said
    assert "hush" not in said
