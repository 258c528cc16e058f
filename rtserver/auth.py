"""Who may come in: tickets, invitations, sessions and API keys. All are opaque random tokens.

Only the SHA-256 of a token is stored; it is random enough (256 bits) that a slow hash would add
nothing, and it is looked up by its hash, so that no comparison can leak its characters. A token
appears in the return value of the method that makes it and nowhere else: not in logs, not in
exceptions, not in what a `Session` or an `ApiKey` shows of itself.

Methods raise `LogUnavailable` when the database does not answer.
"""

import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver import exchange
from rtserver.config import Settings
from rtserver.database import Database, store_errors
from rtserver.exchange import TOKEN_BYTES, GrantKind, new_id
from rtserver.sessions import Session, SessionLookup, hash_of
from rtserver.tables import api_keys, grants, projects, sessions

KEEP_ENDED_MS = 30 * 86_400_000
"""Milliseconds that ended sessions and expired grants are kept, to answer who came in and when."""

QUERY_IDS_MAX = 500
"""Ids asked for in one statement: databases limit the number of parameters."""


class InvitationState(Struct, frozen=True):
    """What an invitation is for, without spending it. `used`: it was exchanged for a session."""

    project: ProjectId
    member: MemberId
    expires_at: int
    used: bool


class ApiKey(Struct, frozen=True):
    """A key of a portal's backend. `project` None: it is for every project of `organisation`."""

    id: str
    name: str
    organisation: str
    project: ProjectId | None
    created_at: int
    revoked_at: int | None = None


