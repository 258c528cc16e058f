"""The tables, one set for SQLite and PostgreSQL. Changed only together with a migration in `migrations/`.

Times are milliseconds since 1970 UTC. Tokens are never stored, only their SHA-256 (hex).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- The log ---

streams = Table(
    "streams",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("epoch", String(32), nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("pruned", BigInteger, nullable=False),
    comment="One row a stream: where it ends and up to where it was pruned",
)

events = Table(
    "events",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("nonce", String(64)),
    Column("kind", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("subject", BigInteger, comment="The chat message that the event is about, so that it can be blanked"),
    comment="The truth: what has happened",
)
Index("ix_events_stream_subject", events.c.stream, events.c.subject)
Index("ix_events_actor", events.c.actor)

nonces = Table(
    "nonces",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("actor", String(64), primary_key=True),
    Column("nonce", String(64), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    comment="Commands that took effect; kept when events are pruned",
)
Index("ix_nonces_stream_seq", nonces.c.stream, nonces.c.seq)

snapshots = Table(
    "snapshots",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    comment="The newest stored state of a stream",
)

# --- Read models, written in the transaction of the append ---

chat_messages = Table(
    "chat_messages",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("nonce", String(64)),
    Column("text", Text, nullable=False),
    Column("edited_at", BigInteger),
    Column("deleted", Boolean, nullable=False),
    Column("reply", BigInteger, comment="The message that it answers"),
    Column("mentions", Text, comment="JSON: a list of members; null: none"),
    Column("language", String(35), comment="BCP 47"),
    Column("reactions", Text, comment="JSON: a list of reactions and their members; null: none"),
    Column("pinned", Boolean, nullable=False, server_default=false()),
    Column("words", Text, comment="What it is found by; null: not made yet"),
    Column("files", Text, comment="JSON: a list of pictures and documents; null: none"),
    comment="Chat messages as they are now",
)
Index("ix_chat_messages_actor", chat_messages.c.actor)
# To look for words there is an index besides, `chat_search`, of each database's own kind: see migration 0004.
Index(
    "ix_chat_messages_wordless",
    chat_messages.c.stream,
    chat_messages.c.id,
    sqlite_where=chat_messages.c.words.is_(None),
    postgresql_where=chat_messages.c.words.is_(None),
)

identities = Table(
    "identities",
    metadata,
    Column("member", String(64), primary_key=True),
    Column("roster_name", Text, nullable=False),
    Column("alias", Text, nullable=False),
    comment="Names of members: the only place that holds them",
)

# --- What is kept beside the log ---

read_marks = Table(
    "read_marks",
    metadata,
    Column("stream", String(80), primary_key=True),
    Column("member", String(64), primary_key=True),
    Column("message", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    comment="How far members have read; written some seconds later",
)

polls = Table(
    "polls",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("poll", String(64), primary_key=True),
    Column("counts", Text, comment="JSON: how many chose each; null: one can vote"),
    ForeignKeyConstraint(["project"], ["projects.project"]),
    comment="Polls that somebody has voted in, or that were closed",
)

poll_votes = Table(
    "poll_votes",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("poll", String(64), primary_key=True),
    Column("member", String(64), primary_key=True),
    Column("choice", Integer, nullable=False),
    ForeignKeyConstraint(["project", "poll"], ["polls.project", "polls.poll"]),
    comment="Votes in open polls: deleted as soon as they are counted",
)

# --- Pictures on boards, pictures and documents in chats ---

files = Table(
    "files",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("id", String(64), primary_key=True, comment="SHA-256 of the content, hex"),
    Column("type", String(16), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("creator", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    # Last: SQLite reads what stands before it without the pages that hold it.
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["project"], ["projects.project"]),
    comment="Pictures that were uploaded, as they are given out",
)

previews = Table(
    "previews",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("file", String(64), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    comment="Large pictures, small, for the list of messages",
)

file_uses = Table(
    "file_uses",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("file", String(64), primary_key=True),
    Column("room", String(64), primary_key=True, comment="In whose chat it is; empty: on boards"),
    Column("message", BigInteger, primary_key=True, autoincrement=False, comment="0: uploaded, and maybe posted"),
    Column("member", String(64), primary_key=True, comment="Who sent it"),
    Column("at", BigInteger, nullable=False),
    comment="Where files that came by a chat are used; one without any came by a board",
)
Index("ix_file_uses_room_message", file_uses.c.room, file_uses.c.message)

# --- Who may come in ---

projects = Table(
    "projects",
    metadata,
    Column("project", String(64), primary_key=True),
    Column("organisation", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False, comment="Grows when a session of the project is ended"),
    Column("teacher_seen_at", BigInteger, comment="When a teacher was last connected; bridges a server restart"),
    comment="The directory of projects; everything else about one is in its stream",
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("project", String(64), nullable=False),
    Column("member", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    ForeignKeyConstraint(["project"], ["projects.project"]),
    comment="Signed-in devices",
)
Index("ix_sessions_project_member", sessions.c.project, sessions.c.member)

grants = Table(
    "grants",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False, comment="ticket or invitation"),
    Column("project", String(64), nullable=False),
    Column("member", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("session", String(32), comment="The session it was exchanged for"),
    ForeignKeyConstraint(["project"], ["projects.project"]),
    comment="One-use tokens that are exchanged for a session",
)
Index("ix_grants_project_member", grants.c.project, grants.c.member)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("organisation", String(64), nullable=False),
    Column("project", String(64), comment="Null: every project of the organisation"),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    comment="Keys of portals' backends",
)
