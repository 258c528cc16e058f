"""What has ended is listed without a name or a text, and ends again in what an older backup brings back."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from rooms.chat.rules import ChatRules
from rooms.errors import Refused
from rooms.events import ChatDeleted, ChatEdited, ChatPosted
from rooms.model import SYSTEM_ACTOR, MemberId, ProjectPhase, Role
from rooms.ports import StoredSnapshot
from rooms.stream import Decision, Position, room_stream
from rtserver.administration import Administration
from rtserver.auth import KEEP_ENDED_MS, Auth
from rtserver.care import endings
from rtserver.care.endings import EndingsFile, take
from rtserver.care.problem import CareFailed, FileUnusable
from rtserver.config import Settings
from rtserver.database import Database
from rtserver.owners import Owners
from rtserver.shapes import NewClass, NewFounder, NewMember, NewProject
from rtserver.storage import SqlLog
from rtserver.tables import identities, sessions
from tests.rtserver.care.samples import NOON, Files, backed_up, restored

LATER = NOON + 3_600_000
"""When a backup is restored, which was taken at noon."""

FOUNDERS = (
    NewFounder("Claire Morel", "Mme Morel", NewClass("4e B", "Collège", "FR", "Europe/Paris", ("fr",))),
    NewFounder("Ewa Nowak", "p. Ewa", NewClass("7a", "Szkoła", "PL", "Europe/Warsaw", ("pl",))),
)


class School:
    """A project on one database, as a server would work with it."""

    def __init__(self, url: str, database: Database, now: int) -> None:
        self.url, self.database = url, database
        self.log = SqlLog(database)
        self.owners = Owners(self.log, self.log, lambda: now)
        self.auth = Auth(database, Settings(), lambda: now)
        self.administration = Administration(database, self.owners, self.auth, lambda: now)
        self.project = self.pupil = self.room = ""

    async def open_project(self) -> None:
        opened = await self.administration.open_project("lyon", NewProject("Rivers", FOUNDERS))
        self.project = opened.id
        new = NewMember(Role.PUPIL, "Inès Benali", "Inès", opened.classes[0].id)
        self.pupil = (await self.administration.add_member(opened.id, new)).id
        self.room = (await self.administration.rooms(opened.id))[0].id
        await self.administration.set_phase(opened.id, ProjectPhase.ACTIVE)

    def same_as(self, other: "School") -> "School":
        self.project, self.pupil, self.room = other.project, other.pupil, other.room
        return self

    async def sign_in(self, member: MemberId) -> str:
        ticket, _ = await self.auth.issue_ticket(self.project, member)
        return (await self.auth.redeem_ticket(ticket, self.project))[1]

    async def say(self, *bodies: Any, actor: MemberId = SYSTEM_ACTOR) -> int:
        live = await self.owners.room(self.room)
        nonce = f"nonce-{live.position.seq}"
        return (await live.submit(actor, nonce, lambda _: Decision(bodies))).seq

    async def text(self, message: int) -> str | None:
        found = await self.log.message(room_stream(self.room), message)
        return None if found is None else found.text

    async def save_snapshot(self) -> None:
        live = await self.owners.room(self.room)
        snapshot = StoredSnapshot(live.position, ChatRules.version, ChatRules().encode(live.state))
        await self.log.save_snapshot(live.name, snapshot)


@asynccontextmanager
async def school_at(url: str, like: School | None = None, now: int = NOON) -> AsyncIterator[School]:
    database = await Database.open(url)
    school = School(url, database, now)
    try:
        if like is None:
            await school.open_project()
        else:
            school.same_as(like)
        yield school
    finally:
        await school.owners.close()
        await school.log.close()
        await database.close()


Change = Callable[[School], Awaitable[object]]


async def replaced(url: str, archive: Path, before: School, change: Change, **options: Any) -> Any:
    """What was ended again when `change` came after the backup, which was put back then."""
    await backed_up(url, archive)
    async with school_at(url, before) as school:
        await change(school)
    return await restored(url, archive, now=LATER, replace=True, **options)


@pytest.fixture
async def before(url: str) -> School:
    """A project, before anything has ended."""
    async with school_at(url) as school:
        return school


async def test_removed_member_stays_removed(url: str, archive: Path, before: School) -> None:
    """With the sessions and links that the backup says to be alive."""
    async with school_at(url, before) as school:
        session = await school.sign_in(school.pupil)
        link, _ = await school.auth.create_invitation(school.project, school.pupil)
        others = await school.sign_in((await school.administration.project(school.project)).founders[0].id)
    ended = await replaced(
        url, archive, before, lambda school: school.administration.remove_member(school.project, school.pupil)
    )
    assert (ended.members, ended.sessions, ended.links) == (1, 1, 1)
    async with school_at(url, before, LATER) as school:
        members = {member.id: member.removed for member in await school.administration.members(school.project)}
        assert members[school.pupil]
        assert list(members.values()).count(True) == 1
        assert await school.auth.session(session) is None
        assert await school.auth.session(others) is not None
        with pytest.raises(Refused):
            await school.auth.redeem_invitation(link)


async def test_ended_session_and_revoked_key_stay_so(url: str, archive: Path, before: School) -> None:
    """Others of the same person stay."""
    async with school_at(url, before) as school:
        lost, kept = await school.sign_in(school.pupil), await school.sign_in(school.pupil)
        key, token = await school.auth.create_key("Moodle", "lyon")
        _, other_token = await school.auth.create_key("Other", "lyon")

    async def end(school: School) -> None:
        session = await school.auth.require_session(lost)
        await school.auth.end_session(session.id)
        await school.auth.revoke_key(key)

    ended = await replaced(url, archive, before, end)
    assert (ended.sessions, ended.keys) == (1, 1)
    async with school_at(url, before, LATER) as school:
        assert await school.auth.session(lost) is None
        assert await school.auth.session(kept) is not None
        assert await school.auth.key(token) is None
        assert await school.auth.key(other_token) is not None


@pytest.mark.parametrize("end", ["used", "withdrawn"])
async def test_spent_link_stays_spent(url: str, archive: Path, before: School, end: str) -> None:
    """One that was used since, and one that another has taken the place of; one that is still good stays good."""
    async with school_at(url, before) as school:
        link, _ = await school.auth.create_invitation(school.project, school.pupil)
        founder = (await school.administration.project(school.project)).founders[0].id
        good, _ = await school.auth.create_invitation(school.project, founder)

    async def spend(school: School) -> None:
        if end == "used":
            await school.auth.redeem_invitation(link)
        else:
            await school.auth.create_invitation(school.project, school.pupil)

    assert (await replaced(url, archive, before, spend)).links == 1
    async with school_at(url, before, LATER) as school:
        with pytest.raises(Refused):
            await school.auth.redeem_invitation(link)
        assert await school.auth.redeem_invitation(good)


@pytest.mark.parametrize("has_snapshot", [False, True])
async def test_withdrawn_message_stays_withdrawn(url: str, archive: Path, before: School, has_snapshot: bool) -> None:
    """In the archive, in the log, in the stored snapshot; the database's file does not hold its text any more."""
    async with school_at(url, before) as school:
        message = await school.say(ChatPosted("a secret of Inès"), actor=school.pupil)
        await school.say(ChatEdited(message, "a secret, edited"), actor=school.pupil)
        other = await school.say(ChatPosted("good morning"), actor=school.pupil)
        if has_snapshot:
            await school.save_snapshot()
            await school.log.prune(room_stream(school.room), other - 1)
    ended = await replaced(url, archive, before, lambda school: school.say(ChatDeleted(message)))
    assert ended.messages == 1
    async with school_at(url, before, LATER) as school:
        assert (await school.text(message), await school.text(other)) == ("", "good morning")
        chat = (await school.owners.room(school.room)).state
        assert [(one.text, one.deleted) for one in chat.messages] == [("", True), ("good morning", False)]
        assert await school.say(ChatPosted("on it goes")) == other + 2
        stored = await school.log.load_snapshot(room_stream(school.room))
        assert (stored is not None) == has_snapshot
        assert stored is None or b"secret" not in stored.state
    assert b"secret" not in Path(url.partition("///")[2]).read_bytes()