class Auth:
    """Makes, exchanges and ends tokens. `clock` gives milliseconds since 1970 UTC."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], int]) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._sessions = SessionLookup(database, clock)

    # --- Tickets: from a portal's backend to a browser, one use ---

    async def issue_ticket(self, project: ProjectId, member: MemberId) -> tuple[str, int]:
        """A new ticket and when it expires. The caller has seen that the member is in the project."""
        async with self._write() as connection:
            lifetime = self._settings.ticket_lifetime
            return await self._grant(connection, GrantKind.TICKET, project, member, lifetime)

    async def redeem_ticket(self, token: str, project: ProjectId) -> tuple[Session, str]:
        """Exchange a ticket of `project` for a session and its token.

        Raises `Refused` with TICKET_INVALID. Of several attempts at once exactly one succeeds.
        """
        if await self._one(select(grants.c.kind).where(grants.c.token_hash == hash_of(token))) is None:
            raise Refused(ErrorCode.TICKET_INVALID)  # guesses do not get to wait for the one writer, before the chat
        made = await self._exchange(GrantKind.TICKET, token, project)
        if made is None:
            raise Refused(ErrorCode.TICKET_INVALID)
        return made

    # --- Invitations: personal links ---

    async def create_invitation(self, project: ProjectId, member: MemberId) -> tuple[str, int]:
        """A new invitation and when it expires; earlier unused ones of the member end."""
        tokens, expires_at = await self.create_invitations(project, [member])
        return tokens[member], expires_at

    async def create_invitations(
        self, project: ProjectId, members: Collection[MemberId]
    ) -> tuple[dict[MemberId, str], int]:
        """A new invitation for each, and when all of them expire; earlier unused ones of these members end."""
        lifetime = round(self._settings.invitation_lifetime * 1000)
        with store_errors():
            return await self._database.transact(exchange.invite, project, list(members), self._clock(), lifetime)

    async def inspect_invitation(self, token: str) -> InvitationState:
        """What the invitation is for. Raises `Refused` with INVITATION_INVALID: unknown or expired."""
        query = select(grants).where(grants.c.token_hash == hash_of(token), grants.c.kind == GrantKind.INVITATION)
        row = await self._one(query)
        if row is None or (row.used_at is None and row.expires_at <= self._clock()):
            raise Refused(ErrorCode.INVITATION_INVALID)
        return InvitationState(row.project, row.member, row.expires_at, row.used_at is not None)

    async def redeem_invitation(self, token: str) -> tuple[Session, str]:
        """Exchange an invitation for a session and its token.

        Raises `Refused` with INVITATION_INVALID. Of several attempts at once exactly one succeeds.
        """
        made = await self._exchange(GrantKind.INVITATION, token)
        if made is None:
            raise Refused(ErrorCode.INVITATION_INVALID)
        return made

    async def spend_invitation(self, token: str, session: Session) -> None:
        """Use up an invitation in a browser that is signed in as its member already.

        Raises `Refused` with INVITATION_INVALID.
        """
        with store_errors():
            await self._database.transact(exchange.spend_invitation, token, session, self._clock())

    def invitation_url(self, token: str) -> str:
        """The link for a person. Behind the #, so that neither servers nor proxies log the token."""
        return f"{self._settings.url}/join#{token}"

    # --- Sessions ---

    async def session(self, token: str) -> Session | None:
        """The session of a token, or None when there is none, or it has ended or expired."""
        return await self._sessions.find(token)

    async def sessions(self, tokens: Collection[str]) -> list[Session]:
        """The sessions of those tokens that have one, in one look."""
        return await self._sessions.find_all(tokens)

    async def require_session(self, token: str) -> Session:
        """As `session`. Raises `Refused` with SESSION_ENDED instead of returning None."""
        session = await self.session(token)
        if session is None:
            raise Refused(ErrorCode.SESSION_ENDED)
        return session

    async def end_session(self, session_id: str) -> None:
        """End one session. Nothing happens when it has ended already."""
        async with self._write() as connection:
            await self._end(connection, sessions.c.id == session_id)

    async def end_sessions_of_member(self, project: ProjectId, member: MemberId) -> None:
        """End every session of a member, and every ticket and invitation not used yet."""
        async with self._write() as connection:
            await connection.execute(
                delete(grants).where(
                    grants.c.project == project,
                    grants.c.member == member,
                    grants.c.used_at.is_(None),
                )
            )
            await self._end(connection, and_(sessions.c.project == project, sessions.c.member == member))

    async def revisions(self, wanted: Collection[ProjectId]) -> dict[ProjectId, int]:
        """A number for each project that grows when a session of it is ended, in any process.

        Asked for each second by every node: when it has grown, `live_sessions` tells who is left. A
        session that merely expires does not make it grow; see `Session.expires_at`.
        """
        found: dict[ProjectId, int] = {}
        async with self._read() as connection:
            for some in _chunks(wanted):
                query = select(projects.c.project, projects.c.revision)
                rows = await connection.execute(query.where(projects.c.project.in_(some)))
                found.update({row.project: row.revision for row in rows})
        return found

    async def live_sessions(self, session_ids: Collection[str]) -> set[str]:
        """Those of `session_ids` that have neither ended nor expired."""
        found: set[str] = set()
        async with self._read() as connection:
            for some in _chunks(session_ids):
                query = select(sessions.c.id).where(
                    sessions.c.id.in_(some),
                    sessions.c.ended_at.is_(None),
                    sessions.c.expires_at > self._clock(),
                )
                found.update((await connection.scalars(query)).all())
        return found

    # --- API keys ---

    async def create_key(self, name: str, organisation: str, project: ProjectId | None = None) -> tuple[str, str]:
        """A key for a portal's backend: its id, and its token, which is shown once.

        Raises `Refused` with UNKNOWN_PROJECT when the organisation has no such project.
        """
        token, key_id = _typed_token(), new_id("k")
        async with self._write() as connection:
            if project is not None:
                owner = await connection.scalar(select(projects.c.organisation).where(projects.c.project == project))
                if owner != organisation:
                    raise Refused(ErrorCode.UNKNOWN_PROJECT)
            await connection.execute(
                insert(api_keys).values(
                    id=key_id,
                    token_hash=hash_of(token),
                    name=name,
                    organisation=organisation,
                    project=project,
                    created_at=self._clock(),
                )
            )
        return key_id, token

    async def revoke_key(self, key_id: str) -> bool:
        """End a key, at once and in every process. False when there is no such live key."""
        async with self._write() as connection:
            result = await connection.execute(
                update(api_keys)
                .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=self._clock())
            )
            return result.rowcount == 1

    async def key(self, token: str) -> ApiKey | None:
        """The live key of a token, or None."""
        row = await self._one(
            select(api_keys).where(api_keys.c.token_hash == hash_of(token), api_keys.c.revoked_at.is_(None))
        )
        return None if row is None else _api_key(row)

    async def keys(self) -> list[ApiKey]:
        """All keys, the revoked ones too, oldest first."""
        query = select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)
        async with self._read() as connection:
            return [_api_key(row) for row in await connection.execute(query)]

    # --- Housekeeping ---

    async def delete_expired(self) -> int:
        """Forget what ended or expired `KEEP_ENDED_MS` ago. Returns how many rows went.

        A used invitation stays as long as its session: the link is clicked again weeks later.
        """
        before = self._clock() - KEEP_ENDED_MS
        kept = select(sessions.c.id)
        async with self._write() as connection:
            old_sessions = await connection.execute(
                delete(sessions).where(or_(sessions.c.expires_at < before, sessions.c.ended_at < before))
            )
            old_grants = await connection.execute(
                delete(grants).where(
                    grants.c.expires_at < before,
                    or_(grants.c.session.is_(None), grants.c.session.not_in(kept)),
                )
            )
            return old_sessions.rowcount + old_grants.rowcount

    # --- Steps of the above, inside a transaction ---

    async def _grant(
        self,
        connection: AsyncConnection,
        kind: GrantKind,
        project: ProjectId,
        member: MemberId,
        lifetime: float,
    ) -> tuple[str, int]:
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        expires_at = now + round(lifetime * 1000)
        await connection.execute(
            insert(grants).values(
                token_hash=hash_of(token),
                kind=kind.value,
                project=project,
                member=member,
                created_at=now,
                expires_at=expires_at,
            )
        )
        return token, expires_at

    async def _exchange(
        self, kind: GrantKind, token: str, project: ProjectId | None = None
    ) -> tuple[Session, str] | None:
        lifetime = round(self._settings.session_lifetime * 1000)
        with store_errors():
            return await self._database.transact(exchange.exchange, kind, token, project, self._clock(), lifetime)

    async def _end(self, connection: AsyncConnection, which: Any) -> None:
        """End sessions and raise the revision of their projects, so that every process notices."""
        result = await connection.execute(
            update(sessions)
            .where(which, sessions.c.ended_at.is_(None))
            .values(ended_at=self._clock())
            .returning(sessions.c.project)
        )
        for project in sorted(set(result.scalars())):
            await connection.execute(
                update(projects).where(projects.c.project == project).values(revision=projects.c.revision + 1)
            )

    async def _one(self, query: Select[Any]) -> Row[Any] | None:
        with store_errors():
            return await self._database.look(_one, query)

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncConnection]:
        with store_errors():
            async with self._database.read() as connection:
                yield connection

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        with store_errors():
            async with self._database.write() as connection:
                yield connection


def _one(connection: Connection, query: Select[Any]) -> Row[Any] | None:
    return connection.execute(query).one_or_none()


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.name, row.organisation, row.project, row.created_at, row.revoked_at)


def _chunks(ids: Iterable[str]) -> list[list[str]]:
    listed = list(ids)
    return [listed[i : i + QUERY_IDS_MAX] for i in range(0, len(listed), QUERY_IDS_MAX)]


def _typed_token() -> str:
    """A token that people hand to programs: one that began with a dash would be taken for an option."""
    while (token := secrets.token_urlsafe(TOKEN_BYTES)).startswith("-"):
        pass
    return token
