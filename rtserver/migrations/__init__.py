"""The history of the tables (Alembic). Run by `Database.migrate`; there is no alembic.ini."""
