"""Telling those who come into a room that a teacher shows a board there."""

import msgspec

from rooms.board.messages import BoardViewportMoved
from rtserver.boards.showing import SHOWING_EXPIRES_MS
from rtserver.boards.telling import hear_viewport
from tests.rtserver.boards.easel import OnBoard
from tests.rtserver.hub.support import Seat

RECT = {"x": 0, "y": 0, "width": 300, "height": 200}


def asked_to_look(easel: OnBoard, by: Seat) -> list[dict[str, str]]:
    """What whoever comes into the class room is pushed."""
    return [{"room": easel.classroom.hall, "part": "board", "by": by.member, "board": easel.board}]


async def newcomer(easel: OnBoard) -> Seat:
    """Another pupil, who is just coming in."""
    seat = easel.classroom.sit(await easel.classroom.add("pupil"))
    await come_in(easel, seat)
    return seat


async def come_in(easel: OnBoard, seat: Seat) -> None:
    """`Seat.join` drops what was told meanwhile."""
    await seat.ask("project.join")
    await seat.ask("room.join", room=easel.classroom.hall)


async def test_who_comes_later(easel: OnBoard) -> None:
    """Is asked to look; not those who were there, and not on coming again."""
    await easel.ask(easel.teacher, "board.viewport", **RECT)
    late = await newcomer(easel)
    assert late.outbox.payloads("attention") == asked_to_look(easel, easel.teacher)
    for seat in (late, easel.pupil):
        await come_in(easel, seat)
    assert len(late.outbox.payloads("attention")) == 1
    assert easel.pupil.outbox.payloads("attention") == []


async def test_when_nothing_is_shown(easel: OnBoard) -> None:
    """Nobody is asked: not before, and not when the teacher has stopped."""
    assert (await newcomer(easel)).outbox.payloads("attention") == []
    await easel.ask(easel.teacher, "board.viewport", **RECT)
    easel.classroom.on.clock.advance(SHOWING_EXPIRES_MS)
    assert (await newcomer(easel)).outbox.payloads("attention") == []


async def test_an_older_client(easel: OnBoard) -> None:
    """Is not sent what it does not know."""
    await easel.ask(easel.teacher, "board.viewport", **RECT)
    seat = easel.classroom.sit(await easel.classroom.add("pupil"))
    seat.connection.version = 2
    await come_in(easel, seat)
    assert seat.outbox.payloads("attention") == []


async def test_by_way_of_another_node(easel: OnBoard) -> None:
    """Who shows it may be connected there. A board that was removed meanwhile is shown to nobody."""
    now = easel.classroom.on.clock()
    moved = BoardViewportMoved(easel.board, easel.teacher.member, 0, 0, 300, 200)
    hear_viewport(easel.classroom.live, msgspec.to_builtins(msgspec.structs.replace(moved, board="b_gone")), now)
    assert (await newcomer(easel)).outbox.payloads("attention") == []
    hear_viewport(easel.classroom.live, msgspec.to_builtins(moved), now)
    assert (await newcomer(easel)).outbox.payloads("attention") == asked_to_look(easel, easel.teacher)
