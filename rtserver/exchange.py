"""Making invitations, spending one-use tokens and starting sessions with them, inside the caller's transaction."""

import secrets
from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, insert, update

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.sessions import Session, hash_of
from rtserver.sql import one_of
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
_end_invitations = delete(grants).where(
    grants.c.kind == GrantKind.INVITATION,
    grants.c.project == bindparam("of_project"),
    one_of(grants.c.member, "members"),
    grants.c.used_at.is_(None),
)
_add_invitations = insert(grants)


def new_id(prefix: str) -> str:
    """An id that was never given."""
    return f"{prefix}_{secrets.token_hex(ID_BYTES)}"


def invite(
    connection: Connection, project: ProjectId, members: Sequence[MemberId], now: int, lifetime: int
) -> tuple[dict[MemberId, str], int]:
    """A new invitation for each member, and when (ms) all of them expire; earlier unused ones of theirs end."""
    tokens = {member: secrets.token_urlsafe(TOKEN_BYTES) for member in members}
    expires_at = now + lifetime
    row = {"kind": GrantKind.INVITATION.value, "project": project, "created_at": now, "expires_at": expires_at}
    if tokens:
        connection.execute(_end_invitations, {"of_project": project, "members": list(tokens)})
        made = [{**row, "token_hash": hash_of(token), "member": member} for member, token in tokens.items()]
        connection.execute(_add_invitations, made)
    return tokens, expires_at


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
