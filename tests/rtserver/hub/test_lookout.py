"""What the database tells of other processes; `test_hub` and `cluster/test_project_line` have the rest in its place."""

import pytest

from rtserver.hub.lookout import CLOCKS_APART_MS, Lookout
from rtserver.teacher_marks import TeacherMarks
from tests.rtserver.hub.support import TEACHER_GRACE, Classroom


class Looking:
    """A lookout over the classroom's project, and the marks as another process makes them."""

    def __init__(self, classroom: Classroom) -> None:
        on = classroom.on
        self.classroom = classroom
        self.elsewhere = TeacherMarks(on.database)
        self.projects = {classroom.project: classroom.live}
        self.lookout = Lookout(on.owners, on.auth, TeacherMarks(on.database), on.clock, self.projects)

    async def mark_elsewhere(self, at: int) -> None:
        await self.elsewhere.mark({self.classroom.project: at})
        await self.lookout.look_around()

    @property
    def teacher_present(self) -> bool:
        return self.classroom.live.teacher_present()


@pytest.fixture
async def looking(classroom: Classroom) -> Looking:
    return Looking(classroom)


class TestTeachers:
    async def test_a_mark_that_changes(self, looking: Looking) -> None:
        """Is a sign of life, whatever time it says; one that does not is none."""
        await looking.mark_elsewhere(at=1_000)
        assert not looking.teacher_present
        await looking.mark_elsewhere(at=500)
        assert looking.teacher_present
        looking.classroom.on.clock.advance(TEACHER_GRACE)
        await looking.lookout.look_around()
        assert not looking.teacher_present

    async def test_the_first_mark_after_the_project_was_opened(self, looking: Looking) -> None:
        """Is a sign of life: there was none, or another, when it was asked when a teacher was seen."""
        project = looking.classroom.project
        for known, made in ((None, 1_000), (1_000, 1_001)):
            assert await looking.lookout.teacher_seen_at(project) == known
            await looking.lookout.look_around()
            assert not looking.teacher_present, "what was known then is no news"
            await looking.mark_elsewhere(at=made)
            assert looking.teacher_present
            looking.classroom.on.clock.advance(TEACHER_GRACE)
            assert not looking.teacher_present
            looking.lookout.forget(project)

    async def test_its_own_marks_are_no_news(self, looking: Looking) -> None:
        """Else the grace time of a teacher who has gone would begin anew."""
        claire = looking.classroom.sit(looking.classroom.claire)
        await looking.lookout.look_around()
        looking.classroom.on.clock.advance(1)
        await looking.lookout.mark_teachers()
        looking.classroom.live.disconnect(claire.connection)
        looking.classroom.on.clock.advance(TEACHER_GRACE - 1)
        await looking.lookout.look_around()
        assert looking.teacher_present
        looking.classroom.on.clock.advance(1)
        assert not looking.teacher_present

    async def test_a_mark_from_the_future(self, looking: Looking) -> None:
        """Of a clock that is ahead says nothing about how long ago that was; a little ahead it is now."""
        now = looking.classroom.on.clock()
        for ahead, seen in ((1, now), (CLOCKS_APART_MS, now), (CLOCKS_APART_MS + 1, None), (300_000, None)):
            await looking.elsewhere.mark({looking.classroom.project: now + ahead})
            assert await looking.lookout.teacher_seen_at(looking.classroom.project) == seen
        assert await looking.lookout.teacher_seen_at("unknown") is None

    async def test_a_project_that_was_closed_meanwhile(self, looking: Looking) -> None:
        await looking.mark_elsewhere(at=1)
        looking.lookout.forget(looking.classroom.project)
        looking.projects.clear()
        await looking.mark_elsewhere(at=2)
        assert not looking.teacher_present


async def test_sessions_that_ended(looking: Looking) -> None:
    """Their connections end; the others stay."""
    room = looking.classroom
    ticket, _ = await room.on.auth.issue_ticket(room.project, room.claire)
    alive, _ = await room.on.auth.redeem_ticket(ticket, room.project)
    seats = [room.sit(room.claire, session) for session in (alive.id, "ended")]
    await looking.lookout.end_ended_sessions([seat.connection for seat in seats])
    assert [seat.connection.is_closed for seat in seats] == [False, True]
    assert looking.lookout.session_checks == 1


async def test_sessions_ended_by_way_of_this_process(looking: Looking) -> None:
    """Their connections end at once, and other nodes are told; where nobody is connected, nothing is to be done."""
    room = looking.classroom
    seat = room.sit(room.claire, "ended")
    told: list[str] = []
    room.live.elsewhere.sessions_ended = lambda: told.append("look")  # type: ignore[method-assign]
    await looking.lookout.sessions_ended("unknown")
    assert (seat.connection.is_closed, told) == (False, [])
    await looking.lookout.sessions_ended(room.project)
    assert (seat.connection.is_closed, told) == (True, ["look"])
