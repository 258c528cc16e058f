"""What people read."""

import re

from loadtests.board import result, tables
from tests.loadtests.board.examples import drawing, report


def test_terminal() -> None:
    found = report()
    text = tables.terminal(found, result.judge(found))
    assert re.search(r"finished strokes, round 1 +2\.67 +8 +16 +1000", text)
    assert "met     points of a stroke in progress: p99: 3 ms (wanted: at most 10 ms)" in text


def test_page() -> None:
    found = report(rounds=(drawing(strokes=25.0),))
    page = tables.page(found, result.judge(found))
    assert "<title>60 people on one board: targets missed</title>" in page
    assert page.count('class="missed"') == 1
    assert "http" not in page.replace("http-equiv", "")
    assert "python -m loadtests run board" in page
