"""A project of a French and a Polish class on a running server, and the ways in for its members."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from rooms.model import MemberId, ProjectPhase, Role, RoomId, RoomKind
from rtserver.administration import Administration, administering
from rtserver.auth import Auth
from rtserver.shapes import NewClass, NewFounder, NewMember, NewProject
from tests.wire.clients import NPM_WEBSOCKET, PROTOCOL_VERSION, Client, Kind, NpmClient, NpmDriver, PythonClient
from tests.wire.server import Server, speak

ORGANISATION = "wire"
FRENCH = NewClass("4e B", "Collège Jean-Moulin", "FR", "Europe/Paris", ("fr",))
POLISH = NewClass("klasa 7a", "Szkoła Podstawowa nr 12", "PL", "Europe/Warsaw", ("pl",))

NewDriver = Callable[[], NpmDriver]

_nonces = itertools.count(1)


def new_nonce() -> str:
    """A nonce that no test of this process has used."""
    return f"nonce-{next(_nonces):08d}"


class Classroom:
    """An active project: `claire` and `ewa` founded it, `pupils` and a `visitor` are in it, `room` is open."""

    def __init__(
        self,
        server: Server,
        administration: Administration,
        auth: Auth,
        driver: NewDriver,
        project: str,
        rooms: dict[RoomKind, RoomId],
        members: dict[str, MemberId],
    ) -> None:
        self.server = server
        self.administration = administration
        self.auth = auth
        self.project = project
        self.room = rooms[RoomKind.CLASS_ROOM]
        self.staff_room = rooms[RoomKind.STAFF_ROOM]
        self.members = members
        self.clients: list[Client] = []
        self._driver = driver

    def __getattr__(self, name: str) -> MemberId:
        """A member by name: `claire`, `ewa`, `leo`, `zoe`, `jan`, `ola` or `visitor`."""
        try:
            return self.__dict__["members"][name]
        except KeyError:
            raise AttributeError(name) from None

    async def ticket(self, member: MemberId) -> dict[str, Any]:
        """What a client shows that comes from a portal."""
        ticket, _ = await self.administration.issue_ticket(self.project, member)
        return {"version": PROTOCOL_VERSION, "ticket": speak(ticket)}

    async def session(self, member: MemberId) -> dict[str, Any]:
        """What a client shows that was here before."""
        ticket, _ = await self.auth.issue_ticket(self.project, member)
        _, token = await self.auth.redeem_ticket(ticket, self.project)
        return {"version": PROTOCOL_VERSION, "session": speak(token)}

    def client(
        self,
        auth: dict[str, Any],
        kind: Kind = NPM_WEBSOCKET,
        *,
        project: str | None = None,
        headers: dict[str, str] | None = None,
        reconnect: bool = True,
        upgrade_at_once: bool = True,
    ) -> Client:
        """A client that begins to connect; closed at the end of the test."""
        arguments = (self.server.url, project or self.project, auth, kind, headers, reconnect, upgrade_at_once)
        client = NpmClient(self._driver(), *arguments) if kind.library == "npm" else PythonClient(*arguments)
        self.clients.append(client)
        client.open()
        return client

    async def connect(self, member: MemberId, kind: Kind = NPM_WEBSOCKET, **options: Any) -> Client:
        """A client that is signed in, and has its session."""
        client = self.client(await self.ticket(member), kind, **options)
        await client.connected()
        await client.push("session")
        return client

    async def enter(self, member: MemberId, kind: Kind = NPM_WEBSOCKET, **options: Any) -> Client:
        """A client that follows the project and is in the class room; one that upgrades has done so."""
        client = await self.connect(member, kind, **options)
        await client.join_project()
        await client.join(self.room)
        if kind.upgrades and options.get("upgrade_at_once", True):
            await upgraded(client)
        return client

    async def post(self, client: Client, text: str, nonce: str | None = None) -> int:
        """Post in the class room; the message's id."""
        accepted = await client.call("chat.post", room=self.room, text=text, nonce=nonce or new_nonce())
        return int(accepted["seq"])

    async def close(self) -> None:
        """End all clients. Those of the views that saw a gap or a doubled event fail the test."""
        await asyncio.gather(*(client.close() for client in self.clients))
        for client in self.clients:
            client.check()


async def upgraded(client: Client) -> None:
    """Wait until a client has changed from polling to a WebSocket."""
    await client.until(lambda: client.entries("upgraded"), "the upgrade")


@asynccontextmanager
async def open_classroom(server: Server, driver: NewDriver) -> AsyncIterator[Classroom]:
    """A new project on the database of `server`, made from outside as the command line does."""
    async with administering(server.settings) as (administration, auth):
        founders = (NewFounder("Claire Martin", "Mme Martin", FRENCH), NewFounder("Ewa Nowak", "p. Ewa", POLISH))
        project = await administration.open_project(ORGANISATION, NewProject("Rivers", founders))
        members = dict(zip(("claire", "ewa"), (founder.id for founder in project.founders), strict=True))
        french, polish = (school_class.id for school_class in project.classes)
        pupils = (("leo", french), ("zoe", french), ("jan", polish), ("ola", polish))
        for name, class_id in pupils:
            new = NewMember(Role.PUPIL, name.title(), name[0].upper(), class_id)
            members[name] = (await administration.add_member(project.id, new)).id
        members["visitor"] = (await administration.add_member(project.id, NewMember(Role.VISITOR, "Guest", "G"))).id
        rooms = {room.kind: room.id for room in await administration.rooms(project.id)}
        await administration.set_phase(project.id, ProjectPhase.ACTIVE)
        await administration.set_room_open(project.id, rooms[RoomKind.CLASS_ROOM], True)
        classroom = Classroom(server, administration, auth, driver, project.id, rooms, members)
        try:
            yield classroom
        finally:
            await classroom.close()
