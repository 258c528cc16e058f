"""The command on both databases, as small as it gets."""

import json

import pytest

from loadtests.__main__ import main

SMALL = ["--rooms", "3", "--members", "5", "--rate", "100", "--rounds", "2", "--duration", "1", "--warm-up", "0.1"]

pytestmark = pytest.mark.wire


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_measures_beside_a_bare_commit(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the figures are on a busy machine: nothing is lost, and the last line is for programs."""
    status = main(["run", "append", *SMALL, "--database", database])
    assert status in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    read = json.loads(lines[-1])
    assert lines[0].startswith(f"{database}: 2 rounds of 1 s")
    assert read["plan"]["database"] == database
    assert len(read["rounds"]) == 2
    for one in read["rounds"]:
        assert 0 < one["commit"]["p50"] <= one["commit"]["p99"]
        assert one["append"]["count"] == one["lateness"]["count"] > 0
        assert 0 < one["commits"] <= one["append"]["count"] + 1
        assert one["lost"] == 0
    timing, lost = read["targets"]
    assert timing["wanted"] == "at most 15 ms"
    assert lost["is_met"]
    assert status == (0 if timing["is_met"] else 1)
