"""The command with real processes, as small as it gets."""

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.__main__ import main
from loadtests.cluster import many_rooms

SMALL = [
    "--people",
    "6",
    "--rounds",
    "1",
    "--hop-rounds",
    "1",
    "--warm-up",
    "0.2",
    "--hop-duration",
    "1",
    "--chat-rate",
    "20",
]
SMALL += ["--rate", "300", "--throughput-rooms", "2", "--throughput-duration", "0.5"]
SMALL += ["--idle", "8", "--active", "2", "--active-people", "3", "--rooms-duration", "0.5"]

pytestmark = [pytest.mark.wire, pytest.mark.timeout(110)]


def measured(parts: str, capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    """The JSON; whatever the figures are on a busy machine."""
    status = main(["run", "cluster", *SMALL, "--only", parts, *more])
    output = capsys.readouterr()
    assert status in (0, 1), output.err
    return json.loads(output.out.splitlines()[-1])


def test_two_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Members of a room on both get everything: near, and far."""
    read = measured("hop,throughput", capsys, "--report", str(tmp_path / "cluster.html"))
    (hop,) = read["hop"]
    for load in (hop["lesson"], hop["chat"]):
        assert load["two"]["times"]["chat"]["far"]["count"] > 0
        assert load["one"]["times"]["chat"]["far"] is None
        assert load["one"]["lost"] == load["two"]["lost"] == 0
        assert min(load["two"]["usage"]["nodes"]) > 0
    (throughput,) = read["throughput"]
    for attempt in throughput["attempts"]:
        assert not any(attempt["run"]["violations"].values())
        assert attempt["run"]["deliveries"] > 0
    assert "Several processes" in (tmp_path / "cluster.html").read_text()


def test_more_and_more_rooms(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody is counted, and no room has a task of its own."""
    monkeypatch.setattr(many_rooms, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(many_rooms, "AFTER_SECONDS", 0.1)
    monkeypatch.setattr(many_rooms, "SHARES", (0.5, 1.0))
    read = measured("rooms", capsys)
    steps = read["rooms"]["steps"]
    assert [(step["idle_rooms"], step["active_rooms"]) for step in steps] == [(1, 1), (4, 1), (8, 2)]
    assert [step["connections"] for step in steps] == [5, 11, 22]
    assert all(step["memory"] > 0 and step["tasks"] > 0 for step in steps)
    (tasks,) = [mark for mark in read["targets"] if mark["name"].startswith("tasks")]
    assert tasks["is_met"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--people", "5"], "A room of 5 cannot be shared by two processes"),
        (["--active-people", "1"], "A project has 2 founders"),
        (["--idle", "4"], "So few rooms cannot be added in steps"),
        (["--only", "hops"], "There is no part 'hops'"),
        (["--report", "/nowhere/cluster.html"], "There is no folder /nowhere"),
    ],
)
def test_what_cannot_be_measured(wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "cluster", *wrong]) == 2
    assert said in capsys.readouterr().err
