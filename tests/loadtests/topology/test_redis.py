from pathlib import Path

import pytest

from loadtests.problem import Problem
from loadtests.topology.certificates import Authority
from loadtests.topology.redis import Redis, login, wait_until


def test_it_answers_and_keeps_nothing_over_a_restart(tmp_path: Path) -> None:
    with Redis(tmp_path) as server:
        assert server.ask("SET", "key", b"\xff\r\n") == b"OK"
        assert server.ask("GET", "key") == b"\xff\r\n"
        before = server.url
        server.restart()
        assert (server.ask("GET", "key"), server.url) == (None, before)
    assert not server.is_running


def test_it_wants_its_password_and_shows_it_to_nobody_else(tmp_path: Path) -> None:
    with Redis(tmp_path, password='p"ä ss\\') as server:
        assert server.ask("PING") == b"PONG"
        assert server.url == f"redis://:p%22%C3%A4%20ss%5C@127.0.0.1:{server.port}/0"
        assert (tmp_path / "redis.conf").stat().st_mode & 0o077 == 0
        server.password = None
        with pytest.raises(Problem, match="NOAUTH"):
            server.ask("PING")


def test_with_tls_it_speaks_nothing_else(tmp_path: Path) -> None:
    with Redis(tmp_path / "redis", tls=Authority(tmp_path)) as server:
        assert server.ask("PING") == b"PONG"
        assert server.url.startswith("rediss://")
        with pytest.raises(Problem):
            Redis.ask(_plain(server), "PING")


def _plain(server: Redis) -> Redis:
    """A client without TLS for the same port."""
    plain = Redis(server.folder)
    plain.port = server.port
    return plain


def test_it_can_be_paused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Redis(tmp_path) as server:
        server.pause()
        with monkeypatch.context() as impatient:
            impatient.setattr("loadtests.topology.redis.ANSWER_WITHIN", 0.1)
            with pytest.raises(Problem, match="does not answer"):
                server.ask("PING")
        server.resume()
        wait_until(lambda: server.ask("PING") == b"PONG", "an answer")


def test_one_that_was_not_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="was not started"):
        Redis(tmp_path).kill()


def test_a_refusal_is_a_problem(tmp_path: Path) -> None:
    with Redis(tmp_path) as server, pytest.raises(Problem, match="Redis refuses: ERR"):
        server.ask("NOSUCH")


def test_waiting_ends(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="for a wonder"):
        wait_until(lambda: False, "a wonder", within=0.0)


def test_login_is_escaped() -> None:
    assert (login(None), login("a/b")) == ("", ":a%2Fb@")