async def test_message_of_another_log_is_left_alone(url: str, archive: Path, before: School) -> None:
    """One with the same id, which was written after an older backup had been restored, is another message."""
    await backed_up(url, archive)
    other_archive = archive.with_name("other.zip")
    async with school_at(url, before, NOON + 1) as school:
        message = await school.say(ChatPosted("of the first log"))
    await backed_up(url, other_archive, NOON + 1)
    await restored(url, archive, now=NOON + 2, replace=True)
    async with school_at(url, before, NOON + 3) as school:
        assert await school.say(ChatPosted("of the second"), ChatDeleted(message)) == message + 1
    ended = await restored(url, other_archive, now=LATER, replace=True)
    assert ended.messages == 0
    async with school_at(url, before) as school:
        assert await school.text(message) == "of the first log"


async def test_erased_names_stay_erased(url: str, archive: Path, before: School) -> None:
    """Those of others stay."""

    async def erase(school: School) -> None:
        async with school.database.write() as connection:
            await connection.execute(delete(identities).where(identities.c.member == school.pupil))

    assert (await replaced(url, archive, before, erase)).names == 1
    async with school_at(url, before) as school:
        names = {one.id: one.roster_name for one in await school.administration.members(school.project)}
        assert names.pop(school.pupil) is None
        assert set(names.values()) == {"Claire Morel", "Ewa Nowak"}


