"""The commands that care for the data: migrate, backup, restore, endings and copy.

What they did goes to standard output, progress and remarks to standard error.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rtserver.cli_output import BAD_INPUT, CommandFailed, moment, remark, say, say_table
from rtserver.cli_settings import Config, Data, settings_from

if TYPE_CHECKING:
    from sqlalchemy import URL

    from rtserver.care.archive import Archive, Manifest
    from rtserver.care.backup import Progress
    from rtserver.care.copying import CopiedTable
    from rtserver.care.ending_again import EndedAgain
    from rtserver.care.endings import EndingsFile
    from rtserver.care.restore import Restored
    from rtserver.config import Settings
    from rtserver.database import Database, SchemaState

NICENESS = 10
"""How much a backup stands back behind the server on the same machine: it gets the processor that the server leaves."""

CONFIRMATION = "replace"
"""What is typed before data are replaced: a mere y is typed too soon."""

SUMMARY = {
    "projects": "projects:",
    "identities": "members:",
    "chat_messages": "messages:",
    "events": "events:",
    "files": "pictures:",
}
"""The tables that say most about what there is, and what their rows are."""

BYTES_PER_KILOBYTE = 1_000
BYTES_PER_MEGABYTE = 1_000_000

File = Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False)]


def migrate(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit code 1 when it is needed")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Bring the tables of the database up to date: before the servers of a new version start."""
    settings = settings_from(config, data=data)
    if check:
        _require_database(settings)
    state = asyncio.run(_migrate(settings, check))
    # Which one: settings that were not read as they were meant lead to another database, without any error.
    name = _name(settings.database)
    if state.is_newest:
        say(f"The database {name} is up to date: its schema is {state.newest}.")
    elif check:
        raise CommandFailed(f"{_transition(name, state)} is needed: run rtserver migrate.")
    else:
        say(f"{_transition(name, state)} is done.")


def backup(file: File, data: Data = None, config: Config = None) -> None:
    """Write all of the database into one file, while it is served or not."""
    settings = settings_from(config, data=data)
    _require_database(settings)
    os.nice(NICENESS)
    manifest = asyncio.run(_back_up(settings, file))
    say(f"{file} ({_size(file.stat().st_size)}) holds everything {_holds(manifest)}.")
    remark(f"It is about children: keep it where nobody else can read it. To check it: rtserver restore --check {file}")


def endings(file: File, data: Data = None, config: Config = None) -> None:
    """Write a list of what has ended (sessions, links, keys, members, messages) for restore --endings: ids only.

    It replaces an older list of that name. Have it taken every few minutes, and kept on another machine.
    """
    settings = settings_from(config, data=data)
    _require_database(settings)
    os.nice(NICENESS)
    asyncio.run(_take_endings(settings, file))
    say(f"{file} says what has ended until now.")


