"""Where the database is: as people write it, and with the driver that rtserver has."""

import re

import pytest
from sqlalchemy import make_url

from rtserver.database_address import LOOKS, with_driver


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("postgresql://u:p%40w@h:5433/d", "postgresql+asyncpg://u:p%40w@h:5433/d"),
        ("postgres://h/d", "postgresql+asyncpg://h/d"),
        ("postgresql+asyncpg://h/d?ssl=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("sqlite:///data/rtserver.db", "sqlite+aiosqlite:///data/rtserver.db"),
        ("sqlite:////var/lib/rtserver.db", "sqlite+aiosqlite:////var/lib/rtserver.db"),
        ("sqlite+aiosqlite:///data/rtserver.db", "sqlite+aiosqlite:///data/rtserver.db"),
    ],
)
def test_the_driver_is_ours(written: str, taken: str) -> None:
    """Nothing else of it is changed, and what comes out is taken again."""
    assert with_driver(written) == taken
    assert with_driver(taken) == taken


def test_encryption_as_other_programs_write_it() -> None:
    """Hosting providers give addresses with sslmode; the driver calls it ssl. The password stays as it is."""
    found = make_url(with_driver("postgresql://u:p%40%2Fw@h/d?sslmode=require&application_name=x"))
    assert found.query == {"ssl": "require", "application_name": "x"}
    assert (found.password, found.host, found.database) == ("p@/w", "h", "d")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "://h/d",
        "mysql://u:hush@h/d",
        "postgresql+psycopg2://u:hush@h/d",
        "postgresql:h/d",
        "postgresql://u:hush@h:port/d",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_what_cannot_be_used(url: str) -> None:
    """Said with the forms that work, and with nothing of the address."""
    with pytest.raises(ValueError, match=re.escape(LOOKS)) as caught:
        with_driver(url)
    assert str(caught.value) == LOOKS
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
