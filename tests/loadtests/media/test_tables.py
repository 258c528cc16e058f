"""What people read."""

import re

from loadtests.media import result, tables
from loadtests.media.engine import Load
from tests.loadtests.media.examples import report


def test_terminal() -> None:
    found = report()
    text = tables.terminal(found, result.judge(found))
    assert "6 publishers x 24 subscribers = 144 A/V streams out" in text
    assert re.search(r"ours +10 +10 +9 +10 000 +144 \+ 120 +0", text)
    assert re.search(r"janus +20 +20 +- ", text)
    assert "ours to janus: 0.5 of the processor time" in text
    assert "met     processor time per packet, ours to Janus: 0.5 (wanted: at most 0.6)" in text


def test_page() -> None:
    found = report(ours=19.0)
    page = tables.page(found, result.judge(found))
    assert "<title>6 publishers x 24 subscribers = 144 A/V streams out: targets missed</title>" in page
    assert page.count('class="missed"') == 1
    assert "http" not in page.replace("http-equiv", "")
    assert '<td data-name="engine">janus</td>' in page
    assert "python -m loadtests media" in page


def test_page_of_targets_that_are_met_and_of_two_calls() -> None:
    found = report(load=Load(8, 60), janus=None)
    page = tables.page(found, result.judge(found))
    assert "✓ Targets met" in page
    assert "in 2 calls with 8 publishers each" in page