@pytest.mark.parametrize(("age", "ends"), [(KEEP_ENDED_MS, 0), (KEEP_ENDED_MS + 1, 1)])
async def test_what_was_forgotten_long_ago_is_not_alive(
    url: str, archive: Path, before: School, age: int, ends: int
) -> None:
    """A session whose end was forgotten is ended when the backup is older than such a memory; else it stays."""
    async with school_at(url, before) as school:
        forgotten, kept = await school.sign_in(school.pupil), await school.sign_in(school.pupil)
        row = await school.auth.require_session(forgotten)
    await backed_up(url, archive)
    async with school_at(url, before) as school, school.database.write() as connection:
        await connection.execute(delete(sessions).where(sessions.c.id == row.id))
    ended = await restored(url, archive, now=NOON + age, replace=True)
    assert ended.sessions == ends
    async with school_at(url, before) as school:
        assert (await school.auth.session(forgotten) is None) == bool(ends)
        assert await school.auth.session(kept) is not None


async def test_project_that_is_not_on_the_list_stays_as_it_was(
    files: Files, url: str, archive: Path, before: School
) -> None:
    """A list of another database ends nothing."""
    async with school_at(url, before) as school:
        session = await school.sign_in(school.pupil)
        link, _ = await school.auth.create_invitation(school.project, school.pupil)
    await backed_up(url, archive)
    other = files.new()
    async with school_at(other) as school:
        await school.administration.remove_member(school.project, school.pupil)
    ended = await restored(other, archive, now=LATER, replace=True)
    assert (ended.members, ended.sessions, ended.links) == (0, 0, 0)
    async with school_at(other, before) as school:
        assert await school.auth.session(session) is not None
        assert await school.auth.redeem_invitation(link)


async def test_endings_are_forgotten_on_demand(url: str, archive: Path, before: School) -> None:
    """For a database of which they cannot be read."""
    ended = await replaced(
        url,
        archive,
        before,
        lambda school: school.administration.remove_member(school.project, school.pupil),
        keeps_endings=False,
    )
    assert ended.members == 0


async def test_everybody_is_signed_out_on_demand(url: str, archive: Path, before: School) -> None:
    """Sessions and unused links end; a used link says so still."""
    async with school_at(url, before) as school:
        session = await school.sign_in(school.pupil)
        link, _ = await school.auth.create_invitation(school.project, school.pupil)
    await backed_up(url, archive)
    ended = await restored(url, archive, now=LATER, replace=True, signs_out=True)
    assert (ended.sessions, ended.links) == (1, 1)
    async with school_at(url, before, LATER) as school:
        assert await school.auth.session(session) is None
        with pytest.raises(Refused):
            await school.auth.redeem_invitation(link)


# --- The list as a file ---------------------------------------------------------------------------


