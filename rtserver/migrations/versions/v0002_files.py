"""Pictures on boards."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False, comment="SHA-256 of the content, hex"),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("creator", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["project"], ["projects.project"], name=op.f("fk_files_project")),
        sa.PrimaryKeyConstraint("project", "id", name=op.f("pk_files")),
        comment="Pictures that were uploaded, as they are given out",
    )
