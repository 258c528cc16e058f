"""What people read."""

import re

from loadtests.cluster import result, tables
from tests.loadtests.cluster.examples import attempt, report


def test_terminal() -> None:
    found = report()
    text = tables.terminal(found, result.judge(found))
    assert re.search(r"a lesson's signals, two: to the other +1\.5 +6 +11\.0% +1000", text)
    assert re.search(r"40 k deliveries/s offered, round 1 +2 +8 +60\.0% +200000", text)
    assert re.search(r"900 idle and 100 active rooms: 220\.0 MB, 9 tasks .* 2\.0% idle, 51\.0% +3000", text)
    assert re.search(r"restarts, round 1: node1 back after 10\.5 s, node2 back after 10\.4 s +0\.02 +0\.4 +120", text)
    assert re.search(r"lessons through HAProxy with TLS, round 1 +HAProxy 8\.5 us each, nodes 10 +100000", text)
    assert "met     tasks of the event loop: 9 with 10 rooms, 9 in the end" in text


def test_page() -> None:
    found = report(attempts=(attempt(arrived=0.5),))
    page = tables.page(found, result.judge(found))
    assert "<title>Several processes: targets missed</title>" in page
    assert page.count('class="missed"') == 1
    assert "http" not in page.replace("http-equiv", "")
    assert "python -m loadtests run cluster" in page
