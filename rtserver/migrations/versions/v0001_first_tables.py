"""First tables."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("project", sa.String(length=64), nullable=True, comment="Null: every project of the organisation"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_keys_token_hash")),
        comment="Keys of portals' backends",
    )
    op.create_table(
        "chat_messages",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "id", name=op.f("pk_chat_messages")),
        comment="Chat messages as they are now",
    )
    op.create_index("ix_chat_messages_actor", "chat_messages", ["actor"], unique=False)
    op.create_table(
        "events",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "subject",
            sa.BigInteger(),
            nullable=True,
            comment="The chat message that the event is about, so that it can be blanked",
        ),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_events")),
        comment="The truth: what has happened",
    )
    op.create_index("ix_events_actor", "events", ["actor"], unique=False)
    op.create_index("ix_events_stream_subject", "events", ["stream", "subject"], unique=False)
    op.create_table(
        "identities",
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("roster_name", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_identities")),
        comment="Names of members: the only place that holds them",
    )
    op.create_table(
        "nonces",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "actor", "nonce", name=op.f("pk_nonces")),
        comment="Commands that took effect; kept when events are pruned",
    )
    op.create_index("ix_nonces_stream_seq", "nonces", ["stream", "seq"], unique=False)
    op.create_table(
        "projects",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False, comment="Grows when a session of the project is ended"),
        sa.Column(
            "teacher_seen_at",
            sa.BigInteger(),
            nullable=True,
            comment="When a teacher was last connected; bridges a server restart",
        ),
        sa.PrimaryKeyConstraint("project", name=op.f("pk_projects")),
        comment="The directory of projects; everything else about one is in its stream",
    )
    op.create_table(
        "snapshots",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_snapshots")),
        comment="The newest stored state of a stream",
    )
    op.create_table(
        "streams",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("pruned", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_streams")),
        comment="One row a stream: where it ends and up to where it was pruned",
    )
    op.create_table(
        "grants",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="ticket or invitation"),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.String(length=32), nullable=True, comment="The session it was exchanged for"),
        sa.ForeignKeyConstraint(["project"], ["projects.project"], name=op.f("fk_grants_project")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_grants")),
        comment="One-use tokens that are exchanged for a session",
    )
    op.create_index("ix_grants_project_member", "grants", ["project", "member"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["projects.project"], name=op.f("fk_sessions_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
        comment="Signed-in devices",
    )
    op.create_index("ix_sessions_project_member", "sessions", ["project", "member"], unique=False)
