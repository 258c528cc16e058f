"""Pupils write only under a teacher's eyes: the pause, its grace time, and restarts in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_POLLING, NPM_WEBSOCKET, PYTHON_WEBSOCKET, Client, CommandRefused, Kind
from tests.wire.server import Server

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)

GRACE = 3.0
"""Seconds that pupils may go on after the last teacher dropped: on a busy machine, too, they write within them."""

SHORT_GRACE = 0.5
"""Seconds of it where only its end is waited for."""

LONG_GRACE = 60.0
"""Seconds of it whose end nobody waits for."""


@pytest.fixture(scope="module")
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which the pause comes soon."""
    with _serving(tmp_path_factory.mktemp("strict"), GRACE) as server:
        yield server


@pytest.fixture(scope="module")
def patient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on which no teacher is slow to come back."""
    with _serving(tmp_path_factory.mktemp("patient"), LONG_GRACE) as server:
        yield server


@contextmanager
def _serving(folder: Path, grace: float) -> Iterator[Server]:
    server = Server(folder, teacher_grace=grace, presence_grace=0.2, presence_interval=0.05)
    yield server.start()
    server.stop()
    server.check_log()


async def _try(client: Client, room: str) -> str | None:
    try:
        await client.call("chat.post", room=room, text="is anybody watching?", nonce=new_nonce())
    except CommandRefused as refused:
        return refused.code
    return None


async def _told(client: Client, code: str | None, after: int) -> None:
    await client.push("rights", lambda rights: rights["denied"]["post"] == code, after=after)


@every_kind
async def test_pupils_pause_without_a_teacher(strict_server: Server, open_room: Any, kind: Kind) -> None:
    """When the last teacher drops, pupils may write for the grace time, then pause, and go on when one is back."""
    classroom: Classroom = await open_room(strict_server)
    room = classroom.room
    first = await classroom.enter(classroom.claire, kind)
    second = await classroom.enter(classroom.ewa)
    pupil = await classroom.enter(classroom.leo, kind)
    first.offline()
    await first.disconnected()
    assert await _try(pupil, room) is None
    seen = len(pupil.journal)
    second.offline()
    await second.disconnected()
    assert await _try(pupil, room) is None, "the grace time was not given"
    await _told(pupil, "no_teacher_present", seen)
    assert await _try(pupil, room) == "no_teacher_present"
    assert await pupil.refusal("room.signal", room=room, topic="typing", data="") == "no_teacher_present"
    late = await classroom.enter(classroom.zoe)
    assert await _try(late, room) == "no_teacher_present"
    seen = len(pupil.journal)
    first.online()
    await _told(pupil, None, seen)
    assert await _try(pupil, room) is None


@every_kind
async def test_a_teacher_who_is_back_in_time_is_not_missed(patient_server: Server, open_room: Any, kind: Kind) -> None:
    """A teacher's short drop changes nothing for pupils."""
    classroom: Classroom = await open_room(patient_server)
    teacher = await classroom.enter(classroom.claire, kind)
    pupil = await classroom.enter(classroom.leo)
    teacher.drop()
    await teacher.connected(times=2)
    assert await _try(pupil, classroom.room) is None
    assert pupil.pushes("rights") == []


async def test_a_teacher_without_a_ping_is_gone(own_server: Callable[..., Server], open_room: Any) -> None:
    """A polling teacher whose machine vanished is noticed by the heartbeat, and pupils pause."""
    # The pupil has to answer pings in time, too.
    settings = {"teacher_grace": SHORT_GRACE, "presence_grace": 0.2, "ping_interval": 1, "ping_timeout": 4}
    classroom: Classroom = await open_room(own_server(**settings))
    teacher = await classroom.connect(classroom.claire, KINDS[-1], reconnect=False)
    pupil = await classroom.enter(classroom.leo, NPM_WEBSOCKET)
    assert await _try(pupil, classroom.room) is None
    teacher.drop()
    await _told(pupil, "no_teacher_present", 0)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_restart_within_the_grace_does_not_pause(
    own_server: Callable[..., Server], open_room: Any, end: str
) -> None:
    """Pupils who are back before their teacher go on writing when the server was restarted, or even killed."""
    server = own_server(teacher_grace=LONG_GRACE)
    classroom: Classroom = await open_room(server)
    teacher = await classroom.enter(classroom.claire, NPM_POLLING)
    pupils = [
        await classroom.enter(member, kind)
        for member, kind in zip((classroom.leo, classroom.jan), (NPM_WEBSOCKET, PYTHON_WEBSOCKET), strict=True)
    ]
    await classroom.post(pupils[0], "before the restart")
    teacher.offline()
    await teacher.disconnected()
    getattr(server, end)()
    server.start()
    for pupil in pupils:
        await pupil.connected(times=2)
        assert (await pupil.resume(classroom.room))["rights"]["denied"]["post"] is None
        assert await _try(pupil, classroom.room) is None


async def test_a_restart_after_the_grace_does_pause(own_server: Callable[..., Server], open_room: Any) -> None:
    """A teacher who had gone before does not count because the server was restarted."""
    server = own_server(teacher_grace=SHORT_GRACE)
    classroom: Classroom = await open_room(server)
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.leo)
    teacher.offline()
    await _told(pupil, "no_teacher_present", 0)
    server.stop()
    server.start()
    await pupil.connected(times=2)
    assert (await pupil.resume(classroom.room))["rights"]["denied"]["post"] == "no_teacher_present"
    assert await _try(pupil, classroom.room) == "no_teacher_present"
