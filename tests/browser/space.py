"""A project of a French and a Polish class on a running server, and the links of its people."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rooms.model import MemberId, ProjectPhase, Role, RoomId, RoomKind
from rtserver.administration import Administration, administering
from rtserver.auth import Auth
from rtserver.shapes import NewClass, NewFounder, NewMember, NewProject
from tests.wire.server import Server, speak

ORGANISATION = "browser"
TITLE = "Rivers of Europe"
ROOM = "Class room"

FRENCH = NewClass("4e B", "Collège Jean-Moulin", "FR", "Europe/Paris", ("fr",))
POLISH = NewClass("klasa 7a", "Szkoła Podstawowa nr 12", "PL", "Europe/Warsaw", ("pl",))

ROSTER = {
    "claire": ("Claire Martin", "Mme Claire"),
    "ewa": ("Ewa Nowak", "Pani Ewa"),
    "leo": ("Leo Girard", "Leo G."),
    "zoe": ("Zoe Lambert", "Zoe L."),
    "jan": ("Jan Kowalczyk", "Janek"),
    "ola": ("Ola Zawadzka", "Olcia"),
}
"""Roster name and alias. The roster name's second part is what the partner class must never see."""


class Space:
    """An active project whose class room is open. Claire and Ewa founded it; Leo, Zoe, Jan and Ola are pupils."""

    def __init__(self, server: Server, administration: Administration, auth: Auth) -> None:
        self.server = server
        self.administration = administration
        self.auth = auth
        self.project = ""
        self.members: dict[str, MemberId] = {}
        self.rooms: dict[RoomKind, RoomId] = {}

    @property
    def room(self) -> RoomId:
        """The class room."""
        return self.rooms[RoomKind.CLASS_ROOM]

    async def set_up(self) -> None:
        """Make the project, as the command line would."""
        founders = (NewFounder(*ROSTER["claire"], FRENCH), NewFounder(*ROSTER["ewa"], POLISH))
        project = await self.administration.open_project(ORGANISATION, NewProject(TITLE, founders))
        self.project = project.id
        self.members = {"claire": project.founders[0].id, "ewa": project.founders[1].id}
        french, polish = (school_class.id for school_class in project.classes)
        for name, class_id in (("leo", french), ("zoe", french), ("jan", polish), ("ola", polish)):
            await self.add(name, *ROSTER[name], class_id)
        self.rooms = {room.kind: room.id for room in await self.administration.rooms(project.id)}
        await self.administration.set_phase(project.id, ProjectPhase.ACTIVE)
        await self.administration.set_room_open(project.id, self.room, True)

    async def add(self, key: str, roster_name: str, alias: str, class_id: str) -> None:
        """Add a pupil, known to the test as `key`."""
        new = NewMember(Role.PUPIL, roster_name, alias, class_id)
        self.members[key] = (await self.administration.add_member(self.project, new)).id

    async def link(self, name: str) -> str:
        """A personal invitation link."""
        url, _ = await self.administration.invite(self.project, self.members[name])
        speak(url.partition("#")[2])
        return url

    async def ticket(self, name: str) -> str:
        """A ticket, as a portal would be given it."""
        ticket, _ = await self.administration.issue_ticket(self.project, self.members[name])
        return speak(ticket)


@asynccontextmanager
async def open_space(server: Server) -> AsyncIterator[Space]:
    """A new project on the database of `server`, made by another process than the one that serves it."""
    async with administering(server.settings) as (administration, auth):
        space = Space(server, administration, auth)
        await space.set_up()
        yield space
