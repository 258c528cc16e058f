"""A teacher and two pupils in their open class room, and all of them on its first board."""

import pytest

from tests.rtserver.boards.easel import OnBoard
from tests.rtserver.hub.support import Classroom, Seat
from tests.rtserver.seats import classroom, other, pupil, teacher, template

__all__ = ["classroom", "easel", "other", "pupil", "teacher", "template"]


@pytest.fixture
async def easel(classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> OnBoard:
    made = OnBoard(classroom, teacher, pupil, other)
    await made.join(teacher, pupil, other)
    return made
