"""Alembic runs this. The caller gives the connection, and with it the transaction."""

from alembic import context

from rtserver.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can undo DDL too, now that BEGIN is ours (see rtserver.database): all or nothing.
    transactional_ddl=True,
    # SQLite alters little in place: what it cannot, Alembic does by copying the table.
    render_as_batch=True,
)

with context.begin_transaction():
    context.run_migrations()
