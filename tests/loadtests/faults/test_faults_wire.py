"""The command: a short lesson with faults, and what it does not take."""

import json
from pathlib import Path

import pytest

from loadtests.__main__ import main
from tests.loadtests.topology.namespaces import REFUSED

pytestmark = [pytest.mark.wire, pytest.mark.timeout(110)]

SHORT = ["--seconds", "10", "--seed", "7", "--rooms", "2", "--people", "20", "--stuck", "2", "--hold", "1.5"]


@pytest.mark.alone
def test_a_short_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever comes, in the order of the seed: all promises are kept."""
    status = main(["faults", *SHORT, "--folder", str(tmp_path / "kept")])
    output = capsys.readouterr()
    read = json.loads(output.out.splitlines()[-1])
    assert status == 0, output.out
    assert (read["lost"], read["duplicated"], read["reordered"], read["unanswered"]) == (0, 0, 0, 0)
    assert read["acknowledged"] == read["written"] > 0
    assert (read["seed"], read["seconds"]) == (7, 10.0)
    assert read["faults"]
    assert all(fault["hurt_ms"] is not None for fault in read["faults"])
    assert read["hosts"] == ("processes" if REFUSED else "namespaces")
    assert read["cuts"] in output.out.splitlines()
    assert "connection.opened" in (tmp_path / "kept" / "node1" / "rtserver.log").read_text()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--people", "3"], "4 people write"),
        (["--only", "earthquake"], "There is no fault 'earthquake'"),
        (["--only", "sqlite_locked"], "There is no fault 'sqlite_locked'"),
        (["--folder", "/proc/self"], "/proc/self is not empty"),
    ],
)
def test_what_cannot_be_played(wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", *wrong]) == 2
    assert said in capsys.readouterr().err
