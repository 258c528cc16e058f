"""Boards over lines that break, servers that are killed, and readers who do not read; and what is large."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from rooms.board.elements import POINTS_MAX, Element
from rooms.board.model import BoardElement
from tests.rooms.board.drawing import fields
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET, PYTHON_POLLING, PYTHON_WEBSOCKET, Kind
from tests.wire.conftest import LONG_RUNNING
from tests.wire.drawer import all_reached, change, enter_board, replayed, whole_log
from tests.wire.frames import WITHIN, FrameClient, command, signed_in_frames
from tests.wire.server import Server

one_driver = pytest.mark.one_driver


def long_stroke(name: str, points: int = POINTS_MAX, digits: int = 2) -> dict[str, Any]:
    """A stroke as a page sends it, or with all digits that JavaScript has."""
    numbers = random.Random(points)
    line = [[round(numbers.uniform(-2_000, 2_000), digits) for _ in "xy"] for _ in range(points)]
    return fields("freedraw", name, points=line, pressures=[], simulatePressure=True, lastCommittedPoint=None)


@pytest.mark.parametrize(
    ("kind", "digits"),
    [(NPM_WEBSOCKET, 15), (NPM_POLLING, 15), (PYTHON_WEBSOCKET, 2), (PYTHON_POLLING, 2)],
    ids=str,
)
async def test_the_longest_stroke(classroom: Classroom, kind: Kind, digits: int) -> None:
    """Fits into a message, over every transport and both drivers, and comes back as it was."""
    leo = await enter_board(classroom, "leo", kind)
    watching = await enter_board(classroom, "claire", PYTHON_WEBSOCKET if kind is NPM_POLLING else NPM_POLLING)
    stroke = long_stroke("long", digits=digits)
    answered = await leo.decide("change", changes=[change(stroke)])
    assert answered["superseded"] == []
    await all_reached((leo, watching), answered["seq"])
    for drawer in (leo, watching):
        assert drawer.view.elements["long"]["element"]["points"] == stroke["points"]
    too_long = {**stroke, "id": "longer", "points": [*stroke["points"], [0, 0]]}
    assert await leo.refusal("change", nonce=new_nonce(), changes=[change(too_long)]) == "invalid"


@one_driver
@pytest.mark.parametrize("kind", [NPM_WEBSOCKET, PYTHON_POLLING], ids=str)
async def test_coming_back(classroom: Classroom, kind: Kind) -> None:
    """What was missed comes as events, and a change whose answer was lost is taken once."""
    teacher, leo = await enter_board(classroom, "claire"), await enter_board(classroom, "leo", kind)
    await leo.draw("before")
    given = {"changes": [change(fields("rectangle", "mine"))], "nonce": new_nonce()}
    first = await leo.call("change", **given)
    leo.client.offline()
    await leo.client.until(lambda: not leo.client.is_connected, "being away")
    await teacher.reached(first["seq"])
    await teacher.draw("meanwhile")
    leo.client.online()
    await leo.client.connected(times=2)
    answer = await leo.come_back()
    assert answer["snapshot"] is None
    assert set(leo.view.elements) == {"before", "mine", "meanwhile"}
    assert await leo.call("change", **given) == {"seq": first["seq"], "superseded": None}
    await all_reached((teacher, leo), await leo.draw("after"))
    assert set(teacher.view.elements) == set(leo.view.elements) == {"before", "mine", "meanwhile", "after"}
    assert leo.view.elements["mine"]["version"] == 1


@one_driver
async def test_killed(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """After SIGKILL all that was acknowledged is there, hidden things are hidden, and a resend is known."""
    server = own_server(**LONG_RUNNING)
    classroom: Classroom = await open_room(server)
    teacher, leo = await enter_board(classroom, "claire"), await enter_board(classroom, "leo")
    given = {"changes": [change(fields("rectangle", "mine"))], "nonce": new_nonce()}
    first = await leo.call("change", **given)
    await asyncio.gather(*(leo.draw(f"e{number}") for number in range(250)), teacher.draw("rude"))
    seq = (await teacher.decide("set_hidden", elements=["rude"], hidden=True))["seq"]
    await all_reached((teacher, leo), seq)
    server.kill()
    await asyncio.to_thread(server.start)
    for drawer in (teacher, leo):
        await drawer.client.connected(times=2)
        answer = await drawer.come_back()
        assert answer["snapshot"] is None
    assert await leo.call("change", **given) == {"seq": first["seq"], "superseded": None}
    late = await enter_board(classroom, "jan", PYTHON_WEBSOCKET)
    state = replayed(await whole_log(teacher))
    assert len(state.elements) == 252
    assert teacher.view.shown(True) == state.elements
    shown = {name: one for name, one in state.elements.items() if name != "rude"}
    assert late.view.shown(False) == leo.view.shown(False) == shown


IMPORTED = 5_000
AT_ONCE = 100


@one_driver
async def test_importing_a_large_board(classroom: Classroom) -> None:
    """In chunks as large as a message may be; who comes later gets pages, and the same board."""
    teacher, leo = await enter_board(classroom, "claire"), await enter_board(classroom, "leo", PYTHON_WEBSOCKET)
    imported = [
        long_stroke(f"e{number}", 10) | {"index": f"b{number:05}V", "seed": number} for number in range(IMPORTED)
    ]
    chunks = [imported[start : start + AT_ONCE] for start in range(0, IMPORTED, AT_ONCE)]
    assert max(len(json.dumps(chunk)) for chunk in chunks) < 131_072
    seq = 0
    for chunk in chunks:
        answered = await teacher.decide("change", changes=[change(element) for element in chunk])
        assert answered["superseded"] == []
        seq = answered["seq"]
    assert seq == len(chunks)
    late = await enter_board(classroom, "jan", NPM_POLLING)
    assert late.view.starts[-1][1]["seq"] == seq
    assert len(late.view.unpacked) >= IMPORTED / 500
    await all_reached((teacher, leo), seq)
    for drawer in (teacher, leo, late):
        assert set(drawer.view.elements) == {element["id"] for element in imported}
    one = msgspec.convert(late.view.elements["e4321"], BoardElement)
    assert one.element == msgspec.convert(imported[4321], Element)


VOLATILE_MAX = 100_000
POINTS = 100
STROKES = 9_000
"""More bytes than two kernels keep for one connection, and more than may wait for it."""


@one_driver
@pytest.mark.timeout(120)
async def test_a_reader_who_is_stuck(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """Loses strokes in progress, and no element; nobody else loses anything."""
    server = own_server(
        **LONG_RUNNING,
        volatile_bytes_max=VOLATILE_MAX,
        board_signals_rate=100_000,
        board_signals_burst=100_000,
        board_bytes_burst=1_000_000_000,
    )
    classroom: Classroom = await open_room(server)
    board, members = classroom.room, (classroom.claire, classroom.jan, classroom.leo)
    sessions = [await classroom.session(member) for member in members]
    async with AsyncExitStack() as stack:
        sender, reader, stuck = [
            await stack.enter_async_context(signed_in_frames(server.url, classroom.project, auth)) for auth in sessions
        ]
        for client in (sender, reader, stuck):
            client.send_text(command(1, "room.join", room=board), command(2, "board.join", board=board))
            await _until(client, lambda message: message.startswith("432["))
        stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]
        points = [[at + 0.25, at * 1.5] for at in range(POINTS)]
        got: list[int] = []
        for start in range(0, STROKES, 100):
            for number in range(start, start + 100):
                fields_ = {"board": board, "stroke": "s1", "offset": number, "points": points}
                sender.send_text(f'42["board.stroke",{json.dumps(fields_)}]')
            while len(got) < start + 100:
                got += _offsets(await reader.receive_text())
        assert got == list(range(STROKES)), "who reads loses nothing"
        element = change(fields("rectangle", "finished"))
        sender.send_text(command(3, "board.change", board=board, nonce=new_nonce(), changes=[element]))
        await _until(sender, lambda message: message.startswith("433["))
        stuck.writer.transport.resume_reading()  # type: ignore[attr-defined]
        messages = await _until(stuck, lambda message: '"finished"' in message)
        offsets = [offset for message in messages for offset in _offsets(message)]
        assert offsets == sorted(set(offsets))
        assert 0 < len(offsets) < STROKES
        assert '"board.changed"' in messages[-1]
        assert "socket.slow" not in server.log()


async def _until(client: FrameClient, is_last: Callable[[str], bool]) -> list[str]:
    """Messages up to the one that is waited for."""
    messages: list[str] = []
    async with asyncio.timeout(WITHIN):
        while not messages or not is_last(messages[-1]):
            messages.append(await client.receive_text())
    return messages


def _offsets(message: str) -> list[int]:
    return [json.loads(message[2:])[1]["offset"]] if message.startswith('42["board_stroke"') else []
