"""Pictures and documents in chats. Servers of the version before go on writing without it: what they put into `files`
has no use noted, as all that was there before, and is for boards."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("project", "file", name=op.f("pk_previews")),
        comment="Large pictures, small, for the list of messages",
    )
    op.create_table(
        "file_uses",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("file", sa.String(length=64), nullable=False),
        sa.Column("room", sa.String(length=64), nullable=False, comment="In whose chat it is; empty: on boards"),
        sa.Column(
            "message", sa.BigInteger(), autoincrement=False, nullable=False, comment="0: uploaded, and maybe posted"
        ),
        sa.Column("member", sa.String(length=64), nullable=False, comment="Who sent it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project", "file", "room", "message", "member", name=op.f("pk_file_uses")),
        comment="Where files that came by a chat are used; one without any came by a board",
    )
    op.create_index("ix_file_uses_room_message", "file_uses", ["room", "message"], unique=False)
    op.add_column(
        "chat_messages", sa.Column("files", sa.Text(), comment="JSON: a list of pictures and documents; null: none")
    )
