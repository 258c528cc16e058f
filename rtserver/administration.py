"""What is done to projects from outside: by the command line, the portals' API and the demo.

They act as the system, which no role limits; the rules of `rooms.project` hold all the same. Each
change has a nonce: the same change with the same nonce is made once, and answered alike each time.
"""

import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

from sqlalchemy import and_, or_, select

from rooms.errors import ErrorCode, Refused
from rooms.messages import BoardView, ClassAdd, MemberAdd, MemberRemove, ProjectSetPhase, RoomAdd, RoomSetOpen
from rooms.model import (
    SYSTEM_ACTOR,
    Identity,
    Member,
    MemberId,
    ProjectId,
    ProjectPhase,
    Role,
    RoomId,
    SchoolClass,
)
from rooms.permissions import Action, require
from rooms.project import (
    Founder,
    Opening,
    ProjectCommand,
    ProjectState,
    decide,
    open_project,
    room_of,
    subject_of,
)
from rooms.stream import Decision, project_stream
from rtserver.auth import Auth
from rtserver.config import Settings
from rtserver.database import Database, insert_into, store_errors
from rtserver.ids import derive_id
from rtserver.owners import Owners
from rtserver.shapes import (
    MemberDetail,
    NewClass,
    NewFounder,
    NewMember,
    NewProject,
    Page,
    ProjectDetail,
    ProjectEntry,
    ProjectSummary,
    RoomDetail,
)
from rtserver.tables import identities, projects

NAMES_QUERY_MAX = 500
"""Members asked for in one statement: databases limit the number of parameters."""

PAGE_MAX = 200
"""Projects of one page of a list."""

SEARCH_PAGE = 100
"""Projects looked through at once when only a member's id is known."""


ID_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,64}")


def new_nonce() -> str:
    """A nonce for a change that nobody will send again."""
    return secrets.token_urlsafe(16)


def system_clock() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


