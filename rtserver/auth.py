"""Who may come in: tickets, invitations, sessions and API keys. All are opaque random tokens.

Only the SHA-256 of a token is stored; it is random enough (256 bits) that a slow hash would add
nothing, and it is looked up by its hash, so that no comparison can leak its characters. A token
appears in the return value of the method that makes it and nowhere else: not in logs, not in
exceptions, not in what a `Session` or an `ApiKey` shows of itself.

Methods raise `LogUnavailable` when the database does not answer.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Select, and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.config import Settings
from rtserver.database import Database, store_errors
from rtserver.tables import api_keys, grants, projects, sessions

TOKEN_BYTES = 32
"""256 bits: nobody guesses one, at whatever rate."""

TOKEN_CHARACTERS_MAX = 128
"""What is longer is none of ours and is not even hashed."""

ID_BYTES = 8
"""64 bits for the ids of sessions and keys, which are no secrets."""

KEEP_ENDED_MS = 30 * 86_400_000
"""Milliseconds that ended sessions and expired grants are kept, to answer who came in and when."""

QUERY_IDS_MAX = 500
"""Ids asked for in one statement: databases limit the number of parameters."""


class Session(Struct, frozen=True):
    """A signed-in device. `expires_at`: milliseconds since 1970 UTC."""

    id: str
    project: ProjectId
    member: MemberId
    expires_at: int


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


class _Kind(StrEnum):
    TICKET = "ticket"
    INVITATION = "invitation"


class Auth:
    """Makes, exchanges and ends tokens. `clock` gives milliseconds since 1970 UTC."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], int]) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    # --- Tickets: from a portal's backend to a browser, one use ---

    async def issue_ticket(self, project: ProjectId, member: MemberId) -> tuple[str, int]:
        """A new ticket and when it expires. The caller has seen that the member is in the project."""
        async with self._write() as connection:
            lifetime = self._settings.ticket_lifetime
            return await self._grant(connection, _Kind.TICKET, project, member, lifetime)

    async def redeem_ticket(self, token: str, project: ProjectId) -> tuple[Session, str]:
        """Exchange a ticket of `project` for a session and its token.

        Raises `Refused` with TICKET_INVALID. Of several attempts at once exactly one succeeds.
        """
        if await self._one(select(grants.c.kind).where(grants.c.token_hash == _hash(token))) is None:
            raise Refused(ErrorCode.TICKET_INVALID)  # guesses do not get to wait for the one writer, before the chat
        async with self._write() as connection:
            session_id = _new_id("s")
            spent = await self._spend(connection, _Kind.TICKET, token, session_id, project)
            if spent is None:
                raise Refused(ErrorCode.TICKET_INVALID)
            return await self._start_session(connection, session_id, *spent)

    # --- Invitations: personal links ---

    async def create_invitation(self, project: ProjectId, member: MemberId) -> tuple[str, int]:
        """A new invitation and when it expires; earlier unused ones of the member end."""
        async with self._write() as connection:
            await connection.execute(
                delete(grants).where(
                    grants.c.kind == _Kind.INVITATION,
                    grants.c.project == project,
                    grants.c.member == member,
                    grants.c.used_at.is_(None),
                )
            )
            lifetime = self._settings.invitation_lifetime
            return await self._grant(connection, _Kind.INVITATION, project, member, lifetime)

    async def inspect_invitation(self, token: str) -> InvitationState:
        """What the invitation is for. Raises `Refused` with INVITATION_INVALID: unknown or expired."""
        query = select(grants).where(grants.c.token_hash == _hash(token), grants.c.kind == _Kind.INVITATION)
        row = await self._one(query)
        if row is None or (row.used_at is None and row.expires_at <= self._clock()):
            raise Refused(ErrorCode.INVITATION_INVALID)
        return InvitationState(row.project, row.member, row.expires_at, row.used_at is not None)

    async def redeem_invitation(self, token: str) -> tuple[Session, str]:
        """Exchange an invitation for a session and its token.

        Raises `Refused` with INVITATION_INVALID. Of several attempts at once exactly one succeeds.
        """
        async with self._write() as connection:
            session_id = _new_id("s")
            spent = await self._spend(connection, _Kind.INVITATION, token, session_id)
            if spent is None:
                raise Refused(ErrorCode.INVITATION_INVALID)
            return await self._start_session(connection, session_id, *spent)

    async def spend_invitation(self, token: str, session: Session) -> None:
        """Use up an invitation in a browser that is signed in as its member already.

        Raises `Refused` with INVITATION_INVALID.
        """
        async with self._write() as connection:
            kind = _Kind.INVITATION
            spent = await self._spend(connection, kind, token, session.id, session.project)
            if spent is None or spent[1] != session.member:
                raise Refused(ErrorCode.INVITATION_INVALID)

    def invitation_url(self, token: str) -> str:
        """The link for a person. Behind the #, so that neither servers nor proxies log the token."""
        return f"{self._settings.url}/join#{token}"

    # --- Sessions ---

    async def session(self, token: str) -> Session | None:
        """The session of a token, or None when there is none, or it has ended or expired."""
        query = select(sessions).where(
            sessions.c.token_hash == _hash(token),
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > self._clock(),
        )
        row = await self._one(query)
        return None if row is None else Session(row.id, row.project, row.member, row.expires_at)

    async def sessions(self, tokens: Collection[str]) -> list[Session]:
        """The sessions of those tokens that have one, in one look."""
        query = select(sessions).where(
            sessions.c.token_hash.in_({_hash(token) for token in tokens}),
            sessions.c.ended_at.is_(None),
            sessions.c.expires_at > self._clock(),
        )
        async with self._read() as connection:
            rows = (await connection.execute(query)).all()
        return [Session(row.id, row.project, row.member, row.expires_at) for row in rows]

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
        token, key_id = secrets.token_urlsafe(TOKEN_BYTES), _new_id("k")
        async with self._write() as connection:
            if project is not None:
                owner = await connection.scalar(select(projects.c.organisation).where(projects.c.project == project))
                if owner != organisation:
                    raise Refused(ErrorCode.UNKNOWN_PROJECT)
            await connection.execute(
                insert(api_keys).values(
                    id=key_id,
                    token_hash=_hash(token),
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
            select(api_keys).where(api_keys.c.token_hash == _hash(token), api_keys.c.revoked_at.is_(None))
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
        kind: _Kind,
        project: ProjectId,
        member: MemberId,
        lifetime: float,
    ) -> tuple[str, int]:
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        expires_at = now + round(lifetime * 1000)
        await connection.execute(
            insert(grants).values(
                token_hash=_hash(token),
                kind=kind.value,
                project=project,
                member=member,
                created_at=now,
                expires_at=expires_at,
            )
        )
        return token, expires_at

    async def _spend(
        self,
        connection: AsyncConnection,
        kind: _Kind,
        token: str,
        session_id: str,
        project: ProjectId | None = None,
    ) -> tuple[ProjectId, MemberId] | None:
        """Mark a grant as used and say whose it was, in one statement: of several at once, one finds it unused."""
        now = self._clock()
        statement = update(grants).where(
            grants.c.token_hash == _hash(token),
            grants.c.kind == kind,
            grants.c.used_at.is_(None),
            grants.c.expires_at > now,
        )
        if project is not None:  # a ticket shown to another project is not spent by it
            statement = statement.where(grants.c.project == project)
        result = await connection.execute(
            statement.values(used_at=now, session=session_id).returning(grants.c.project, grants.c.member)
        )
        row = result.one_or_none()
        return None if row is None else (row.project, row.member)

    async def _start_session(
        self, connection: AsyncConnection, session_id: str, project: ProjectId, member: MemberId
    ) -> tuple[Session, str]:
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        expires_at = now + round(self._settings.session_lifetime * 1000)
        await connection.execute(
            insert(sessions).values(
                id=session_id,
                token_hash=_hash(token),
                project=project,
                member=member,
                created_at=now,
                expires_at=expires_at,
            )
        )
        return Session(session_id, project, member, expires_at), token

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
        async with self._read() as connection:
            row: Row[Any] | None = (await connection.execute(query)).one_or_none()
            return row

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


def _hash(token: str) -> str:
    """What is stored of a token. What cannot be a token of ours gets a hash that none has."""
    if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
        return ""
    return hashlib.sha256(token.encode()).hexdigest()


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(ID_BYTES)}"


def _api_key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.name, row.organisation, row.project, row.created_at, row.revoked_at)


def _chunks(ids: Iterable[str]) -> list[list[str]]:
    listed = list(ids)
    return [listed[i : i + QUERY_IDS_MAX] for i in range(0, len(listed), QUERY_IDS_MAX)]
