"""The commands that care for the data, as an operator types them."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pytest

from loadtests.topology.postgres import Postgres
from rtserver import cli, cli_care
from rtserver.cli_output import BAD_INPUT, FAILED
from rtserver.database import Database
from rtserver.database_address import LOOKS
from tests.rtserver.test_cli import CREATE, Done, Terminal

RT = [str(Path(sys.executable).with_name("rtserver"))]


def program(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """As a process of its own."""
    return subprocess.run([*RT, *words], capture_output=True, text=True, check=False, env={**os.environ, **environment})


Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rtserver.observability.set_up_logging", lambda level: None)
    monkeypatch.setattr(os, "nice", lambda by: by)  # the tests that follow would be slow
    for name in [name for name in os.environ if name.startswith("RT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def invoke(*arguments: str) -> Done:
        code = cli.run(arguments)
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return invoke


@pytest.fixture
def project(run: Run) -> str:
    return run(*CREATE).out


NOT_A_DATABASE = f"--from cannot be used: {LOOKS}."


class TestMigrate:
    def test_says_from_where_to_where(self, run: Run) -> None:
        name = f"sqlite+aiosqlite:///{Path('data/rtserver.db').absolute()}"
        assert run("migrate").out == f"The migration of {name} from schema nothing to 0006 is done."
        assert run("migrate").out == f"The database {name} is up to date: its schema is 0006."
        assert run("migrate", "--check").code == 0

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("postgresql+asyncpg://rtserver:secret@db/rtserver", "postgresql+asyncpg://rtserver:***@db/rtserver"),
            (
                "postgresql+asyncpg://rtserver@/rtserver?host=a:5432&host=b:5432&password=secret&ssl=require",
                "postgresql+asyncpg://rtserver@/rtserver?host=a:5432&host=b:5432&ssl=require",
            ),
            ("sqlite+aiosqlite:////srv/rtserver.db", "sqlite+aiosqlite:////srv/rtserver.db"),
        ],
    )
    def test_names_the_database_without_its_password(self, url: str, name: str) -> None:
        assert unquote(cli_care._name(url)) == name

    async def test_check_says_whether_it_is_needed(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/data/rtserver.db")
        await database.migrate("0001")
        await database.close()
        ended = await asyncio.to_thread(program, "migrate", "--check")
        assert (ended.returncode, ended.stdout) == (FAILED, "")
        name = f"sqlite+aiosqlite:///{tmp_path}/data/rtserver.db"
        assert ended.stderr == (
            f"rtserver: The migration of {name} from schema 0001 to 0006 is needed: run rtserver migrate.\n"
        )

    def test_check_makes_no_database(self, run: Run) -> None:
        checked = run("migrate", "--check", "--data", "other")
        assert (checked.code, "no database in other" in checked.err) == (FAILED, True)
        assert not Path("other").exists()

    async def test_of_several_at_once_one_does_it(self, postgres: Postgres) -> None:
        url = await postgres.empty_database()
        both = (asyncio.to_thread(program, "migrate", RT_DATABASE_URL=url) for _ in range(2))
        ended = await asyncio.gather(*both)
        await postgres.drop(url)
        assert [one.stderr for one in ended] == ["", ""]
        name = cli_care._name(url)
        assert sorted(one.stdout for one in ended) == [
            f"The database {name} is up to date: its schema is 0006.\n",
            f"The migration of {name} from schema nothing to 0006 is done.\n",
        ]


class TestBackupAndRestore:
    def test_there_and_back(self, run: Run, project: str) -> None:
        made = run("backup", "backup.zip")
        assert made.code == 0
        holds = r"backup\.zip \(\d+ kB\) holds everything \(projects: 1, members: 2, messages: 0, events: "
        assert re.match(holds, made.out)
        assert "keep it where nobody else can read it" in made.err
        assert made.err.endswith("To check it: rtserver restore --check backup.zip")
        checked = run("restore", "backup.zip", "--check", "--data", "other")
        assert (checked.code, checked.out.startswith("backup.zip is whole.")) == (0, True)
        assert not Path("other").exists()
        restored = run("restore", "backup.zip", "--data", "other")
        assert (restored.code, "projects: 1" in restored.out) == (0, True)
        assert "is not known" in restored.err
        assert run("project", "list", "--data", "other").out.startswith(project)

    def test_replaces_only_when_told_so_twice(self, run: Run, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
        run("backup", "backup.zip")
        second = run(*CREATE).out
        refused = run("restore", "backup.zip")
        assert (refused.code, "not empty" in refused.err) == (FAILED, True)
        refused = run("restore", "backup.zip", "--replace")
        assert (refused.code, "--yes" in refused.err) == (BAD_INPUT, True)
        monkeypatch.setattr("sys.stdin", Terminal("y\n"))
        refused = run("restore", "backup.zip", "--replace")
        assert (refused.code, "Nothing was changed" in refused.err) == (FAILED, True)
        assert second in run("project", "list").out
        monkeypatch.setattr("sys.stdin", Terminal("replace\n"))
        assert run("restore", "backup.zip", "--replace").code == 0
        assert second not in run("project", "list").out

    def test_tells_what_was_ended_again(self, run: Run, project: str) -> None:
        pupil = run(*("member", "add", project, "Inès", "--role", "pupil", "--class", "4e B", "--alias", "I.")).out
        run("invite", pupil)
        run("backup", "backup.zip")
        run("member", "remove", pupil)
        run("endings", "endings")
        restored = run("restore", "backup.zip", "--replace", "--yes")
        assert "Ended again: members removed: 1, links: 1." in restored.err
        assert "is not known" not in restored.err
        restored = run("restore", "backup.zip", "--data", "other", "--endings", "endings")
        assert "Ended again: members removed: 1, links: 1." in restored.err
        restored = run("restore", "backup.zip", "--data", "third", "--sign-out")
        assert "Ended again: links: 1." in restored.err
        assert "--sign-out" not in restored.err

    def test_backup_overwrites_nothing(self, run: Run, project: str) -> None:
        Path("backup.zip").write_text("of yesterday")
        refused = run("backup", "backup.zip")
        assert (refused.code, "already" in refused.err) == (FAILED, True)
        assert Path("backup.zip").read_text() == "of yesterday"

    def test_of_no_database(self, run: Run) -> None:
        for command in ("backup", "endings"):
            refused = run(command, "file", "--data", "other")
            assert (refused.code, "no database in other" in refused.err) == (FAILED, True)
        assert list(Path().iterdir()) == []

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 something else", None])
    def test_of_a_file_that_is_none(self, run: Run, project: str, content: bytes | None) -> None:
        if content is not None:
            Path("backup.zip").write_bytes(content)
        refused = run("restore", "backup.zip", "--replace", "--yes")
        assert refused.code == BAD_INPUT
        assert refused.err.startswith("rtserver: ")
        assert refused.err.count("\n") == 0
        assert project in run("project", "list").out


class TestCopy:
    def test_to_postgresql_and_back(
        self, run: Run, project: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = asyncio.run(postgres.empty_database())
        there = run("copy", "--from", "sqlite:///data/rtserver.db", "--to", url.replace("+asyncpg", ""))
        assert there.code == 0, there.err
        assert "identities\t2\t" in there.out
        assert "use the new database only" in there.err
        # What is not named is the database of the settings, which keeps its password out of the list of processes.
        monkeypatch.setenv("RT_DATABASE_URL", url)
        again = run("copy", "--from", "sqlite:///data/rtserver.db")
        assert (again.code, "not empty" in again.err) == (FAILED, True)
        assert run("project", "list").out.startswith(project)
        back = run("copy", "--to", "sqlite:///back/rtserver.db")
        asyncio.run(postgres.drop(url))
        assert back.code == 0
        monkeypatch.delenv("RT_DATABASE_URL")
        assert run("project", "list", "--data", "back").out == run("project", "list").out

    def test_of_one_into_itself(self, run: Run, project: str) -> None:
        refused = run("copy")
        assert (refused.code, "Give --from or --to" in refused.err) == (BAD_INPUT, True)
        refused = run("copy", "--to", "sqlite:///data/rtserver.db")
        assert (refused.code, "are the same database" in refused.err) == (BAD_INPUT, True)

    @pytest.mark.parametrize(
        ("source", "target", "sentence"),
        [
            ("sqlite:///missing.db", "sqlite:///new.db", "There is no database at --from."),
            ("not a url with secret", "sqlite:///new.db", NOT_A_DATABASE),
            ("mysql://u:secret@h/d", "sqlite:///new.db", NOT_A_DATABASE),
        ],
    )
    def test_of_what_is_no_database(self, run: Run, source: str, target: str, sentence: str) -> None:
        refused = run("copy", "--from", source, "--to", target)
        assert (refused.code, refused.err) == (BAD_INPUT, f"rtserver: {sentence}")
        assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("count", "size"),
    [(200, "1 kB"), (38_400, "38 kB"), (999_999, "999 kB"), (1_000_000, "1.0 MB"), (154_000_000, "154.0 MB")],
)
def test_sizes_are_for_people(count: int, size: str) -> None:
    assert cli_care._size(count) == size


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Elsewhere it would fill a log."""
    with cli_care._progress() as tell:
        tell("events", 1, 2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with cli_care._progress() as tell:
        tell("events", 1, 2)
        tell("events", 2, 2)