def restore(
    file: File,
    check: Annotated[
        bool, typer.Option("--check", help="Only see whether FILE is whole, and say what it holds")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of what the database holds")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before data are replaced")] = False,
    endings: Annotated[
        list[Path], typer.Option("--endings", help="List of what has ended since, of rtserver endings", dir_okay=False)
    ] = [],  # noqa: B006
    forget_endings: Annotated[
        bool, typer.Option("--forget-endings", help="Do not read in the replaced database what has ended since")
    ] = False,
    sign_out: Annotated[bool, typer.Option("--sign-out", help="End all sessions and unused links")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Fill the database from a backup, while no server runs on it.

    With --replace, what has ended in the replaced database since the backup stays ended.
    """
    from rtserver.care.archive import Archive
    from rtserver.care.endings import EndingsFile
    from rtserver.care.restore import check as check_archive
    from rtserver.care.restore import check_endings

    settings = settings_from(config, data=data)
    lists = [EndingsFile(one) for one in endings]
    with Archive(file) as archive:
        check_endings(archive, lists)
        with _progress() as progress:
            check_archive(archive, progress)
        if check:
            return say(f"{file} is whole. It holds everything {_holds(archive.manifest)}.")
        is_replacing = asyncio.run(_holds_anything(settings))
        if is_replacing:
            _confirm_replacing(settings, replace, yes)
        restored = asyncio.run(_restore(settings, archive, lists, replace, not forget_endings, sign_out))
    say(f"The database holds everything {_holds(archive.manifest)}; its schema is {restored.schema} now.")
    _tell_of_endings(archive.manifest, restored.ended, (is_replacing and not forget_endings) or bool(lists), sign_out)
    return None


def copy(
    source: Annotated[
        str | None, typer.Option("--from", help="URL of the database to copy, such as sqlite:///data/rtserver.db")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--to", help="URL of an empty one, such as postgresql://user:password@host/rtserver")
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Copy a database into an empty one, of the same or the other kind, and compare both; no server may run on it.

    What is left out is the database of the settings.
    """
    if source is None and target is None:
        raise CommandFailed("Give --from or --to: the URL of the other database.", BAD_INPUT)
    own = settings_from(config, data=data).database
    found, into = _address(source or own, "--from"), _address(target or own, "--to")
    if found.get_backend_name() == "sqlite" and not Path(found.database or "").is_file():
        raise CommandFailed("There is no database at --from.", BAD_INPUT)
    if _place(found) == _place(into):
        raise CommandFailed("--from and --to are the same database.", BAD_INPUT)
    copied = asyncio.run(_copy(_text(found), _text(into)))
    say_table(
        "The same in both databases",
        copied,
        [
            ("table", lambda row: row.name),
            ("rows", lambda row: row.rows),
            ("checksum", lambda row: row.checksum[:16]),
        ],
    )
    remark(
        "Let servers use the new database only (RT_DATABASE_URL): what is written to the old one is not carried over."
    )


# --- What they do ---


async def _migrate(settings: "Settings", check: bool) -> "SchemaState":
    async with _opened(settings.database) as database:
        return await (database.schema() if check else database.migrate())


async def _back_up(settings: "Settings", file: Path) -> "Manifest":
    from rtserver.administration import system_clock
    from rtserver.care.backup import back_up

    async with _opened(settings.database) as database:
        with _progress() as progress:
            return await back_up(database, file, system_clock, progress)


async def _take_endings(settings: "Settings", file: Path) -> None:
    from rtserver.administration import system_clock
    from rtserver.care.endings import take

    async with _opened(settings.database) as database:
        await take(database, file, system_clock)


async def _holds_anything(settings: "Settings") -> bool:
    from rtserver.care.restore import holds_anything

    async with _opened(settings.database) as database:
        return await holds_anything(database)


async def _restore(
    settings: "Settings",
    archive: "Archive",
    lists: "list[EndingsFile]",
    replace: bool,
    keeps_endings: bool,
    signs_out: bool,
) -> "Restored":
    from rtserver.administration import system_clock
    from rtserver.care import restore

    async with _opened(settings.database) as database:
        with _progress() as progress:
            return await restore.restore(
                database,
                archive,
                lists,
                system_clock,
                progress,
                replace=replace,
                keeps_endings=keeps_endings,
                signs_out=signs_out,
            )


async def _copy(source: str, target: str) -> "list[CopiedTable]":
    from rtserver.care.copying import copy

    async with _opened(source) as original, _opened(target) as made:
        with _progress() as progress:
            return await copy(original, made, progress)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator["Database"]:
    from rtserver.database import Database

    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


# --- What they ask and say ---


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Bars on a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda what, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def _confirm_replacing(settings: "Settings", replace: bool, yes: bool) -> None:
    if not replace:
        raise CommandFailed("The database is not empty: nothing was changed. --replace puts the backup in its place.")
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed("Add --yes to replace what the database holds without being asked.", BAD_INPUT)
    name = _name(settings.database)
    answer = typer.prompt(f"All that {name} holds will be gone. Type {CONFIRMATION} to go on", err=True)
    if answer.strip() != CONFIRMATION:
        raise CommandFailed("Nothing was changed.")


def _tell_of_endings(manifest: "Manifest", ended: "EndedAgain", is_known: bool, sign_out: bool) -> None:
    counted = {
        "members removed": ended.members,
        "names erased": ended.names,
        "sessions": ended.sessions,
        "links": ended.links,
        "keys": ended.keys,
        "messages withdrawn": ended.messages,
    }
    some = ", ".join(f"{what}: {count}" for what, count in counted.items() if count)
    if some:
        remark(f"Ended again: {some}.")
    if not is_known:
        signed = "" if sign_out else " Who had signed out since is signed in again; --sign-out would end all sessions."
        remark(
            f"What has ended since {moment(manifest.made_at)} is not known: look through removed members, revoked keys "
            f"and withdrawn messages.{signed}"
        )
    remark("Every page loads its rooms afresh.")


def _holds(manifest: "Manifest") -> str:
    counts = ", ".join(f"{what} {manifest.rows(table)}" for table, what in SUMMARY.items())
    return f"({counts}) as of {moment(manifest.made_at)} with schema {manifest.schema} of rtserver {manifest.rtserver}"


def _size(count: int) -> str:
    if count < BYTES_PER_MEGABYTE:
        return f"{max(1, count // BYTES_PER_KILOBYTE)} kB"
    return f"{count / BYTES_PER_MEGABYTE:.1f} MB"


def _transition(name: str, state: "SchemaState") -> str:
    return f"The migration of {name} from schema {state.current or 'nothing'} to {state.newest}"


def _name(database: str) -> str:
    """The URL of a database for people: without its password, wherever that stands in it."""
    from sqlalchemy import make_url

    return make_url(database).difference_update_query(["password"]).render_as_string(hide_password=True)


def _address(url: str, option: str) -> "URL":
    """The URL with the driver that we use. Its own words are not repeated: there may be a password in it."""
    from sqlalchemy import make_url

    from rtserver.database_address import with_driver

    try:
        return make_url(with_driver(url))
    except ValueError as error:
        raise CommandFailed(f"{option} cannot be used: {error}.", BAD_INPUT) from None


def _place(url: "URL") -> object:
    """Equal for two URLs of the same database, when they say it the same way; the locks see the other cases."""
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "").absolute()
    return (url.host, url.port, url.database)


def _text(url: "URL") -> str:
    return url.render_as_string(hide_password=False)


def _require_database(settings: "Settings") -> None:
    """A mistyped folder must not become a new database."""
    if not settings.database_url and not (settings.data / "rtserver.db").exists():
        raise CommandFailed(f"There is no database in {settings.data} yet; rtserver migrate makes one.")
