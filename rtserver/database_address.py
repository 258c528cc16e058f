"""Where the database is: the URL as people write it, with the driver that rtserver has.

Errors are half sentences for an operator that hold nothing of the address: there may be a password in it.
"""

LOOKS = (
    "it must look like postgresql://user:password@host/database or sqlite:///path/to/file.db; "
    "in a password, @ is written as %40 and % as %25"
)

DRIVERS = {
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
}
"""What people write -> what rtserver wants: an operator need not know. What it wants is taken, too."""


def with_driver(url: str) -> str:
    """The SQLAlchemy URL that `Database.open` takes. Raises `ValueError` with a half sentence that holds nothing of it.

    `sslmode`, as other programs write it, becomes the driver's `ssl`, which takes the same words.
    """
    # Only now: settings without a URL, and the command line's help, do without SQLAlchemy.
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from rtserver.database_sqlite import sqlite_file

    scheme, separator, rest = url.partition("://")
    driver = DRIVERS.get(scheme, scheme)
    if driver not in DRIVERS.values():
        raise ValueError(LOOKS)
    try:
        parsed = make_url(driver + separator + rest)
        if parsed.get_backend_name() == "sqlite":
            sqlite_file(parsed)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number, or SQLite without a file
        raise ValueError(LOOKS) from None
    if "sslmode" in parsed.query:
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
        return parsed.render_as_string(hide_password=False)
    return driver + separator + rest
