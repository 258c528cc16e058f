"""The demo: a French and a Polish class that already share a project, and a link for each person.

Everything is seeded with fixed nonces through the very streams that the server uses. Started again, it finds what is
there, changes nothing and only makes fresh links.
"""

import sys
from collections.abc import Callable

from msgspec import Struct

from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import ChatPosted
from rooms.model import MemberId, ProjectId, ProjectPhase, Role, RoomKind
from rooms.stream import Decision
from rtserver.administration import Administration, system_clock
from rtserver.auth import Auth
from rtserver.config import Settings
from rtserver.database import Database
from rtserver.demo_story import CONVERSATION, PROJECT, PUPILS
from rtserver.drafts import Decide
from rtserver.ending import Ending
from rtserver.owners import Owners
from rtserver.shapes import MemberDetail, NewMember, ProjectDetail
from rtserver.storage import SqlLog

ORGANISATION = "demo"

SECOND = 1000
OPENED_BEFORE = 9 * 86_400 * SECOND
"""Milliseconds since the teachers opened the project: time enough for a first lesson to have been prepared."""

LESSON_BEFORE = 14 * 60 * SECOND
"""Milliseconds since the lesson began: the conversation ends a few minutes before the demo starts."""

REMOVED = "removed from the project"


class Person(Struct, frozen=True):
    """A line of the table: `link` None for somebody who was removed meanwhile."""

    name: str
    role: str
    school_class: str
    link: str | None


class StoryClock:
    """The time of the story while it is told; milliseconds since 1970 UTC."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


async def run(settings: Settings, ending: Ending) -> None:
    """Seed the demo, serve it, and print the links once people can follow them."""
    from rtserver.app import serve

    people = await seed(settings)
    await serve(settings, ending, on_ready=lambda _: show(people, settings))


async def seed(settings: Settings, clock: Callable[[], int] = system_clock) -> list[Person]:
    """Write what is missing of the demo, and make a link for each person.

    Raises `AlreadyServed` when a server runs on this data already: the links that it has printed must stay good.
    """
    database = await Database.open(settings.database)
    try:
        database.lock_for_serving()
        await database.prepare()
        log = SqlLog(database)
        try:
            story = StoryClock(clock() - OPENED_BEFORE)
            owners = Owners(log, log, story)
            auth = Auth(database, settings, clock)
            administration = Administration(database, owners, auth, story)
            project, members = await _seed_project(administration)
            story.now = clock() - LESSON_BEFORE
            await _seed_lesson(administration, owners, story, project.id, members)
            return await _invite(administration, project, members)
        finally:
            await log.close()
    finally:
        await database.close()


async def _seed_project(administration: Administration) -> tuple[ProjectDetail, dict[str, MemberId]]:
    """The project and its people, by the names that the conversation uses."""
    project = await administration.open_project(ORGANISATION, PROJECT, "demo-project-rivers")
    classes = {school_class.name: school_class.id for school_class in project.classes}
    first, second = project.founders
    members = {"first": first.id, "second": second.id}
    for pupil in PUPILS:
        new = NewMember(Role.PUPIL, pupil.roster_name, pupil.alias, classes[pupil.class_name])
        members[pupil.key] = (await administration.add_member(project.id, new, f"demo-member-{pupil.key}")).id
    await administration.set_phase(project.id, ProjectPhase.ACTIVE, "demo-phase-active")
    return project, members


async def _seed_lesson(
    administration: Administration,
    owners: Owners,
    story: StoryClock,
    project: ProjectId,
    members: dict[str, MemberId],
) -> None:
    """The class room, open, and what was said in it."""
    rooms = await administration.rooms(project)
    room = next(known.id for known in rooms if known.kind is RoomKind.CLASS_ROOM)
    await administration.set_room_open(project, room, True, "demo-room-open")
    chat = await owners.room(room)
    begin = story.now
    for number, line in enumerate(CONVERSATION):
        story.now = begin + line.seconds * SECOND
        # Nobody is there yet, so nobody may write yet: the story is told past the rules.
        await chat.submit(members[line.who], f"demo-message-{number:02}", _said(line.text))


def _said(text: str) -> Decide[ChatState]:
    def decide(state: ChatState) -> Decision:
        return Decision((ChatPosted(text),))

    return decide


async def _invite(administration: Administration, project: ProjectDetail, members: dict[str, MemberId]) -> list[Person]:
    known = {member.id: member for member in await administration.members(project.id)}
    classes = {school_class.id: f"{school_class.name}, {school_class.school}" for school_class in project.classes}
    people = []
    for member in (known[member_id] for member_id in members.values()):
        role = "teacher" if member.role in (Role.FOUNDER, Role.TEACHER) else member.role.value
        link = await _link(administration, project.id, member)
        people.append(Person(member.roster_name or "–", role, classes[member.class_id or ""], link))
    return people


async def _link(administration: Administration, project: ProjectId, member: MemberDetail) -> str | None:
    try:
        return (await administration.invite(project, member.id))[0]
    except Refused as refusal:
        if refusal.code is ErrorCode.UNKNOWN_MEMBER:
            return None  # somebody has tried out what removing does
        raise


def show(people: list[Person], settings: Settings) -> None:
    """Print the links, each in one piece so that it can be clicked, however narrow the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [(person.name, person.role, person.school_class, person.link or REMOVED) for person in people]
    headings = ("name", "role", "class", "link")
    needed = sum(max(map(len, column)) + 3 for column in zip(headings, *rows, strict=True)) + 1
    console = Console(width=None if sys.stdout.isatty() else needed, highlight=False, soft_wrap=True)
    console.print()
    if console.width >= needed:
        table = Table(title=PROJECT.title, title_justify="left", title_style="bold", box=box.ROUNDED)
        for heading in headings:
            table.add_column(heading)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
    else:
        console.print(Text(PROJECT.title, style="bold"))
        for name, role, school_class, link in rows:
            console.print(Text(f"\n{name} · {role} · {school_class}\n{link}"))
    console.print(
        Text(
            f"\nReady at {settings.url}. Open a teacher's link and a pupil's link, each in a window of its own.\n"
            "Each link lets one browser in as that person, once; the browser stays signed in.\n"
            "Several of them may share a browser, each in a tab.\n"
            f"Data: {settings.data}. Ctrl-C stops; started again, everything is still there."
        )
    )
    sys.stdout.flush()