class Administration:
    """Makes and changes projects as `SYSTEM_ACTOR`.

    `clock` gives milliseconds since 1970 UTC. Methods raise `Refused` (UNKNOWN_PROJECT where the
    project is unknown, and what the rules say) and `LogUnavailable`.
    """

    def __init__(self, database: Database, owners: Owners, auth: Auth, clock: Callable[[], int]) -> None:
        self._database = database
        self._owners = owners
        self._auth = auth
        self._clock = clock

    # --- Projects ---

    async def open_project(self, organisation: str, new: NewProject, nonce: str | None = None) -> ProjectDetail:
        """Open a project with its two founders, as a draft.

        The row in the directory comes before the stream. What a crash leaves between the two is a
        row that no list shows and no key opens; the same nonce again finishes it.
        """
        nonce = nonce or new_nonce()
        project = derive_id("p", f"organisation:{organisation}", SYSTEM_ACTOR, nonce)
        opening = _opening(project, nonce, new)
        open_project(ProjectState(project), opening)  # refuse before anything is written
        with store_errors():
            async with self._database.write() as connection:
                await connection.execute(
                    insert_into(connection, projects)
                    .values(
                        project=project,
                        organisation=organisation,
                        title=new.title,
                        created_at=self._clock(),
                        revision=0,
                    )
                    .on_conflict_do_nothing()
                )
        live = await self._owners.new_project(project)
        if live.state.title is None:
            await live.submit(SYSTEM_ACTOR, nonce, lambda state: open_project(state, opening))
        return await self.project(project)

    async def project(self, project: ProjectId) -> ProjectDetail:
        """A project with its classes and founders."""
        entry, state = await self.entry(project), await self._state(project)
        founders = [member for member in state.members.values() if member.role is Role.FOUNDER]
        return ProjectDetail(
            id=project,
            organisation=entry.organisation,
            title=state.title or entry.title,
            created_at=entry.created_at,
            national=state.national,
            phase=state.phase,
            classes=tuple(state.classes.values()),
            founders=tuple(await self._named(founders)),
        )

    async def entry(self, project: ProjectId) -> ProjectEntry:
        """Whose project this is: a look into the directory, cheaper than `project`."""
        if not ID_SHAPE.fullmatch(project):  # what a database may not even take as a parameter
            raise Refused(ErrorCode.UNKNOWN_PROJECT)
        with store_errors():
            async with self._database.read() as connection:
                query = select(projects).where(projects.c.project == project)
                row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise Refused(ErrorCode.UNKNOWN_PROJECT)
        return ProjectEntry(row.project, row.organisation, row.title, row.created_at)

    async def projects(
        self, organisation: str | None = None, after: ProjectId | None = None, limit: int = PAGE_MAX
    ) -> Page:
        """Projects of an organisation (None: of all), oldest first, those behind `after`."""
        query = select(projects).order_by(projects.c.created_at, projects.c.project)
        if organisation is not None:
            query = query.where(projects.c.organisation == organisation)
        if after is not None:
            start = await self.entry(after)
            later = projects.c.created_at > start.created_at
            at_once = and_(projects.c.created_at == start.created_at, projects.c.project > after)
            query = query.where(or_(later, at_once))
        with store_errors():
            async with self._database.read() as connection:
                rows = (await connection.execute(query.limit(limit + 1))).all()
        found: list[ProjectSummary] = []
        for row in rows[:limit]:
            try:
                state = await self._state(row.project)
            except Refused as refusal:
                if refusal.code is ErrorCode.UNKNOWN_PROJECT:
                    continue  # the stream was never opened: see `open_project`
                raise
            found.append(
                ProjectSummary(
                    id=row.project,
                    organisation=row.organisation,
                    title=state.title or row.title,
                    created_at=row.created_at,
                    national=state.national,
                    phase=state.phase,
                )
            )
        return Page(tuple(found), rows[limit - 1].project if len(rows) > limit else None)

    async def set_phase(self, project: ProjectId, phase: ProjectPhase, nonce: str | None = None) -> ProjectDetail:
        """Activate or archive a project, or put it back to draft."""
        nonce = nonce or new_nonce()
        await self._submit(project, ProjectSetPhase(nonce=nonce, phase=phase))
        return await self.project(project)

    # --- Classes ---

    async def add_class(self, project: ProjectId, new: NewClass, nonce: str | None = None) -> SchoolClass:
        """Add a class."""
        command = ClassAdd(
            nonce=nonce or new_nonce(),
            name=new.name,
            school=new.school,
            country=new.country,
            timezone=new.timezone,
            languages=new.languages,
        )
        state, made = await self._submit(project, command, "c")
        return state.classes[made]

    async def classes(self, project: ProjectId) -> list[SchoolClass]:
        """The classes, in the order of joining."""
        return list((await self._state(project)).classes.values())

    # --- Members ---

    async def add_member(self, project: ProjectId, new: NewMember, nonce: str | None = None) -> MemberDetail:
        """Add a person."""
        command = MemberAdd(
            nonce=nonce or new_nonce(),
            role=new.role,
            class_id=new.class_id,
            roster_name=new.roster_name,
            alias=new.alias,
        )
        state, made = await self._submit(project, command, "m")
        return (await self._named([state.members[made]]))[0]

    async def remove_member(self, project: ProjectId, member: MemberId, nonce: str | None = None) -> None:
        """Remove a person for good, and end what they could come in with.

        The removal comes first: from then on nobody lets them in, whatever they hold.
        """
        await self._submit(project, MemberRemove(nonce=nonce or new_nonce(), member=member))
        await self._auth.end_sessions_of_member(project, member)

    async def members(self, project: ProjectId) -> list[MemberDetail]:
        """All members, the removed ones too, in the order of joining."""
        return await self._named((await self._state(project)).members.values())

    async def member(self, project: ProjectId, member: MemberId) -> MemberDetail:
        """One member, not a removed one. Raises `Refused` with UNKNOWN_MEMBER."""
        return (await self._named([_present(await self._state(project), member)]))[0]

    async def project_of(self, member: MemberId) -> ProjectId:
        """The project of a member, found by looking through all: for the command line.

        Raises `Refused` with UNKNOWN_MEMBER.
        """
        after: ProjectId | None = None
        while True:
            page = await self.projects(after=after, limit=SEARCH_PAGE)
            for summary in page.projects:
                if member in (await self._state(summary.id)).members:
                    return summary.id
            if page.next is None:
                raise Refused(ErrorCode.UNKNOWN_MEMBER)
            after = page.next

    # --- Rooms ---

    async def add_room(self, project: ProjectId, name: str, nonce: str | None = None) -> RoomDetail:
        """Add a group room, closed."""
        state, made = await self._submit(project, RoomAdd(nonce=nonce or new_nonce(), name=name), "r")
        return _room_detail(state, made)

    async def rooms(self, project: ProjectId) -> list[RoomDetail]:
        """The rooms, the staff room too, oldest first."""
        state = await self._state(project)
        return [_room_detail(state, room) for room in state.rooms]

    async def set_room_open(self, project: ProjectId, room: RoomId, is_open: bool, nonce: str | None = None) -> None:
        """Open a room for pupils, or close it."""
        await self._submit(project, RoomSetOpen(nonce=nonce or new_nonce(), room=room, open=is_open))

    # --- Getting in ---

    async def issue_ticket(self, project: ProjectId, member: MemberId) -> tuple[str, int]:
        """A one-use ticket and when it expires (milliseconds since 1970 UTC).

        Refused as entering would be: PROJECT_NOT_STARTED for a pupil in a draft, UNKNOWN_MEMBER.
        """
        state = await self._state(project)
        _present(state, member)
        require(state.standing(member, teacher_present=False), Action.ENTER_PROJECT)
        return await self._auth.issue_ticket(project, member)

    async def invite(self, project: ProjectId, member: MemberId) -> tuple[str, int]:
        """The link of a one-time invitation and when it expires; earlier unused links end."""
        _present(await self._state(project), member)
        token, expires_at = await self._auth.create_invitation(project, member)
        return self._auth.invitation_url(token), expires_at

    # --- Helpers ---

    async def _state(self, project: ProjectId) -> ProjectState:
        return (await self._owners.project(project)).state

    async def _submit(self, project: ProjectId, command: ProjectCommand, prefix: str = "") -> tuple[ProjectState, str]:
        """The state after `command`, and the id of what it made if it makes something."""
        live = await self._owners.project(project)
        made = derive_id(prefix, project_stream(project), SYSTEM_ACTOR, command.nonce)

        def decided(state: ProjectState) -> Decision:
            standing = state.standing(
                None,
                teacher_present=False,
                room=room_of(state, command),
                subject=subject_of(state, command),
            )
            return decide(state, standing, command, made)

        await live.submit(SYSTEM_ACTOR, command.nonce, decided)
        return live.state, made

    async def _named(self, members: Collection[Member]) -> list[MemberDetail]:
        wanted, known = list(members), dict[MemberId, Identity]()
        with store_errors():
            async with self._database.read() as connection:
                for start in range(0, len(wanted), NAMES_QUERY_MAX):
                    some = [member.id for member in wanted[start : start + NAMES_QUERY_MAX]]
                    query = select(identities).where(identities.c.member.in_(some))
                    for row in await connection.execute(query):
                        known[row.member] = Identity(row.member, row.roster_name, row.alias)
        return [_member_detail(member, known.get(member.id)) for member in wanted]


