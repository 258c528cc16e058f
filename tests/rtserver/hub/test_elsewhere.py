"""A project that is served by one process alone; `cluster/test_neighbours` has one that is not."""

import inspect

import pytest

from rooms.errors import ErrorCode
from rtserver.cluster.neighbours import Neighbours
from rtserver.hub.elsewhere import Elsewhere, Nobody
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Push
from tests.rtserver.hub.support import Classroom, connection_of


def test_nobody_is_told_anything() -> None:
    """All that may be asked of it does nothing."""
    nobody: Elsewhere = Nobody()
    nobody.report()
    nobody.signal("room:r1", Push("signal", {}), None, Lane.VOLATILE)
    nobody.send_away("c1", ErrorCode.TOO_MANY_DEVICES)
    nobody.sessions_ended()
    connection = connection_of()
    nobody.entered(connection, "r1")
    nobody.close()
    assert not connection.is_moving


def test_a_project_has_nobody_elsewhere_at_first(classroom: Classroom) -> None:
    assert isinstance(classroom.live.elsewhere, Nobody)


@pytest.mark.parametrize("made", [Nobody, Neighbours])
def test_both_do_all_that_may_be_asked(made: type) -> None:
    """With the same arguments."""
    for name, asked in inspect.getmembers(Elsewhere, inspect.isfunction):
        if not name.startswith("_"):
            assert inspect.signature(getattr(made, name)) == inspect.signature(asked), name
