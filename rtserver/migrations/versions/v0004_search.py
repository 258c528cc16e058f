"""Full-text search, and how far members have read. What was written before is made searchable by the server, later:
see `rtserver.chat.search`. Servers of the version before go on writing without it.

Whoever makes `chat_messages` anew on SQLite (as Alembic does to alter a column) makes these triggers anew, too.
"""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"

PLACES_BITS = 16
"""Bits of a place in SQLite's index behind the milliseconds: messages of one millisecond. 57 bits in all, of 63."""

RANGE = f"rowid >= {{row}}.at << {PLACES_BITS} AND rowid < ({{row}}.at + 1) << {PLACES_BITS}"
"""Where the messages of one moment are in the index. It lies in the order of time, so that the newest come first."""

OLD, NEW = RANGE.format(row="old"), RANGE.format(row="new")
TAKE_OUT = f"""
    DELETE FROM chat_search WHERE rowid IN (
        SELECT rowid FROM chat_search WHERE {OLD} AND stream = old.stream AND message = old.id
    );
"""  # noqa: S608 - of constants
PUT_IN = f"""
    INSERT INTO chat_search (rowid, words, stream, message)
    SELECT
        coalesce((SELECT max(rowid) + 1 FROM chat_search WHERE {NEW}), new.at << {PLACES_BITS}),
        new.words, new.stream, new.id
    WHERE new.words <> '';
"""  # noqa: S608 - of constants
# The words come folded and divided: `ascii` divides at spaces only, whatever SQLite knows of Unicode. Neither their
# order in a message nor how many it has is asked for.
INDEX = """
    CREATE VIRTUAL TABLE chat_search USING fts5(
        words, stream UNINDEXED, message UNINDEXED, tokenize = 'ascii', detail = 'none', columnsize = 0
    )
"""
TRIGGERS = {
    "chat_search_insert": f"AFTER INSERT ON chat_messages WHEN new.words <> '' BEGIN {PUT_IN} END",
    "chat_search_update": f"AFTER UPDATE OF words ON chat_messages BEGIN {TAKE_OUT} {PUT_IN} END",
    "chat_search_delete": f"AFTER DELETE ON chat_messages BEGIN {TAKE_OUT} END",
}
# Words as they are: `to_tsvector` would divide them once more, by rules of its own. New ones go into the index at once:
# those that wait for each other make one commit pay for many, and every search goes through them.
POSTGRES_INDEX = """
    CREATE INDEX chat_search ON chat_messages
    USING gin (array_to_tsvector(string_to_array(words, ' '))) WITH (fastupdate = off)
"""


def upgrade() -> None:
    op.create_table(
        "read_marks",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("member", sa.String(length=64), nullable=False),
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "member", name=op.f("pk_read_marks")),
        comment="How far members have read; written some seconds later",
    )
    op.add_column("chat_messages", sa.Column("words", sa.Text(), comment="What it is found by; null: not made yet"))
    is_null = sa.text("words IS NULL")
    op.create_index(
        "ix_chat_messages_wordless",
        "chat_messages",
        ["stream", "id"],
        unique=False,
        sqlite_where=is_null,
        postgresql_where=is_null,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES_INDEX)
        return
    op.execute(INDEX)
    for name, what in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {what}")
