"""Which revision the tables of a database have, and bringing them to another, inside the caller's transaction."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from msgspec import Struct
from sqlalchemy import Connection, text

MIGRATIONS = "rtserver:migrations"
"""Where Alembic finds the migrations, inside the package."""

MIGRATION_LOCK = 7_421_300_001
"""PostgreSQL's advisory lock that one migration at a time holds: an arbitrary number that is nobody else's. SQLite has
one writer anyway."""

FULL_TEXT_MODULE = "fts5"
"""The part of SQLite that searching needs; some are compiled without it."""

Revision = str


class MigrationFailed(Exception):
    """The schema cannot be used or brought up to date. The message is a sentence for the operator."""


class SchemaBehind(MigrationFailed):
    """The schema is an older one, or there is none, and it is not for us to change it."""


class SchemaState(Struct, frozen=True):
    """The revision of a database (None: no tables yet), and the newest that this version of rtserver knows."""

    current: Revision | None
    newest: Revision

    @property
    def is_newest(self) -> bool:
        """Whether nothing is to be done."""
        return self.current == self.newest

    def require_newest(self) -> None:
        """Raises `SchemaBehind`, which says what to do."""
        if not self.is_newest:
            has = (
                "has no tables yet" if self.current is None else f"has the tables of an older version ({self.current})"
            )
            raise SchemaBehind(f"The database {has}: run rtserver migrate, which brings it to {self.newest}.")


def newest() -> Revision:
    """The revision that this version of rtserver works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def is_known(revision: Revision) -> bool:
    """False for a revision that a newer version of rtserver brought."""
    try:
        ScriptDirectory.from_config(_config()).get_revision(revision)
    except CommandError:
        return False
    return True


def state(connection: Connection) -> SchemaState:
    """Where a database stands. Raises `MigrationFailed` when a newer rtserver has changed it."""
    found = SchemaState(MigrationContext.configure(connection).get_current_revision(), newest())
    if found.current is not None and not is_known(found.current):
        raise MigrationFailed(
            f"The database was changed by a newer version of rtserver (its schema is {found.current}, this version "
            f"knows {found.newest}): use that version, or restore a backup from before."
        )
    return found


def upgrade(connection: Connection, revision: Revision | None = None) -> SchemaState:
    """Bring the tables up to a revision (None: the newest), all of it or nothing; returns where they stood before.

    Of several processes at once one does it and the others wait, and find it done. Raises as `state`.
    """
    if connection.dialect.name == "postgresql":
        # However long the other one takes: whoever has the lock is at work, and waiting for it hurts nobody.
        timeout = connection.execute(text("SHOW lock_timeout")).scalar_one()
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.execute(text("SELECT set_config('lock_timeout', :timeout, true)"), {"timeout": timeout})
    before = state(connection)
    _require_full_text(connection)
    wanted = revision or before.newest
    if before.current != wanted:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, wanted)
    return before


def _require_full_text(connection: Connection) -> None:
    """Raises `MigrationFailed` where an SQLite cannot search; PostgreSQL always can."""
    if connection.dialect.name != "sqlite":
        return
    modules = text("SELECT 1 FROM pragma_module_list WHERE name = :module")
    if connection.execute(modules, {"module": FULL_TEXT_MODULE}).first() is None:
        raise MigrationFailed(
            "This Python's SQLite was compiled without full-text search (FTS5): use a Python with the SQLite of a "
            "distribution, such as Debian's, or PostgreSQL as the database."
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    return config
