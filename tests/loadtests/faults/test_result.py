"""What is told of a lesson with faults, and when it counts as kept."""

import json

import pytest
from msgspec import structs

from loadtests.faults.result import Report, lines, medians
from loadtests.faults.throwing import Thrown
from tests.loadtests.faults.examples import KEPT, REPORT


def test_json() -> None:
    """What programs rely on."""
    read = json.loads(REPORT.as_json())
    assert {name: read[name] for name in ("acknowledged", "lost", "duplicated", "reordered", "seed", "seconds")} == {
        "acknowledged": 3,
        "lost": 0,
        "duplicated": 0,
        "reordered": 0,
        "seed": 7,
        "seconds": 10,
    }
    assert read["faults"][1] == {"kind": "node_stuck", "at_s": 4.0, "lasted_ms": 10_000.0, "hurt_ms": 11_000.0}
    assert read["hurt_ms"] == {"node_stuck": 11_000.0, "redis_killed": 300.0}
    assert read["is_kept"] is True
    assert read["hosts"] == "namespaces"


def test_medians_leave_out_what_did_not_recover() -> None:
    assert medians((Thrown("a", 0, 1, None), Thrown("a", 0, 1, 5.0))) == {"a": 5.0}


@pytest.mark.parametrize(
    "broken",
    [
        structs.replace(REPORT, kept=structs.replace(KEPT, lost=1)),
        structs.replace(REPORT, is_whole=False),
        structs.replace(REPORT, errors=('{"event": "stream.failed", "level": "error"}',)),
        structs.replace(REPORT, refused=("not_a_member: Gone.",)),
        structs.replace(REPORT, faults=(Thrown("redis_killed", 1.0, 1.0, None),)),
    ],
)
def test_what_is_not_kept(broken: Report) -> None:
    assert REPORT.is_kept
    assert not broken.is_kept
    assert list(lines(broken))[-1].startswith("BROKEN")


def test_for_people() -> None:
    told = "\n".join(lines(REPORT))
    assert "3 faults in a lesson of 3 rooms with 24 people each" in told
    assert "redis_killed                 2 times, lasted   1.0 s, hurt   0.3 s (medians)" in told
    assert "\nCuts are real.\n" in told
    assert told.endswith("all promises kept")


def test_one_host_has_no_cuts_to_tell_of() -> None:
    assert "" not in lines(structs.replace(REPORT, cuts=""))