async def taken(url: str, file: Path, at: int = LATER) -> Path:
    database = await Database.open(url)
    await take(database, file, lambda: at)
    await database.close()
    return file


async def test_list_serves_where_the_database_is_lost(
    files: Files, url: str, archive: Path, tmp_path: Path, before: School
) -> None:
    """What has ended between backup and list ends again in an empty database; the list is private and says no word."""
    async with school_at(url, before) as school:
        session = await school.sign_in(school.pupil)
        message = await school.say(ChatPosted("a secret of Inès"), actor=school.pupil)
    await backed_up(url, archive)
    async with school_at(url, before) as school:
        await school.say(ChatDeleted(message))
        await school.administration.remove_member(school.project, school.pupil)
    file = await taken(url, tmp_path / "endings")
    written = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(word in written for word in ("secret", "Inès", "Benali", "Claire", session))
    target = files.new()
    ended = await restored(target, archive, [file], now=LATER)
    assert (ended.members, ended.sessions, ended.messages) == (1, 1, 1)
    async with school_at(target, before, LATER) as school:
        assert await school.auth.session(session) is None
        assert await school.text(message) == ""


async def test_list_replaces_an_older_one(url: str, tmp_path: Path, before: School) -> None:
    """As a timer has it written."""
    file = await taken(url, tmp_path / "endings", NOON)
    assert EndingsFile(await taken(url, file, LATER)).taken_at == LATER
    assert [one.name for one in tmp_path.iterdir()] == ["endings"]


async def test_list_from_before_the_backup_is_refused(url: str, archive: Path, tmp_path: Path, before: School) -> None:
    """It would say that sessions which began since were over."""
    await backed_up(url, archive, LATER)
    with pytest.raises(CareFailed, match="older than the backup"):
        await restored(url, archive, [await taken(url, tmp_path / "endings", NOON)], replace=True)


@pytest.mark.parametrize("damage", ["cut", "foreign", "empty", "newer", "missing"])
async def test_list_that_is_not_whole_is_refused(url: str, tmp_path: Path, before: School, damage: str) -> None:
    """In a sentence, before anything is done."""
    file = await taken(url, tmp_path / "endings")
    lines = file.read_bytes().splitlines(keepends=True)
    newer = json.dumps({**json.loads(lines[0]), "format": 2}).encode() + b"\n"
    match damage:
        case "cut":
            file.write_bytes(b"".join(lines[:-1]))
        case "foreign":
            file.write_bytes(b"\xff\xfe\n")
        case "empty":
            file.write_bytes(b"")
        case "newer":
            file.write_bytes(newer + b"".join(lines[1:]))
        case "missing":
            file.unlink()
    with pytest.raises(FileUnusable, match="endings"):
        EndingsFile(file)


async def test_many_are_listed_in_pages(
    url: str, archive: Path, before: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost where one page ends and the next begins."""
    monkeypatch.setattr("rtserver.care.endings.PAGE", 2)
    monkeypatch.setattr("rtserver.care.endings._withdrawn", endings._withdrawn.limit(2))
    async with school_at(url, before) as school:
        for _ in range(4):
            await school.administration.open_project("lyon", NewProject("More", FOUNDERS))
        messages = [await school.say(ChatPosted(f"number {number}")) for number in range(5)]

    async def withdraw(school: School) -> None:
        for message in messages:
            await school.say(ChatDeleted(message))
        for known in (await school.administration.projects("lyon")).projects:
            await school.auth.create_invitation(known.id, "m_x")

    ended = await replaced(url, archive, before, withdraw)
    assert ended.messages == 5
    async with school_at(url, before) as school:
        assert [await school.text(message) for message in messages] == [""] * 5


async def test_position_in_a_stream_of_endings_is_the_logs_own(url: str, archive: Path, before: School) -> None:
    """What is appended for an ending has the next number, and the head says so."""
    async with school_at(url, before) as school:
        head = (await school.owners.project(school.project)).position
    await replaced(url, archive, before, lambda s: s.administration.remove_member(s.project, s.pupil))
    async with school_at(url, before) as school:
        position = (await school.owners.project(school.project)).position
        assert position.seq == head.seq + 1
        assert position != Position(head.epoch, head.seq + 1)
