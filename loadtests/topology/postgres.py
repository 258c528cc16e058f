"""A PostgreSQL server of one's own, with databases for rtserver."""

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg

from loadtests.problem import Problem
from loadtests.server import SETTING_PREFIX, find_command
from loadtests.topology.process import HERE, START_WITHIN, Child, Host, find_program, free_port, give_to
from loadtests.topology.program import Program, run_apart

PACKAGE = "postgresql"

PROGRAM_FOLDERS = sorted(
    Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
)
"""Where Debian keeps what PATH does not have; the newest version first."""

USER = "postgres"
"""Whom root becomes: initdb and postgres refuse to run as root. The package makes this user."""

ADMIN = "postgres"
"""The database's superuser."""

OWNER = "rtserver"
"""The role that owns the databases and is in their URLs: no superuser, as in production."""

CONNECTIONS_MAX = 100

PASSWORD_BYTES = 18

TEMPLATE = "migrated"
"""The database that new ones are copied from."""

QUICK = {
    # What a crash of the machine would take is a test's own. A crash of the server, or a kill, takes nothing: what was
    # written is with the kernel.
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",  # it would look into databases that are just being copied or dropped
}
"""Settings that only a test may have."""

SETTINGS = {
    "unix_socket_directories": "",
    "max_connections": str(CONNECTIONS_MAX),
    "dynamic_shared_memory_type": "mmap",  # in the data folder, where a kill leaves nothing behind
    "log_min_messages": "log",
    "log_line_prefix": "%m %a %p ",
}

FROM_ELSEWHERE = "host all all samenet md5\n"
"""For pg_hba.conf, which as initdb makes it lets in nobody but from the loopback address."""

READY = "ready"
"""What the last line of postmaster.pid says once connections are taken; pg_ctl goes by it, too."""

Migrate = Callable[[str], Awaitable[None]]


async def migrate_by_command(url: str) -> None:
    """Make the tables as an operator does: `rtserver migrate`. Raises `Problem`."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIX)}
    process = await asyncio.create_subprocess_exec(
        *(str(find_command()), "migrate"),
        env=settings | {f"{SETTING_PREFIX}DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise Problem(f"`rtserver migrate` ended with {process.returncode}: {said.decode(errors='replace').strip()}")


class Postgres(Program):
    """A cluster and, while it runs, its server, on a port that stays. As a context manager it runs, and is gone after.

    `durable`: as PostgreSQL is shipped; False: quick, for plain tests. `settings`: of postgresql.conf, besides ours.
    `migrate`: makes the tables in the database with that URL; others are copied from it. `host`: where it runs.
    """

    called = "PostgreSQL"

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = False,
        settings: dict[str, str] | None = None,
        migrate: Migrate = migrate_by_command,
        host: Host = HERE,
    ) -> None:
        """`folder`: for its log and its data; when we are root, the data lie where its user may go."""
        super().__init__(folder)
        self.port = free_port()
        self.host = host
        self._settings = {"listen_addresses": host.address} | SETTINGS | ({} if durable else QUICK) | (settings or {})
        self._migrate = migrate
        self._password = secrets.token_urlsafe(PASSWORD_BYTES)
        self._home: Path | None = None
        self._template_turn = threading.Lock()
        self._has_template = False

    # --- The server ---

    def start(self, within: float = START_WITHIN) -> None:
        """Make the cluster, the first time, and serve from it; returns when it takes connections. Raises `Problem`."""
        is_first = self._child is None
        super().start(within)
        if is_first:
            run_apart(self._make_owner())

    def close(self) -> None:
        """End it and remove its data; the log stays."""
        super().close()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    # --- Databases ---

    def url(self, database: str, *, port: int | None = None) -> str:
        """Where rtserver finds a database; `port`: when it is to come through a relay."""
        return f"postgresql+asyncpg://{OWNER}:{self._password}@{self.host.address}:{port or self.port}/{database}"

    async def new_database(self) -> str:
        """A database of its own with the newest tables, and nothing in them: its URL."""
        if not self._has_template:
            # In a thread: those who ask meanwhile may be in other event loops.
            await asyncio.to_thread(self._require_template)
        return await self.empty_database(TEMPLATE)

    async def empty_database(self, template: str = "template0") -> str:
        """A database without any tables, or a copy of `template`: its URL."""
        name = f"rtserver_{secrets.token_hex(6)}"
        await self._create(name, template)
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Remove a database and end all connections to it."""
        await self.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    async def execute(self, statement: str, database: str = ADMIN) -> None:
        """Run statements as the superuser."""
        connection = await self.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def connect(self, database: str = ADMIN) -> Any:
        """A connection of the superuser; close it."""
        return await asyncpg.connect(
            host=self.host.address, port=self.port, user=ADMIN, password=self._password, database=database, ssl=False
        )

    async def _create(self, name: str, template: str) -> None:
        await self.execute(f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE "{template}"')

    def _require_template(self) -> None:
        with self._template_turn:
            if not self._has_template:
                asyncio.run(self._make_template())
                self._has_template = True

    async def _make_template(self) -> None:
        await self._create(TEMPLATE, "template0")
        await self._migrate(self.url(TEMPLATE))

    async def _make_owner(self) -> None:
        await self.execute(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{self._password}'")

    # --- The cluster ---

    def _make_cluster(self) -> Path:
        """Its home, in which `data` is, for the user that it runs as."""
        initdb = find_program("initdb", PACKAGE, PROGRAM_FOLDERS)
        # A folder of root's, such as a test's, is one that others cannot pass through, even to what is theirs.
        home = Path(tempfile.mkdtemp(prefix="rtserver-postgres-", dir=None if os.geteuid() == 0 else self.folder))
        self._home = home
        password = home / "password"
        password.write_text(self._password)
        for path in (home, password):
            give_to(path, USER)
        # MD5, of a random password that lives for minutes: SCRAM takes 10 ms of every connection of a test.
        words = [
            f"--username={ADMIN}",
            "--auth=md5",
            f"--pwfile={password}",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]
        maker = Child([initdb, "-D", home / "data", *words], self.folder, user=USER)
        maker.start()
        if maker.wait(START_WITHIN) != 0:
            raise Problem(f"initdb failed:\n{maker.log_tail()}")
        password.unlink()
        with (home / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in self._settings.items())
        if self.host != HERE:
            with (home / "data" / "pg_hba.conf").open("a") as hba:
                hba.write(FROM_ELSEWHERE)
        return home

    def _make(self) -> Child:
        data = self._make_cluster() / "data"

        def is_ready() -> bool:
            try:
                lines = (data / "postmaster.pid").read_text().splitlines()
            except OSError:
                return False
            # An older one may lie there: that of a server that was killed.
            return len(lines) > 7 and int(lines[0]) == child.pid and lines[7].strip() == READY

        server = find_program("postgres", PACKAGE, PROGRAM_FOLDERS)
        arguments: list[str | Path] = [server, "-D", data, "-p", str(self.port)]
        child = Child(arguments, self.folder, user=USER, host=self.host, stop_signal=signal.SIGINT, is_ready=is_ready)
        return child
