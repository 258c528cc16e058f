"""The command: what it prints, and what it refuses."""

import json
from pathlib import Path

import pytest

from loadtests import __main__ as command
from loadtests.own_server import FINE, NOT_MEASURED
from loadtests.scale.day import Peak
from loadtests.scale.tables import clock

SMALL = ["scale", "--projects", "500"]


def test_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    """Tables for people, then one line for programs; the same again."""
    assert command.main(SMALL) == FINE
    told = capsys.readouterr().out
    assert command.main(SMALL) == FINE
    assert capsys.readouterr().out == told
    found = json.loads(told.splitlines()[-1])
    assert found["format"] == 1
    assert found["plan"]["projects"] == 500
    assert found["command"] == "python -m loadtests scale --projects 500"
    assert found["peaks"]["people"]["value"] > 0
    assert len(found["curve"]) == 96
    assert found["sizing"]["machines"] == 2
    assert "Note: Nobody has run this" in told


def test_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That stands for itself: three curves in two sizes, and every table."""
    file = tmp_path / "scale.html"
    assert command.main([*SMALL, "--report", str(file), "--country", "PL"]) == FINE
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.count("<svg") == 6
    assert page.count("<table>") == 5
    assert "src=" not in page
    assert "written to" in capsys.readouterr().err


def test_a_holiday(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence."""
    assert command.main([*SMALL, "--date", "2026-11-21"]) == NOT_MEASURED
    assert capsys.readouterr().err == "scale: There is no school on Saturday, 2026-11-21: name another day (--date).\n"


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said before anything is simulated."""
    assert command.main([*SMALL, "--report", str(tmp_path / "none" / "scale.html")]) == NOT_MEASURED
    assert "There is no folder" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--date", "tomorrow"], ["--use", "1.5"], ["--country", "XX"], ["--projects", "0"]])
def test_nonsense_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By the parser, with the usage."""
    with pytest.raises(SystemExit) as ended:
        command.main(["scale", *wrong])
    assert ended.value.code == NOT_MEASURED
    assert "usage" in capsys.readouterr().err


def test_the_clock() -> None:
    """Seconds only where there are any."""
    assert [clock(Peak(1, at).at) for at in (0, 34_800, 34_831)] == ["00:00", "09:40", "09:40:31"]
