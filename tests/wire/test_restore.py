"""A backup of a server at work, put back as an operator does: clients that stood further start anew."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_WEBSOCKET, PYTHON_POLLING
from tests.wire.conftest import LONG_RUNNING
from tests.wire.server import PROGRAM, Server

pytestmark = pytest.mark.one_driver


class Operator:
    """Runs commands on the data of a server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def run(self, *words: str) -> tuple[int, str]:
        """The exit code, and what was said."""
        ended = await asyncio.to_thread(
            subprocess.run,
            [str(PROGRAM), *words, "--data", str(self._folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._folder,
        )
        return ended.returncode, ended.stdout


async def test_backup_is_put_back(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """No hole, no doubled event, no message that is gone; what had ended since the backup has ended."""
    server = own_server(**LONG_RUNNING)
    classroom: Classroom = await open_room(server)
    operator, file = Operator(server.log_file.parent), str(server.log_file.with_name("backup.zip"))
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    pupils = [await classroom.enter(classroom.leo, kind) for kind in (NPM_WEBSOCKET, PYTHON_POLLING)]
    lost = await classroom.session(classroom.zoe)
    await classroom.post(teacher, "what stays")
    secret = await classroom.post(teacher, "what is withdrawn")

    assert (await operator.run("backup", file))[0] == 0  # while the server is at work

    await teacher.call("chat.delete", room=room, message=secret, nonce=new_nonce())
    last = [await classroom.post(teacher, f"after the backup {number}") for number in range(5)][-1]
    await classroom.auth.end_sessions_of_member(classroom.project, classroom.zoe)
    await asyncio.gather(*(client.reached(room, last) for client in (teacher, *pupils)))

    code, said = await operator.run("restore", file, "--replace", "--yes")
    assert (code, "already serving" in said) == (1, True)
    await classroom.post(teacher, "the server did not notice")

    await asyncio.to_thread(server.stop)
    code, said = await operator.run("restore", file, "--replace", "--yes")
    assert (code, "messages withdrawn: 1" in said) == (0, True), said
    await asyncio.to_thread(server.start)

    for client in (teacher, *pupils):
        await client.connected(times=2)
        answer = await client.resume(room)
        assert answer["snapshot"] is not None
        assert client.view(room).texts == ["what stays", ""]
    new = await classroom.post(pupils[0], "it goes on")
    assert new < last
    for client in (teacher, *pupils):
        await client.reached(room, new)
        assert client.view(room).texts == ["what stays", "", "it goes on"]
    refused = await classroom.client(lost, reconnect=False).refused()
    assert refused.name == "session_ended"
