"""Spending one-use tokens (tickets, invitations) and starting sessions with them, inside the caller's transaction."""

import secrets
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, update

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.sessions import Session, hash_of
from rtserver.tables import grants, sessions

TOKEN_BYTES = 32
"""256 bits: nobody guesses one, at whatever rate."""

ID_BYTES = 8
"""64 bits for the ids of sessions and keys, which are no secrets."""


class GrantKind(StrEnum):
    """What a one-use token is."""

    TICKET = "ticket"
    INVITATION = "invitation"


# In one statement: of several attempts at once, one finds it unused.
_spend = (
    update(grants)
    .where(
        grants.c.token_hash == bindparam("of_hash"),
        grants.c.kind == bindparam("of_kind"),
        grants.c.used_at.is_(None),
        grants.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"), session=bindparam("new_session"))
    .returning(grants.c.project, grants.c.member)
)
_spend_in_project = _spend.where(grants.c.project == bindparam("of_project"))
_start_session = insert(sessions)


def new_id(prefix: str) -> str:
    """An id that was never given."""
    return f"{prefix}_{secrets.token_hex(ID_BYTES)}"


def exchange(
    connection: Connection, kind: GrantKind, token: str, project: ProjectId | None, now: int, lifetime: int
) -> tuple[Session, str] | None:
    """Spend a token and start a session of `lifetime` ms with it: the session and its token; None: not to be spent."""
    session_id = new_id("s")
    spent = _spent(connection, kind, token, session_id, project, now)
    if spent is None:
        return None
    session, session_token = Session(session_id, *spent, now + lifetime), secrets.token_urlsafe(TOKEN_BYTES)
    row = {
        "id": session.id,
        "token_hash": hash_of(session_token),
        "project": session.project,
        "member": session.member,
        "created_at": now,
        "expires_at": session.expires_at,
    }
    connection.execute(_start_session, row)
    return session, session_token


def spend_invitation(connection: Connection, token: str, session: Session, now: int) -> None:
    """Spend an invitation of the member of a session. Raises `Refused` with INVITATION_INVALID, to be undone."""
    spent = _spent(connection, GrantKind.INVITATION, token, session.id, session.project, now)
    if spent is None or spent[1] != session.member:
        raise Refused(ErrorCode.INVITATION_INVALID)


def _spent(
    connection: Connection, kind: GrantKind, token: str, session_id: str, project: ProjectId | None, now: int
) -> tuple[ProjectId, MemberId] | None:
    """Mark a token as used and say whose it was. A ticket shown to another project is not spent by it."""
    asked = {"of_hash": hash_of(token), "of_kind": kind.value, "now": now, "new_session": session_id}
    if project is None:
        result = connection.execute(_spend, asked)
    else:
        result = connection.execute(_spend_in_project, asked | {"of_project": project})
    row = result.one_or_none()
    return None if row is None else (row.project, row.member)
