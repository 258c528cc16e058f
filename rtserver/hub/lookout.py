"""What other processes have done, as the database tells it: nothing of it gets lost, whatever becomes of the broker.

Every node asks it some times a second, in a few queries for all it serves: where the streams stand that it has live,
of which projects sessions were ended, and where a teacher was seen. It says there, too, where teachers are.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence

import structlog

from rooms.errors import ErrorCode
from rooms.model import ProjectId
from rooms.ports import LogUnavailable
from rtserver.auth import Auth
from rtserver.hub.connection import Connection
from rtserver.hub.live_project import LiveProject
from rtserver.live_stream import Clock
from rtserver.owners import Owners
from rtserver.teacher_marks import TeacherMarks

log = structlog.get_logger(__name__)

STOOD_STILL = 0.75
"""Seconds without a tick from which on a process has stood still: three times their interval. A kick that others have
made meanwhile must hold for what clients had sent before they heard of it."""

CLOCKS_APART_MS = 2_000
"""Milliseconds by which the clocks of well-kept machines may differ."""

LOOK_DEADLINE = 2.0
"""Seconds after which commands go on although it could not be looked: the database is away, and refuses by itself."""


BOOT_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def boot_time() -> float:
    """Seconds that go on also while the machine is suspended, where the system has such a clock."""
    return time.clock_gettime(BOOT_CLOCK)


class Lookout:
    """Looks on behalf of the projects that somebody is connected to. Methods raise `LogUnavailable`."""

    def __init__(
        self, owners: Owners, auth: Auth, marks: TeacherMarks, clock: Clock, projects: Mapping[ProjectId, LiveProject]
    ) -> None:
        """`projects`: those that are live, kept by the caller."""
        self._owners = owners
        self._auth = auth
        self._marks = marks
        self._clock = clock
        self._projects = projects
        self._revisions: dict[ProjectId, int] = {}
        """Those up to which ended sessions were looked for; a project that was just opened has none yet."""
        self._unchecked: list[Connection] = []
        self._marks_seen: dict[ProjectId, int] = {}
        """When teachers were seen, as it stands in the database, and as whoever wrote it dated it."""
        self._marks_made: dict[ProjectId, int] = {}
        """The last of this process: no news to it."""
        self._ticked_at = boot_time()
        self._looking: asyncio.Task[bool] | None = None
        self._must_look = False
        self.session_checks = 0
        """How often ended sessions were looked for."""

    async def look_around(self) -> None:
        """Catch up with what others have appended, end the connections whose sessions they ended, look for teachers."""
        await self._owners.nudge_behind()
        await self._look_for_teachers()
        for project, revision in (await self._auth.revisions(list(self._projects))).items():
            live = self._projects.get(project)
            if live is not None and revision != self._revisions.get(project):
                live.views.forget_names()  # who is erased loses their sessions with their names
                await self.end_ended_sessions(list(live.connections.values()))
                self._revisions[project] = revision
        unchecked, self._unchecked = self._unchecked, []
        if unchecked:
            await self.end_ended_sessions(unchecked)

    # --- After this process stood still ---

    def tick(self) -> None:
        """Called some times a second. When it was not, this process stood still, and does not know what others did."""
        now = boot_time()
        if now - self._ticked_at > STOOD_STILL:
            log.warning("process.stood_still", seconds=round(now - self._ticked_at, 1))
            self._must_look = True
        self._ticked_at = now

    def has_stood_still(self) -> bool:
        """Whether commands have to wait until it is known what others have done meanwhile: see `has_looked`."""
        self.tick()
        return self._must_look

    async def has_looked(self, live: LiveProject) -> None:
        """Returns when it is known what others did meanwhile, or cannot be known now."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_now(), name="look-around")
        looking = self._looking
        # Not cancelled when it takes too long: a statement that is cancelled leaves its connection behind.
        await asyncio.wait({looking}, timeout=LOOK_DEADLINE)
        self._must_look = False
        if looking.done() and looking.result():
            await live.refresh()

    async def settled(self) -> None:
        """Returns when nothing of it is under way."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def _look_now(self) -> bool:
        try:
            await self.look_around()
        except LogUnavailable as error:
            log.warning("database.unavailable", work="look", error=str(error))
            return False
        except Exception:
            log.exception("work.failed", work="look")
            return False
        finally:
            self._looking = None
        return True

    def forget(self, project: ProjectId) -> None:
        """Nobody is connected to a project any more."""
        for known in (self._revisions, self._marks_seen, self._marks_made):
            known.pop(project, None)

    # --- Sessions ---

    def check_later(self, connection: Connection) -> None:
        """It was signing in while sessions were looked for: its own may have ended before it could be found."""
        self._unchecked.append(connection)

    async def end_ended_sessions(self, connections: Sequence[Connection]) -> None:
        """End those connections whose session has ended."""
        self.session_checks += 1
        alive = await self._auth.live_sessions({connection.who.session for connection in connections})
        for connection in connections:
            if connection.who.session not in alive:
                connection.say_bye(ErrorCode.SESSION_ENDED)

    async def sessions_ended(self, project: ProjectId) -> None:
        """Sessions of a project were ended by way of this process: its sockets end now, not at the next look.

        Where nobody of the project is connected, the look of those nodes that serve it finds out.
        """
        live = self._projects.get(project)
        if live is not None:
            live.elsewhere.sessions_ended()
            await self.end_ended_sessions(list(live.connections.values()))

    # --- Teachers ---

    async def teacher_seen_at(self, project: ProjectId) -> int | None:
        """When a teacher was last connected to any process, as far as that was marked, and can be told.

        Asked when a project is opened: from then on a mark that is another is a sign of life. A mark from the future
        was made by a clock that is ahead: how old it is, nobody knows. The next one says more.
        """
        at, now = await self._marks.seen_at(project), self._clock()
        self._marks_seen[project] = at or 0  # none yet: the first one is news, too
        return None if at is None or at > now + CLOCKS_APART_MS else min(at, now)

    async def mark_teachers(self) -> None:
        """Mark all projects to which a teacher is connected here."""
        await self.mark([project for project, live in self._projects.items() if live.presence.has_live_teacher()])

    async def mark(self, projects: Sequence[ProjectId]) -> None:
        """Mark that a teacher is connected to these."""
        marks = dict.fromkeys(projects, self._clock())
        self._marks_made |= marks
        await self._marks.mark(marks)

    async def _look_for_teachers(self) -> None:
        """A mark that has changed is a sign of life; when that was, says our clock, not that of who made it."""
        for project, at in (await self._marks.seen(list(self._projects))).items():
            live = self._projects.get(project)
            if live is None:
                continue
            if at not in (self._marks_seen.get(project, at), self._marks_made.get(project)):
                live.presence.teacher_seen(self._clock())
            self._marks_seen[project] = at
