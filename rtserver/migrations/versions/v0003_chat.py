"""What chat messages have besides their text. Servers of the version before go on writing without it."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    for column in (
        sa.Column("reply", sa.BigInteger(), comment="The message that it answers"),
        sa.Column("mentions", sa.Text(), comment="JSON: a list of members; null: none"),
        sa.Column("language", sa.String(length=35), comment="BCP 47"),
        sa.Column("reactions", sa.Text(), comment="JSON: a list of reactions and their members; null: none"),
        sa.Column("pinned", sa.Boolean(), server_default=sa.false(), nullable=False),
    ):
        op.add_column("chat_messages", column)
