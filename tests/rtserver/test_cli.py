import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loadtests.topology.process import free_port
from rooms.errors import ErrorCode, Refused
from rooms.ports import LogUnavailable
from rtserver import __version__, cli, cli_admin
from rtserver.administration import Administration
from rtserver.cli_output import BAD_INPUT, FAILED
from tests.rtserver.certificates import Authority

CREATE = [
    *("project", "create", "Rivers", "--organisation", "lyon"),
    *("--founder", "Claire Martin", "--founder", "Ewa Nowak", "--class", "4e B", "--class", "klasa 7a"),
    *("--school", "Collège", "--school", "Szkoła", "--country", "fr", "--country", "PL"),
    *("--timezone", "Europe/Paris", "--timezone", "Europe/Warsaw", "--languages", "fr", "--languages", "pl,en"),
]
ITALIAN = ["--school", "Liceo", "--country", "it", "--timezone", "Europe/Rome", "--languages", "it, de"]

Run = Callable[..., "Done"]


class Done:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out.strip(), err.strip()
        assert "Traceback" not in err

    @property
    def json(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.out)
        return found


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rtserver.observability.set_up_logging", lambda level: None)
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


class TestProjects:
    def test_is_created_listed_activated_and_archived(self, run: Run) -> None:
        created = run(*CREATE)
        assert created.code == 0
        assert re.fullmatch(r"p_[a-z2-7]+", created.out)
        assert f"rtserver project activate {created.out}" in created.err
        [listed] = run("project", "list", "--json").json
        assert (listed["id"], listed["title"], listed["phase"]) == (created.out, "Rivers", "draft")
        for command, phase in (("activate", "active"), ("archive", "archived")):
            assert run("project", command, created.out).code == 0
            assert run("project", "list", "--json").json[0]["phase"] == phase

    def test_is_created_as_json(self, run: Run) -> None:
        created = json.loads(run(*CREATE, "--json", "--alias", "Mme M.", "--alias", "p. Ewa").out)
        assert [founder["alias"] for founder in created["founders"]] == ["Mme M.", "p. Ewa"]
        assert [known["languages"] for known in created["classes"]] == [["fr"], ["pl", "en"]]
        assert [known["country"] for known in created["classes"]] == ["FR", "PL"]

    def test_are_listed_by_organisation_and_over_several_pages(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        made = {run(*CREATE).out for _ in range(3)}
        whole = Administration.projects

        async def by_twos(self: Administration, organisation: str | None = None, after: str | None = None) -> object:
            return await whole(self, organisation, after, limit=2)

        monkeypatch.setattr(Administration, "projects", by_twos)
        assert {str(known["id"]) for known in run("project", "list", "--json", "--organisation", "lyon").json} == made
        assert run("project", "list", "--json", "--organisation", "lublin").json == []

    def test_of_one_country_must_be_said_to_be_national(self, run: Run) -> None:
        same = [("FR" if word == "PL" else word) for word in CREATE]
        refused = run(*same)
        assert (refused.code, refused.out) == (BAD_INPUT, "")
        assert "two countries" in refused.err
        assert run(*same, "--national").code == 0

    def test_asks_for_what_was_left_out_on_a_terminal(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        answers = [
            "Rivers",
            "A",
            "4e",
            "Collège",
            "FR",
            "Europe/Paris",
            "fr",
            "B",
            "7a",
            "Szkoła",
            "PL",
            "Europe/Warsaw",
            "pl",
        ]
        monkeypatch.setattr("sys.stdin", Terminal("\n".join([*answers, ""])))
        created = run("project", "create")
        assert created.code == 0
        members = run("member", "list", created.out.splitlines()[-1].split()[-1], "--json").json
        assert [member["roster_name"] for member in members] == ["A", "B"]

    def test_stops_asking_when_nobody_answers(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", Terminal("A\n"))
        stopped = run("project", "create", "Rivers")
        assert stopped.code == 130
        assert stopped.err.splitlines()[-1] == "rtserver: Stopped."


class TestClassesAndRooms:
    def test_classes_are_listed(self, run: Run, project: str) -> None:
        added = run("class", "add", project, "3C", *ITALIAN).out
        first, _, third = run("class", "list", project).out.splitlines()
        assert first.split("\t")[1:] == ["4e B", "Collège", "FR", "Europe/Paris", "fr"]
        assert third.split("\t") == [added, "3C", "Liceo", "IT", "Europe/Rome", "it,de"]
        listed = run("class", "list", project, "--json").json
        assert [(known["name"], known["languages"]) for known in listed] == [
            ("4e B", ["fr"]),
            ("klasa 7a", ["pl", "en"]),
            ("3C", ["it", "de"]),
        ]

    def test_rooms_are_listed(self, run: Run, project: str) -> None:
        listed = run("room", "list", project, "--json").json
        assert {room["name"] for room in listed} == {"Class room", "Staff room"}
        lines = [line.split("\t") for line in run("room", "list", project).out.splitlines()]
        assert [line[:3] for line in lines] == [[room["id"], room["name"], room["kind"]] for room in listed]
        assert [line[3:] for line in lines] == [
            ["yes" if room["open"] else "no", str(len(list(room["boards"])))]  # type: ignore[call-overload]
            for room in listed
        ]


class TestMembers:
    @pytest.mark.parametrize("role", ["puppet", "founder"])
    def test_are_no_founders_and_nothing_unknown(self, run: Run, project: str, role: str) -> None:
        refused = run("member", "add", project, "A", "--role", role)
        assert (refused.code, refused.err) == (
            BAD_INPUT,
            f"rtserver: Invalid value for '--role': teacher, pupil, pupil-admin or visitor, not '{role}'",
        )

    def test_are_added_listed_invited_and_removed(self, run: Run, project: str) -> None:
        assert run("class", "add", project, "3C", *ITALIAN).code == 0
        added = run("member", "add", project, "Luca Rossi", "--role", "pupil", "--class", "3C", "--alias", "Luca")
        assert added.code == 0
        listed = run("member", "list", project, "--json").json
        assert [member["roster_name"] for member in listed] == ["Claire Martin", "Ewa Nowak", "Luca Rossi"]
        assert listed[2]["id"] == added.out
        for arguments in ([], ["--project", project]):
            invited = run("invite", added.out, *arguments)
            assert re.fullmatch(r"http://127\.0\.0\.1:8080/join#[\w-]{43}", invited.out)
            assert "UTC" in invited.err
        assert run("member", "remove", added.out).code == 0
        assert run("member", "list", project, "--json").json[2]["removed"] is True
        again = run("member", "remove", added.out, "--project", project)
        assert (again.code, again.err) == (FAILED, "rtserver: There is no such member in this project.")

    def test_are_signed_out_of_every_device(self, run: Run, project: str) -> None:
        member = str(run("member", "list", project, "--json").json[0]["id"])
        first = run("invite", member).out
        assert run("member", "sign-out", member).code == 0
        second = run("invite", member, "--project", project).out
        assert first != second
        assert run("member", "sign-out", "m_unknown").code == FAILED
        assert run("member", "sign-out", "m_unknown", "--project", project).code == FAILED

    def test_are_asked_about_before_they_are_removed(
        self, run: Run, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        guest = run("member", "add", project, "A guest", "--role", "visitor").out
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        refused = run("member", "remove", guest)
        assert (refused.code, refused.err.splitlines()[-1]) == (FAILED, "rtserver: Nobody was removed.")
        monkeypatch.setattr("sys.stdin", Terminal("y\n"))
        assert run("member", "remove", guest).code == 0

    def test_find_their_class_by_name_or_id(self, run: Run, project: str) -> None:
        add = ("member", "add", project, "A", "--role", "teacher", "--class")
        class_id, _ = (run("class", "add", project, "3C", *ITALIAN).out for _ in range(2))
        assert run(*add, "4e B").code == 0
        assert run(*add, class_id).code == 0
        twice = run(*add, "3C")
        assert twice.code == BAD_INPUT
        assert class_id in twice.err
        unknown = run(*add, "9Z")
        said = "There is no class 9Z in this project: its classes are 4e B, klasa 7a, 3C, 3C."
        assert (unknown.code, unknown.err) == (FAILED, f"rtserver: {said}")

    def test_who_are_pupils_need_an_alias(self, run: Run, project: str) -> None:
        for role in ("pupil", "pupil-admin"):
            refused = run("member", "add", project, "Léa Bernard", "--role", role, "--class", "4e B")
            assert refused.code == BAD_INPUT
            assert "--alias" in refused.err
        assert len(run("member", "list", project, "--json").json) == 2


class TestKeys:
    def test_are_created_listed_and_revoked(self, run: Run, project: str) -> None:
        created = run("key", "create", "Moodle of Lyon", "--organisation", "lyon")
        assert re.fullmatch(r"[\w-]{43}", created.out)
        assert created.out not in created.err
        key_id = re.search(r"k_\w+", created.err)
        assert key_id is not None
        one = json.loads(run("key", "create", "One", "--project", project, "--json").out)
        listed = run("key", "list", "--json")
        assert created.out not in listed.out
        assert one["key"] not in listed.out
        assert [(key["organisation"], key["project"]) for key in listed.json] == [("lyon", None), ("lyon", project)]
        assert run("key", "revoke", key_id[0]).code == 0
        assert run("key", "list", "--json").json[0]["revoked_at"] is not None
        again = run("key", "revoke", key_id[0])
        assert again.code == FAILED
        assert "no such key" in again.err

    def test_of_a_project_of_another_organisation_are_refused(self, run: Run, project: str) -> None:
        refused = run("key", "create", "x", "--organisation", "lublin", "--project", project)
        assert (refused.code, refused.out) == (BAD_INPUT, "")
        assert f"Project {project} is of organisation lyon, not of lublin" in refused.err
        assert run("key", "create", "x", "--organisation", "lyon", "--project", project).code == 0
        assert run("key", "create", "x").code == 0
        assert [key["organisation"] for key in run("key", "list", "--json").json] == ["lyon", "default"]

    def test_of_an_unknown_project_are_refused(self, run: Run, project: str) -> None:
        refused = run("key", "create", "x", "--project", "p_unknown")
        assert (refused.code, refused.err) == (FAILED, "rtserver: There is no such project.")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestOutput:
    def test_is_a_table_on_a_terminal(self, run: Run, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
        run("key", "create", "[red]Moodle[/red]")
        screen = Terminal()
        monkeypatch.setattr("sys.stdout", screen)
        monkeypatch.setenv("COLUMNS", "70")
        monkeypatch.setenv("TERM", "xterm")
        for command in (
            ["project", "list"],
            ["class", "list", project],
            ["room", "list", project],
            ["member", "list", project],
            ["key", "list"],
        ):
            assert cli.run(command) == 0
        printed = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
        assert "╭" in printed
        assert project in printed  # an id is never broken
        assert "Claire" in printed
        assert "red]" in printed  # a name is not markup

    def test_says_when_there_is_nothing(self, run: Run, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
        screen = Terminal()
        monkeypatch.setattr("sys.stdout", screen)
        assert cli.run(["key", "list"]) == 0
        assert screen.getvalue() == "API keys: none\n"

    def test_is_tab_separated_in_a_pipe(self, run: Run, project: str) -> None:
        run("member", "add", project, "A\u200fguest", "--role", "visitor")
        first, _, third = run("member", "list", project).out.splitlines()
        assert first.split("\t")[1:] == ["Claire Martin", "Claire Martin", "founder", "4e B (FR)", "no"]
        assert third.split("\t")[1] == "A guest"  # no control or direction marks
        assert run("project", "list").out.split("\t")[:4] == [project, "Rivers", "draft", "lyon"]

    def test_helps(self, run: Run) -> None:
        assert run("--version").out == f"rtserver {__version__}"
        assert "demo" in run("--help").out
        assert "demo" in run().out
        for group in ("project", "class", "room", "member", "key"):
            assert "Usage" in run(group, "--help").out


MISTAKES: list[list[str]] = [
    ["nonsense"],
    ["serve", "--port", "x"],
    ["serve", "--port", "65536"],
    ["serve", "--nonsense"],
    ["serve", "--config", "missing.toml"],
    ["project", "create"],
    ["project", "create", "Rivers"],
    ["project", "create", "Rivers", "--founder", "A"],
    [*CREATE, "--alias", "A"],
    [*CREATE, "--organisation", "a b"],
    ["project", "create", "", *CREATE[3:]],
    ["project", "create", "x" * 121, *CREATE[3:]],
    [("Atlantis" if word == "PL" else word) for word in CREATE],
    [("XX" if word == "PL" else word) for word in CREATE],
    [("Europe/Atlantis" if word == "Europe/Paris" else word) for word in CREATE],
    [("" if word == "pl,en" else word) for word in CREATE],
    ["member", "add", "p_x", "A", "--role", "king"],
    ["member", "add", "p_x", "A"],
    ["key", "revoke"],
    ["key", "create", "x", "--organisation", "a b"],
    ["invite"],
]


class TestErrors:
    @pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
    def test_bad_input_is_one_sentence_and_2(self, run: Run, arguments: list[str]) -> None:
        done = run(*arguments)
        assert (done.code, done.out) == (BAD_INPUT, "")
        assert len(done.err.splitlines()) == 1
        assert done.err.startswith("rtserver: ")

    @pytest.mark.parametrize("group", ["project", "class", "room", "member", "key"])
    def test_a_group_without_a_command_helps(self, run: Run, group: str) -> None:
        done = run(group)
        assert done.code == BAD_INPUT
        assert "Usage" in done.out + done.err or "Missing command" in done.err

    @pytest.mark.parametrize(
        "arguments",
        [
            ["project", "archive", "p_unknown"],
            ["class", "add", "p_unknown", "3C", *ITALIAN],
            ["member", "add", "p_unknown", "A", "--role", "visitor"],
            ["member", "list", "p_unknown"],
            ["class", "list", "p_unknown"],
            ["room", "list", "p_unknown"],
            ["member", "remove", "m_unknown"],
            ["invite", "m_unknown"],
            ["invite", "m_unknown", "--project", "p_unknown"],
            ["key", "revoke", "k_unknown"],
        ],
        ids=" ".join,
    )
    def test_what_is_not_there_is_one_sentence_and_1(self, run: Run, project: str, arguments: list[str]) -> None:
        done = run(*arguments)
        assert (done.code, done.out) == (FAILED, "")
        assert len(done.err.splitlines()) == 1

    def test_a_mistyped_folder_is_not_made(self, run: Run, tmp_path: Path) -> None:
        for command in (["project", "list"], ["invite", "m_x"], ["key", "list"], ["project", "archive", "p_x"]):
            done = run(*command, "--data", "mistyped")
            assert done.code == FAILED
            assert done.err == "rtserver: There is no database in mistyped yet; rtserver project create makes one."
        assert not (tmp_path / "mistyped").exists()

    def test_a_file_that_is_no_database(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "rtserver.db").write_text("This is no database, but long enough to look at." * 100)
        done = run("project", "list")
        assert done.code == FAILED
        assert re.fullmatch(r"rtserver: The database cannot be used: .*", done.err)

    @pytest.mark.parametrize("url", ["nonsense", "sqlite+aiosqlite://", "oracle+nothing://x/y"])
    def test_a_database_url_that_is_none(self, run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_DATABASE_URL", url)
        done = run("project", "list")
        assert done.code == BAD_INPUT
        assert len(done.err.splitlines()) == 1
        assert "database_url" in done.err

    def test_a_misspelt_variable_is_mentioned(self, run: Run, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_POTR", "1")
        assert run("project", "list").err == "rtserver: RT_POTR is no setting; it is ignored."

    @pytest.mark.parametrize(
        ("raised", "code", "said"),
        [
            (KeyboardInterrupt(), 130, ""),
            (Refused(ErrorCode.UNAVAILABLE), 1, "The server cannot store this just now. It will be tried again."),
            (LogUnavailable("disk full\n[SQL: SELECT 'secret']"), 1, "The database cannot be used: disk full"),
            (ZeroDivisionError("secret"), 1, "This is a mistake in rtserver itself (ZeroDivisionError); "
                "RT_LOG_LEVEL=debug shows where."),
        ],
    )  # fmt: skip
    def test_whatever_happens_is_one_sentence(
        self, run: Run, project: str, monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int, said: str
    ) -> None:
        def broken(*_: object) -> None:
            raise raised

        monkeypatch.setattr(cli_admin, "administer", broken)
        done = run("project", "list")
        assert (done.code, done.err) == (code, f"rtserver: {said}" if said else "")


# --- As programs ------------------------------------------------------------------------------------------------------

PROGRAM = [sys.executable, "-c", "from rtserver.cli import main; main()"]
DEADLINE = 60


def program(*arguments: str, folder: Path, **variables: object) -> subprocess.CompletedProcess[str]:
    command, environment = [*PROGRAM, *arguments], environment_with(variables)
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False
    )


def environment_with(variables: dict[str, object]) -> dict[str, str]:
    return {**os.environ, **{name: str(value) for name, value in variables.items()}}


@contextmanager
def serving(
    *arguments: str, folder: Path, stop: signal.Signals = signal.SIGINT, **variables: object
) -> Iterator[list[str]]:
    """A server and what it printed until it was ready; it must end well."""
    output: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    output["env"] = environment_with(variables)
    with subprocess.Popen([*PROGRAM, *arguments], cwd=folder, text=True, **output) as process:
        try:
            assert process.stdout is not None
            printed: list[str] = []
            for line in process.stdout:
                printed.append(line)
                if "Ctrl-C" in line:
                    break
            else:
                pytest.fail(f"it ended: {''.join(printed)}")
            yield printed
            process.send_signal(stop)
            rest = process.stdout.read()
            assert process.wait(DEADLINE) == 0
            assert "Traceback" not in rest
        finally:
            process.kill()


class TestAsPrograms:
    def test_help_is_quick_because_it_loads_little(self, tmp_path: Path) -> None:
        script = (
            "import sys\nfrom rtserver import cli\nassert cli.run(['--help']) == 0\n"
            "heavy = {'sqlalchemy', 'alembic', 'aiohttp', 'socketio', 'pydantic'} & set(sys.modules)\n"
            "assert not heavy, heavy"
        )
        done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")

    def test_a_reader_who_has_enough_is_no_error_to_see(self, tmp_path: Path) -> None:
        assert program(*CREATE, folder=tmp_path).returncode == 0
        lister = subprocess.Popen(
            [*PROGRAM, "project", "list", "--json"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert lister.stdout is not None
        assert lister.stderr is not None
        lister.stdout.close()
        assert lister.stderr.read() == b""
        lister.stderr.close()
        lister.wait(DEADLINE)

    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_the_server_ends_well(self, tmp_path: Path, stop: signal.Signals) -> None:
        with serving("serve", "--port", "0", folder=tmp_path, stop=stop) as printed:
            assert re.search(r"Serving http://127\.0\.0\.1:[1-9]\d+ until", printed[-1])

    def test_the_server_over_uvloop_and_with_a_certificate(self, tmp_path: Path) -> None:
        certificate, key = Authority().issue(tmp_path)
        variables: dict[str, Any] = {"RT_EVENT_LOOP": "uvloop", "RT_TLS_CERTIFICATE": certificate, "RT_TLS_KEY": key}
        with serving("serve", "--port", "0", folder=tmp_path, **variables) as printed:
            assert re.search(r"Serving https://127\.0\.0\.1:[1-9]\d+ until", printed[-1])

    def test_certificates_that_cannot_be_used_are_one_sentence(self, tmp_path: Path) -> None:
        certificate, _ = Authority().issue(tmp_path, "one")
        _, key = Authority().issue(tmp_path, "two")
        advice = "check RT_TLS_CERTIFICATE and RT_TLS_KEY, and that rtserver may read both files."
        for variables, said in (
            (
                {"RT_TLS_CERTIFICATE": certificate, "RT_TLS_KEY": key},
                f"The certificate and its key cannot be used (KEY_VALUES_MISMATCH): {advice}",
            ),
            (
                {"RT_TLS_CERTIFICATE": certificate, "RT_TLS_KEY": "missing.key"},
                f"missing.key: No such file or directory; {advice}",
            ),
            (
                {"RT_TLS_CERTIFICATE": certificate},
                "The settings do not fit together: tls_certificate and tls_key (RT_TLS_CERTIFICATE, RT_TLS_KEY) belong "
                "together: set both.",
            ),
        ):
            done = program("serve", "--port", "0", folder=tmp_path, **variables)
            assert (done.returncode, done.stdout, done.stderr) == (BAD_INPUT, "", f"rtserver: {said}\n")
        assert not (tmp_path / "data").exists(), "something was made before the certificate was looked at"

    def test_a_media_port_that_is_taken_is_one_sentence(self, tmp_path: Path) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            port = str(taken.getsockname()[1])
            done = program("serve", "--port", "0", folder=tmp_path, RT_MEDIA_UDP_PORT=port)
        said = r"rtserver: Calls cannot be served: media worker 0: .* \(RT_MEDIA=false serves without them\)\n"
        assert done.returncode == FAILED
        assert re.fullmatch(said, done.stderr), done.stderr

    def test_the_demo_is_still_there_when_it_is_started_again(self, tmp_path: Path) -> None:
        port = str(free_port())
        link = rf"http://127\.0\.0\.1:{port}/join#[\w-]{{43}}"
        with serving("demo", "--port", port, folder=tmp_path) as printed:
            first = re.findall(link, "".join(printed))
            assert len(set(first)) == 6

            taken = program("demo", "--port", port, folder=tmp_path)
            assert taken.returncode == 1
            advice = "choose another with make run PORT=8081 (or --port)"
            assert taken.stderr == f"rtserver: Port {port} is taken by another program: {advice}.\n"
            same_data = program("demo", "--port", "0", folder=tmp_path)
            assert same_data.returncode == 1
            assert re.fullmatch(r"rtserver: Another rtserver is already serving .*\n", same_data.stderr)

            # The command line works beside it.
            [project] = json.loads(program("project", "list", "--json", folder=tmp_path).stdout)
            members = json.loads(program("member", "list", project["id"], "--json", folder=tmp_path).stdout)
            assert len(members) == 6
            invited = program("invite", members[2]["id"], folder=tmp_path)
            assert invited.returncode == 0
        with serving("demo", "--port", port, folder=tmp_path) as printed:
            second = re.findall(link, "".join(printed))
            assert len(set(second)) == 6
            assert not set(first) & set(second)
            assert json.loads(program("project", "list", "--json", folder=tmp_path).stdout) == [project]
            assert json.loads(program("member", "list", project["id"], "--json", folder=tmp_path).stdout) == members