@asynccontextmanager
async def administering(
    settings: Settings, clock: Callable[[], int] = system_clock
) -> AsyncIterator[tuple[Administration, Auth]]:
    """An administration of its own beside a running server: the command line's short-lived writer.

    The server notices what it wrote by looking at the database. Raises `LogUnavailable` when the
    database cannot be opened, `MigrationFailed` when it is a newer version's.
    """
    from rtserver.storage import SqlLog

    database = await Database.open(settings.database)
    try:
        await database.prepare()
        log = SqlLog(database)
        try:
            auth = Auth(database, settings, clock)
            yield Administration(database, Owners(log, log, clock), auth, clock), auth
        finally:
            await log.close()
    finally:
        await database.close()


def _opening(project: ProjectId, nonce: str, new: NewProject) -> Opening:
    """The ids are derived from the nonce, so that a resend asks for the very same project."""
    stream = project_stream(project)

    def made(prefix: str, what: str) -> str:
        return derive_id(prefix, stream, SYSTEM_ACTOR, f"{nonce}.{what}")

    def founder(which: str, given: NewFounder) -> Founder:
        school_class = SchoolClass(
            id=made("c", which),
            name=given.school_class.name,
            school=given.school_class.school,
            country=given.school_class.country,
            timezone=given.school_class.timezone,
            languages=given.school_class.languages,
        )
        return Founder(made("m", which), given.roster_name, given.alias, school_class)

    first, second = new.founders
    return Opening(
        title=new.title,
        national=new.national,
        founders=(founder("first", first), founder("second", second)),
        class_room=made("r", "class"),
        class_room_name=new.class_room_name,
        staff_room=made("r", "staff"),
        staff_room_name=new.staff_room_name,
    )


def _present(state: ProjectState, member: MemberId) -> Member:
    found = state.members.get(member)
    if found is None or found.removed:
        raise Refused(ErrorCode.UNKNOWN_MEMBER)
    return found


def _member_detail(member: Member, names: Identity | None) -> MemberDetail:
    return MemberDetail(
        id=member.id,
        role=member.role,
        class_id=member.class_id,
        roster_name=None if names is None else names.roster_name,
        alias=None if names is None else names.alias,
        removed=member.removed,
    )


def _room_detail(state: ProjectState, room: RoomId) -> RoomDetail:
    found = state.rooms[room]
    boards = tuple(BoardView(board.id, board.name) for board in state.boards_of(room))
    return RoomDetail(found.id, found.kind, found.name, found.open, boards)
