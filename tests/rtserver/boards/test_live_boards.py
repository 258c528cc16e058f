"""The boards of a project that somebody follows: who is on which, and that none stays without anybody."""

from rtserver.boards.live_boards import KEPT_DESERTED_MAX, LiveBoards
from tests.rtserver.boards.easel import OnBoard
from tests.rtserver.hub.support import Classroom, Seat, connection_of


async def second_board(easel: OnBoard) -> str:
    """Another board of the room, which everybody follows too."""
    await easel.teacher.ask("board.add", room=easel.classroom.hall, name="Second")
    board: str = easel.classroom.live.state.boards_of(easel.classroom.hall)[-1].id
    for seat in easel.seats:
        await seat.ask("board.join", board=board)
    easel.clear()
    return board


async def test_two_boards_of_a_room(easel: OnBoard) -> None:
    """Each has its own followers, and its own events."""
    second = await second_board(easel)
    assert [live.id for live in easel.classroom.live.boards] == [easel.board, second]
    await easel.other.ask("board.leave", board=second)
    await easel.draw(easel.pupil, "one")
    await easel.pupil.ask("board.cursor", board=second, x=1, y=1)
    assert [len(easel.events(seat)) for seat in easel.seats] == [1, 1, 1]
    assert [len(seat.outbox.payloads("board_cursor")) for seat in easel.seats] == [1, 0, 0]


async def test_leaving_the_room(easel: OnBoard) -> None:
    """Leaves its boards, those of another room not."""
    second = await second_board(easel)
    staff_room = easel.classroom.staff_room
    await easel.teacher.join(staff_room)
    await easel.teacher.ask("board.join", board=staff_room)
    await easel.teacher.ask("room.leave", room=easel.classroom.hall)
    assert easel.teacher.connection.boards == {staff_room}
    for board in (easel.board, second):
        live = easel.classroom.live.boards.get(board)
        assert live is not None
        assert set(live.connections) == {easel.pupil.connection.id, easel.other.connection.id}


async def test_the_last_one(easel: OnBoard) -> None:
    """Takes the board along after a while, however they go; who comes back before finds it as it was."""
    await easel.ask(easel.teacher, "board.leave")
    await easel.pupil.ask("room.leave", room=easel.board)
    kept = easel.live
    easel.classroom.live.disconnect(easel.other.connection)
    easel.classroom.live.boards.advance()
    assert easel.live is kept
    easel.deserted_for_long()
    assert list(easel.classroom.live.boards) == []
    assert easel.other.connection.boards == set()


async def test_few_are_kept(easel: OnBoard) -> None:
    """Of those that nobody follows, the last ones that were left."""
    for _ in range(KEPT_DESERTED_MAX + 1):
        await easel.teacher.ask("board.add", room=easel.classroom.hall, name="One more")
    boards = [board.id for board in easel.classroom.live.state.boards_of(easel.classroom.hall)[1:]]
    for board in boards:
        await easel.other.ask("board.join", board=board)
    for board in boards:
        easel.classroom.on.clock.advance(1)
        await easel.other.ask("board.leave", board=board)
    assert [live.id for live in easel.classroom.live.boards] == [easel.board, *boards[1:]]


async def test_one_that_was_removed(easel: OnBoard) -> None:
    """Nobody follows it any more; they stay in the room and on the others."""
    second = await second_board(easel)
    await easel.ask(easel.teacher, "board.remove")
    assert [live.id for live in easel.classroom.live.boards] == [second]
    for seat in easel.seats:
        assert (seat.connection.boards, seat.connection.rooms) == ({second}, {easel.board})


async def test_the_log_was_replaced(easel: OnBoard) -> None:
    """Those on the board come back; others stay."""
    await easel.ask(easel.other, "board.leave")
    easel.classroom.live.boards.reset(easel.board)
    easel.classroom.live.boards.reset("b_nowhere")
    assert [seat.outbox.is_finished for seat in easel.seats] == [True, True, False]


def test_nobody_is_there() -> None:
    """Nothing happens."""
    boards = LiveBoards()
    connection = connection_of()
    boards.tell("b1", [])
    boards.leave(connection, "b1")
    boards.advance()
    assert boards.get("b1") is None


async def test_rights_change_with_the_project(classroom: Classroom, easel: OnBoard) -> None:
    """A lock, a capability, a teacher who goes: whom it concerns is told."""

    def told(seat: Seat) -> list[str | None]:
        found = [rights["denied"]["draw"] for rights in seat.outbox.payloads("board_rights")]
        easel.clear()
        return found

    lock = {"room": easel.board, "capability": "draw"}
    await easel.teacher.ask("room.set_lock", **lock, locked=True)
    assert (told(easel.pupil), told(easel.teacher)) == (["room_locked"], [])
    await easel.teacher.ask("room.set_lock", **lock, locked=False)
    assert told(easel.pupil) == [None]
    off = {"member": easel.pupil.member, "capability": "draw", "allowed": False}
    await easel.teacher.ask("member.set_capability", **off)
    assert (told(easel.pupil), told(easel.other)) == (["capability_off"], [])
    await easel.teacher.ask("member.set_capability", **{**off, "allowed": True})
    easel.clear()
    classroom.live.disconnect(easel.teacher.connection)
    classroom.live.tell_presence()
    classroom.on.clock.now += 60_001
    for seat in (easel.pupil, easel.other):
        classroom.live.presence.connect(seat.connection.id, seat.member, is_staff=False)
    classroom.live.tell_presence()
    assert [rights["denied"]["draw"] for rights in easel.pupil.outbox.payloads("board_rights")] == [
        "no_teacher_present"
    ]
    assert len(easel.other.outbox.payloads("board_rights")) == 1
