"""Findings, and when something does not work."""

from rtserver.checkup.finding import Level, fault, good, has_fault, hint


def test_levels() -> None:
    """Only what does not work is a fault."""
    fine, unhappy, broken = (
        good("port", "It is free."),
        hint("disk", "Little.", "Clean."),
        fault("Redis", "No.", "Look."),
    )
    assert [one.level for one in (fine, unhappy, broken)] == [Level.GOOD, Level.HINT, Level.FAULT]
    assert (fine.advice, unhappy.advice) == ("", "Clean.")
    assert has_fault([fine, broken])
    assert not has_fault([fine, unhappy])
