"""Votes in polls, as long as these are open."""

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.create_table(
        "polls",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("poll", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Text(), comment="JSON: how many chose each; null: one can vote"),
        sa.ForeignKeyConstraint(["project"], ["projects.project"], name=op.f("fk_polls_project")),
        sa.PrimaryKeyConstraint("project", "poll", name=op.f("pk_polls")),
        comment="Polls that somebody has voted in, or that were closed",
    )
    op.create_table(
        "poll_votes",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("poll", sa.String(length=64), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project", "poll"], ["polls.project", "polls.poll"], name=op.f("fk_poll_votes_project_poll")
        ),
        sa.PrimaryKeyConstraint("project", "poll", "member", name=op.f("pk_poll_votes")),
        comment="Votes in open polls: deleted as soon as they are counted",
    )
