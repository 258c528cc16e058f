"""The command with a real server, as small as it gets."""

import json
from pathlib import Path

import pytest

from loadtests.__main__ import main
from loadtests.board import measure

SMALL = ["--people", "4", "--drawers", "2", "--rounds", "1", "--duration", "3", "--warm-up", "0.5"]
SMALL += ["--elements", "600", "--hour", "200", "--rate", "100", "--starts", "1"]

pytestmark = [pytest.mark.wire, pytest.mark.timeout(110)]


FOUR_SECONDS = 240
"""Points of the long stroke. One of twenty seconds, as it is measured, shows no more here."""


def test_measures_all_five(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the figures are on a busy machine: nothing is lost, and the last line is for programs."""
    monkeypatch.setattr(measure, "LONG_POINTS", FOUR_SECONDS)
    status = main(["run", "board", *SMALL, "--report", str(tmp_path / "board.html")])
    assert status in (0, 1)
    read = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert read["joining"]["elements"] == 600
    assert read["joining"]["pages"] == 3
    assert len(read["cold"]) == 1
    assert read["joining"]["bytes_sent"] < read["joining"]["bytes_plain"]
    assert read["hour"]["strokes"] == 200
    assert len(read["hour"]["quarters"]) == 4
    is_met = {mark["name"]: mark["is_met"] for mark in read["targets"]}
    assert is_met["finished strokes lost or doubled"]
    assert is_met["bytes of a stroke in progress"]
    assert "60 people" not in (tmp_path / "board.html").read_text()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--people", "4", "--drawers", "5"], "5 of 4 people cannot draw"),
        (["--duration", "1", "--warm-up", "2"], "The warm-up is as long as the round"),
        (["--report", "/nowhere/board.html"], "There is no folder /nowhere"),
    ],
)
def test_what_cannot_be_measured(wrong: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "board", *wrong]) == 2
    assert said in capsys.readouterr().err
