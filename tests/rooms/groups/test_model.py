"""`rooms.groups.model`: the values and the limits of groups."""

from rooms.groups.model import GROUP_MEMBERS_MAX, GROUPS_MAX, Grouping
from rooms.project import ROOMS_MAX


def test_a_grouping_is_on_when_it_is_made() -> None:
    """What is formed is on; what is over says so."""
    assert Grouping("hall", ("r1",)).on


def test_groups_fit_into_a_project() -> None:
    """There is space for the largest grouping many times, and for a whole crowd of 500 in a command."""
    assert 4 * GROUPS_MAX < ROOMS_MAX
    assert GROUPS_MAX * GROUP_MEMBERS_MAX > 500
