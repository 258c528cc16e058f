"""Janus as an engine: what it is asked, what its answers mean, and that its absence is said."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loadtests.media import director, janus
from loadtests.media.engine import Load, NotInstalled
from loadtests.media.janus import Api, Janus
from loadtests.problem import Problem

Answers = list[dict[str, Any]]


@contextmanager
def scripted(path: Path, *answers: Answers) -> Iterator[list[dict[str, Any]]]:
    """Somebody at the socket who answers each request with the next messages, in its transaction."""
    asked: list[dict[str, Any]] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for messages in answers:
                    asked.append(json.loads(connection.recv(1 << 16)))
                    for message in messages:
                        connection.send(json.dumps({"transaction": asked[-1]["transaction"]} | message).encode())

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield asked
        finally:
            thread.join()


CREATED: Answers = [{"janus": "success", "data": {"id": 5}}]
ACK = {"janus": "ack"}
STRANGER = {"janus": "event", "transaction": "another", "plugindata": {"data": {}}}


def test_an_answer_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    event = {"janus": "event", "plugindata": {"data": {"id": 7}}, "jsep": {"type": "answer", "sdp": "v=0"}}
    with scripted(tmp_path / "api", CREATED, [ACK, STRANGER, event]) as asked:
        api = Api(tmp_path / "api")
        assert api.ask(9, {"request": "join"}) == ({"id": 7}, "v=0")
        api.close()
    assert asked[1]["handle_id"] == 9
    assert asked[1]["session_id"] == 5


def test_a_refusal_is_a_problem(tmp_path: Path) -> None:
    refusal = {"janus": "event", "plugindata": {"data": {"error": "No such room"}}}
    error = {"janus": "error", "error": {"reason": "No such session"}}
    with scripted(tmp_path / "api", CREATED, [refusal], [error]):
        api = Api(tmp_path / "api")
        with pytest.raises(Problem, match=r"refused join .No such room"):
            api.ask(9, {"request": "join"})
        with pytest.raises(Problem, match="refused attach: No such session"):
            api.attach()
        api.close()


def test_who_is_up_is_remembered(tmp_path: Path) -> None:
    up = [{"janus": "webrtcup", "sender": number, "transaction": ""} for number in (1, 2)]
    with scripted(tmp_path / "api", [up[0], *CREATED, up[1]]):
        api = Api(tmp_path / "api")
        api.wait_until_up([1, 2])
        api.close()


def test_a_server_that_goes_is_a_problem(tmp_path: Path) -> None:
    with scripted(tmp_path / "api", CREATED):
        api = Api(tmp_path / "api")
    with pytest.raises(Problem, match="Janus"):
        api.attach()
    api.close()


def test_it_is_said_when_it_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match="apt-get install janus"):
        director.measure(Janus(None), Load(1, 1), 0.1, 0.1, lambda text: None)


def test_a_program_that_ends_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "janus"
    program.write_text("#!/bin/sh\necho no room here\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(janus, "START_TRIES", 2)
    engine = Janus(None)
    with pytest.raises(Problem, match="no room here"):
        engine.start(Load(1, 1))
    engine.stop()


@pytest.mark.parametrize(
    ("said", "version"),
    [("Janus version: 1102 (1.1.2)\nJanus commit: x\n", "Janus 1.1.2"), ("", "Janus"), ("something", "Janus")],
)
def test_version(said: str, version: str) -> None:
    assert janus.version_in(said) == version


@pytest.mark.wire
def test_a_short_call() -> None:
    engine = Janus(None)
    if shutil.which("janus") is None:  # `tools/system-packages bench` installs it: the tests do without
        with pytest.raises(NotInstalled):
            engine.start(Load(1, 1))
        return
    taken = director.measure(engine, Load(6, 1), 0.1, 2.0, lambda text: None).taken
    assert (taken.video_streams, taken.audio_streams) == (6, 5), "the sounds that rtserver would send"
    assert taken.counts.delivered > 100
    assert taken.counts.lost == taken.counts.duplicates == taken.counts.foreign == 0
    assert taken.cpu["server"] > 0
    assert engine.version.startswith("Janus ")
