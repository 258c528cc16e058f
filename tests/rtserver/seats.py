"""Fixtures of calls and of boards: a classroom of the hub's tests, a teacher and two pupils in its open class room."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rtserver.hub.support import Classroom, Seat, make_template, open_classroom


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
async def classroom(tmp_path: Path, template: Path) -> AsyncIterator[Classroom]:
    async with open_classroom(tmp_path, template) as made:
        made.on.owners.listen(made)
        await made.open(made.hall)
        yield made


@pytest.fixture
async def teacher(classroom: Classroom) -> Seat:
    seat = classroom.sit(classroom.claire)
    await seat.join(classroom.hall)
    return seat


@pytest.fixture
async def pupil(classroom: Classroom) -> Seat:
    seat = classroom.sit(await classroom.add("pupil"))
    await seat.join(classroom.hall)
    return seat


@pytest.fixture
async def other(classroom: Classroom) -> Seat:
    seat = classroom.sit(await classroom.add("pupil", classroom.polish))
    await seat.join(classroom.hall)
    return seat
