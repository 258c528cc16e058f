import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from rooms.board.arrangement import decide as decide_boards
from rooms.board.messages import BoardAdd
from rooms.errors import ErrorCode, Refused
from rooms.messages import BoardView
from rooms.model import SYSTEM_ACTOR, ProjectPhase, Role, RoomKind
from rooms.ports import LogUnavailable
from rtserver.administration import Administration, administering
from rtserver.owners import Owners
from rtserver.shapes import NewClass, NewFounder, NewMember
from rtserver.storage import SqlLog
from tests.rtserver.portal_fixtures import FRENCH, POLISH, SECOND, Backend, backend, count_projects, new_project, opened


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


async def refusal(awaitable: Awaitable[object]) -> ErrorCode:
    with pytest.raises(Refused) as caught:
        await awaitable
    return caught.value.code


async def pupil_of(on: Backend, project: str, nonce: str | None = None) -> str:
    class_id = (await on.administration.classes(project))[0].id
    new = NewMember(Role.PUPIL, "Léa Bernard", "Léa", class_id)
    return (await on.administration.add_member(project, new, nonce)).id


class TestOpening:
    async def test_makes_a_draft_with_two_classes_two_founders_and_two_rooms(self, on: Backend) -> None:
        project = await opened(on)
        assert (project.title, project.organisation, project.phase) == ("Rivers", "lyon", ProjectPhase.DRAFT)
        assert [known.country for known in project.classes] == ["FR", "PL"]
        assert [(founder.role, founder.roster_name, founder.alias) for founder in project.founders] == [
            (Role.FOUNDER, "Claire Martin", "Mme Martin"),
            (Role.FOUNDER, "Ewa Nowak", "p. Ewa"),
        ]
        assert [founder.class_id for founder in project.founders] == [known.id for known in project.classes]
        rooms = await on.administration.rooms(project.id)
        assert [(room.kind, room.open) for room in rooms] == [
            (RoomKind.CLASS_ROOM, False),
            (RoomKind.STAFF_ROOM, False),
        ]

    async def test_is_done_once_for_a_nonce(self, on: Backend) -> None:
        first = await opened(on, nonce="nonce-0001")
        again = await on.administration.open_project("lyon", new_project("Another title"), "nonce-0001")
        assert again == first
        assert await count_projects(on) == 1

    async def test_is_done_once_for_a_nonce_that_arrives_twice_at_once(self, on: Backend) -> None:
        first, second = await asyncio.gather(opened(on, nonce="nonce-0001"), opened(on, nonce="nonce-0001"))
        assert first == second
        assert len((await on.administration.projects()).projects) == 1

    async def test_makes_another_project_for_another_nonce_or_organisation(self, on: Backend) -> None:
        made = [
            await opened(on, "lyon", "nonce-0001"),
            await opened(on, "lyon", "nonce-0002"),
            await opened(on, "lublin", "nonce-0001"),
            await opened(on),
            await opened(on),
        ]
        assert len({project.id for project in made}) == 5
        assert len({founder.id for project in made for founder in project.founders}) == 10

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"country": "XX"}, ErrorCode.COUNTRY_UNKNOWN),
            ({"timezone": "Europe/Atlantis"}, ErrorCode.TIMEZONE_UNKNOWN),
            ({"languages": ("?",)}, ErrorCode.LANGUAGE_UNKNOWN),
            ({"country": "PL"}, ErrorCode.FOUNDERS_SAME_COUNTRY),
        ],
    )
    async def test_that_is_refused_writes_nothing(
        self, on: Backend, change: dict[str, object], code: ErrorCode
    ) -> None:
        wrong = NewFounder("A", "A", msgspec.structs.replace(FRENCH, **change))
        new = new_project(founders=(wrong, NewFounder("B", "B", POLISH)))
        assert await refusal(on.administration.open_project("lyon", new)) is code
        assert await count_projects(on) == 0

    async def test_of_one_country_needs_a_national_project(self, on: Backend) -> None:
        same = (NewFounder("A", "A", FRENCH), NewFounder("B", "B", FRENCH))
        project = await on.administration.open_project("lyon", new_project(founders=same, national=True))
        assert project.national

    async def test_that_is_cut_between_directory_and_stream_leaves_a_row_that_shows_nowhere(
        self, on: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And the same nonce finishes it."""

        async def crash(*_: object) -> None:
            raise LogUnavailable("the process was killed here")

        with monkeypatch.context() as patched:
            patched.setattr(on.owners, "new_project", crash)
            with pytest.raises(LogUnavailable):
                await opened(on, nonce="nonce-0001")
        assert await count_projects(on) == 1
        page = await on.administration.projects()
        assert (page.projects, page.next) == ((), None)
        project = await opened(on, nonce="nonce-0001")
        assert [summary.id for summary in (await on.administration.projects()).projects] == [project.id]
        assert await count_projects(on) == 1

    async def test_that_is_cut_after_the_stream_was_made_is_unknown_too(self, on: Backend) -> None:
        """The stream exists then, but nothing was opened in it."""
        await on.owners.new_project("p_half")
        async with on.database.write() as connection:
            await connection.execute(text("INSERT INTO projects VALUES ('p_half', 'lyon', 'Half', 1, 0, NULL)"))
        assert (await on.administration.projects()).projects == ()
        assert await refusal(on.administration.project("p_half")) is ErrorCode.UNKNOWN_PROJECT

    async def test_acts_as_the_system(self, on: Backend) -> None:
        project = await opened(on)
        live = await on.owners.project(project.id)
        assert {event.actor for event in await live.read(0, 100)} == {SYSTEM_ACTOR}


class TestListing:
    async def test_goes_by_pages_oldest_first(self, on: Backend) -> None:
        made = []
        for number in range(7):
            if number % 2:
                on.clock.advance(SECOND)  # every other pair is of the same millisecond
            made.append((await opened(on)).id)
        await opened(on, "lublin")
        seen: list[str] = []
        after: str | None = None
        while True:
            page = await on.administration.projects("lyon", after, limit=3)
            seen += [summary.id for summary in page.projects]
            if page.next is None:
                break
            after = page.next
        assert sorted(seen) == sorted(made)
        assert seen[0] == made[0]
        assert len((await on.administration.projects()).projects) == 8

    async def test_behind_an_unknown_project_is_refused(self, on: Backend) -> None:
        for after in ("p_unknown", "\x00", "a/b", ""):
            assert await refusal(on.administration.projects("lyon", after)) is ErrorCode.UNKNOWN_PROJECT

    async def test_shows_the_phase_of_each(self, on: Backend) -> None:
        project = await opened(on)
        await on.administration.set_phase(project.id, ProjectPhase.ARCHIVED)
        assert [summary.phase for summary in (await on.administration.projects()).projects] == [ProjectPhase.ARCHIVED]


class TestChanges:
    async def test_phase(self, on: Backend) -> None:
        project = await opened(on)
        for phase in (ProjectPhase.ACTIVE, ProjectPhase.ACTIVE, ProjectPhase.ARCHIVED, ProjectPhase.DRAFT):
            assert (await on.administration.set_phase(project.id, phase)).phase is phase

    async def test_class(self, on: Backend) -> None:
        project = await opened(on)
        new = NewClass("3C", "Liceo", "IT", "Europe/Rome", ("it", "en"))
        added = await on.administration.add_class(project.id, new, "nonce-0001")
        assert (added.name, added.country, added.languages) == ("3C", "IT", ("it", "en"))
        assert await on.administration.add_class(project.id, new, "nonce-0001") == added
        assert len(await on.administration.classes(project.id)) == 3

    async def test_member_with_both_names(self, on: Backend) -> None:
        project = await opened(on)
        class_id = project.classes[0].id
        new = NewMember(Role.PUPIL, "Léa Bernard", "Léa", class_id)
        added = await on.administration.add_member(project.id, new, "nonce-0001")
        assert (added.role, added.roster_name, added.alias, added.removed) == (Role.PUPIL, "Léa Bernard", "Léa", False)
        assert await on.administration.add_member(project.id, new, "nonce-0001") == added
        assert added in await on.administration.members(project.id)
        assert len(await on.administration.members(project.id)) == 3
        assert await on.administration.member(project.id, added.id) == added

    @pytest.mark.parametrize(
        ("role", "class_id", "code"),
        [
            (Role.FOUNDER, None, ErrorCode.INVALID),
            (Role.PUPIL, None, ErrorCode.INVALID),
            (Role.VISITOR, "c_x", ErrorCode.INVALID),
            (Role.PUPIL, "c_x", ErrorCode.UNKNOWN_CLASS),
        ],
    )
    async def test_member_that_the_rules_refuse(
        self, on: Backend, role: Role, class_id: str | None, code: ErrorCode
    ) -> None:
        project = await opened(on)
        new = NewMember(role, "A", "A", class_id)
        assert await refusal(on.administration.add_member(project.id, new)) is code

    async def test_visitor_has_no_class(self, on: Backend) -> None:
        project = await opened(on)
        added = await on.administration.add_member(project.id, NewMember(Role.VISITOR, "A guest", "A guest"))
        assert added.class_id is None

    async def test_room(self, on: Backend) -> None:
        project = await opened(on)
        added = await on.administration.add_room(project.id, "Group 1", "nonce-0001")
        assert (added.kind, added.name, added.open) == (RoomKind.GROUP_ROOM, "Group 1", False)
        assert added.boards == (BoardView(added.id, ""),)
        assert await on.administration.add_room(project.id, "Group 1", "nonce-0001") == added
        await on.administration.set_room_open(project.id, added.id, True)
        assert [room.open for room in await on.administration.rooms(project.id)] == [False, False, True]

    async def test_none_of_an_archived_project_until_it_is_taken_up_again(self, on: Backend) -> None:
        project = await opened(on)
        administration, class_id = on.administration, project.founders[0].class_id
        pupil = await pupil_of(on, project.id)
        await administration.set_phase(project.id, ProjectPhase.ARCHIVED)
        for change in (
            administration.add_class(project.id, NewClass("5c", "A school", "DE", "Europe/Berlin", ("de",))),
            administration.add_room(project.id, "Group"),
            administration.add_member(project.id, NewMember(Role.PUPIL, "Mia", "M.", class_id)),
        ):
            assert await refusal(change) is ErrorCode.PROJECT_ARCHIVED
        await administration.remove_member(project.id, pupil)  # who may read it is still to be said
        await administration.set_phase(project.id, ProjectPhase.ACTIVE)
        await administration.add_room(project.id, "Group")

    async def test_boards_of_rooms(self, on: Backend) -> None:
        project = await opened(on)
        hall, staff = await on.administration.rooms(project.id)
        stream = await on.owners.project(project.id)
        command = BoardAdd(nonce="nonce-0001", room=hall.id, name="Oder")
        await stream.submit(SYSTEM_ACTOR, command.nonce, lambda state: decide_boards(state.boards, command, "b1"))
        boards = [room.boards for room in await on.administration.rooms(project.id)]
        assert boards == [(BoardView(hall.id, ""), BoardView("b1", "Oder")), (BoardView(staff.id, ""),)]

    async def test_erased_names_are_none(self, on: Backend) -> None:
        project = await opened(on)
        async with on.database.write() as connection:
            await connection.execute(text("DELETE FROM identities"))
        assert {member.roster_name for member in await on.administration.members(project.id)} == {None}

    async def test_names_of_more_members_than_one_query_takes(
        self, on: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtserver.administration.NAMES_QUERY_MAX", 2)
        project = await opened(on)
        for number in range(5):
            await on.administration.add_member(project.id, NewMember(Role.VISITOR, f"Guest {number}", "G"))
        names = [member.roster_name for member in await on.administration.members(project.id)]
        assert names == ["Claire Martin", "Ewa Nowak", *(f"Guest {number}" for number in range(5))]


class TestRemoving:
    async def test_ends_all_that_the_member_could_come_in_with(self, on: Backend) -> None:
        project = (await opened(on)).id
        await on.administration.set_phase(project, ProjectPhase.ACTIVE)
        pupil = await pupil_of(on, project)
        ticket, _ = await on.administration.issue_ticket(project, pupil)
        session, _ = await on.auth.redeem_ticket(ticket, project)
        unused, _ = await on.administration.issue_ticket(project, pupil)
        await on.administration.invite(project, pupil)
        before = await on.auth.revisions([project])
        await on.administration.remove_member(project, pupil, "nonce-0001")
        assert await on.auth.live_sessions([session.id]) == set()
        assert (await on.auth.revisions([project]))[project] > before[project]
        assert await refusal(on.auth.redeem_ticket(unused, project)) is ErrorCode.TICKET_INVALID
        assert await refusal(on.administration.issue_ticket(project, pupil)) is ErrorCode.UNKNOWN_MEMBER
        assert await refusal(on.administration.invite(project, pupil)) is ErrorCode.UNKNOWN_MEMBER
        assert await refusal(on.administration.member(project, pupil)) is ErrorCode.UNKNOWN_MEMBER
        assert [member.removed for member in await on.administration.members(project)] == [False, False, True]

    async def test_is_repeated_with_its_nonce_and_refused_with_another(self, on: Backend) -> None:
        project = (await opened(on)).id
        pupil = await pupil_of(on, project)
        await on.administration.remove_member(project, pupil, "nonce-0001")
        await on.administration.remove_member(project, pupil, "nonce-0001")
        assert await refusal(on.administration.remove_member(project, pupil)) is ErrorCode.UNKNOWN_MEMBER

    async def test_of_a_founder_is_refused_and_signs_nobody_out(self, on: Backend) -> None:
        project = await opened(on)
        founder = project.founders[0].id
        ticket, _ = await on.administration.issue_ticket(project.id, founder)
        session, _ = await on.auth.redeem_ticket(ticket, project.id)
        assert await refusal(on.administration.remove_member(project.id, founder)) is ErrorCode.FOUNDER_STAYS
        assert await on.auth.live_sessions([session.id]) == {session.id}


class TestGettingIn:
    async def test_a_ticket_is_for_whom_may_enter_now(self, on: Backend) -> None:
        project = await opened(on)
        pupil = await pupil_of(on, project.id)
        issue = on.administration.issue_ticket
        assert await refusal(issue(project.id, pupil)) is ErrorCode.PROJECT_NOT_STARTED
        await issue(project.id, project.founders[0].id)
        await on.administration.set_phase(project.id, ProjectPhase.ACTIVE)
        await issue(project.id, pupil)
        await on.administration.set_phase(project.id, ProjectPhase.ARCHIVED)
        await issue(project.id, pupil)  # an archived project is read
        assert await refusal(issue(project.id, "m_unknown")) is ErrorCode.UNKNOWN_MEMBER

    async def test_an_invitation_may_be_made_before_the_project_starts(self, on: Backend) -> None:
        project = await opened(on)
        pupil = await pupil_of(on, project.id)
        url, expires_at = await on.administration.invite(project.id, pupil)
        address, token = url.split("#")
        assert address == "http://127.0.0.1:8080/join"
        assert expires_at > on.clock()
        assert (await on.auth.inspect_invitation(token)).member == pupil

    async def test_a_member_is_found_without_naming_the_project(
        self, on: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("rtserver.administration.SEARCH_PAGE", 2)
        made = [(await opened(on)).id for _ in range(5)]
        pupil = await pupil_of(on, made[3])
        assert await on.administration.project_of(pupil) == made[3]
        assert await refusal(on.administration.project_of("m_unknown")) is ErrorCode.UNKNOWN_MEMBER


Change = Callable[[Administration, str], Awaitable[object]]

EVERYTHING: dict[str, Change] = {
    "project": lambda administration, project: administration.project(project),
    "entry": lambda administration, project: administration.entry(project),
    "set_phase": lambda administration, project: administration.set_phase(project, ProjectPhase.ACTIVE),
    "add_class": lambda administration, project: administration.add_class(project, FRENCH),
    "classes": lambda administration, project: administration.classes(project),
    "add_member": lambda administration, project: administration.add_member(project, NewMember(Role.VISITOR, "A", "A")),
    "remove_member": lambda administration, project: administration.remove_member(project, "m_x"),
    "members": lambda administration, project: administration.members(project),
    "member": lambda administration, project: administration.member(project, "m_x"),
    "add_room": lambda administration, project: administration.add_room(project, "A"),
    "rooms": lambda administration, project: administration.rooms(project),
    "set_room_open": lambda administration, project: administration.set_room_open(project, "r_x", True),
    "issue_ticket": lambda administration, project: administration.issue_ticket(project, "m_x"),
    "invite": lambda administration, project: administration.invite(project, "m_x"),
}


@pytest.mark.parametrize("what", EVERYTHING)
async def test_an_unknown_project_is_unknown_to_everything(on: Backend, what: str) -> None:
    await opened(on)
    assert await refusal(EVERYTHING[what](on.administration, "p_unknown")) is ErrorCode.UNKNOWN_PROJECT


async def test_beside_a_running_server_its_owner_notices_what_was_written(on: Backend) -> None:
    """The command line writes through a process of its own; here, through a second set of streams."""
    project = await opened(on)
    live = await on.owners.project(project.id)
    async with administering(on.settings, on.clock) as (elsewhere, _):
        added = await elsewhere.add_member(project.id, NewMember(Role.VISITOR, "A guest", "A guest"))
    assert added.id not in live.state.members
    await on.administration.add_room(project.id, "Group 1")  # the next command reads what it missed
    assert added.id in live.state.members


async def test_the_streams_are_read_again_after_a_restart(on: Backend) -> None:
    project = await opened(on)
    log = SqlLog(on.database)
    again = Administration(on.database, Owners(log, log, on.clock), on.auth, on.clock)
    assert await again.project(project.id) == project
    await log.close()


async def class_room(on: Backend, project: str) -> str:
    return (await on.administration.rooms(project))[0].id
