"""Each command about boards through `handle`, over real streams and rules."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from rooms.board.decide import decide
from rooms.board.messages import BOARD_RESULTS, BoardAnswered, BoardChange, BoardCommand, BoardPage
from rooms.errors import ErrorCode, Refused
from rooms.messages import Accepted, Command
from rooms.ports import LogUnavailable
from rooms.project import ProjectState
from rooms.stored import encode_body
from rtserver.boards import commands, snapshots
from rtserver.boards.weights import event_bytes
from rtserver.hub import dispatch
from rtserver.hub.limits import HISTORY_RATE
from rtserver.hub.outbox import Lane
from rtserver.owners import Owners
from rtserver.wire import WIRE_PUSHES
from tests.rooms.board.drawing import fields
from tests.rtserver.boards.easel import OnBoard, elements_of, rectangles, strokes
from tests.rtserver.hub.support import Seat, command, fresh

Exercise = Callable[[OnBoard], Awaitable[Any]]
EXERCISES: dict[str, Exercise] = {}
RECT = {"x": 0.0, "y": 1.5, "width": 800.0, "height": 600.0}


def exercise(tag: str) -> Callable[[Exercise], Exercise]:
    """The function tries the command `tag`, asserts what follows, and returns its result."""

    def note(function: Exercise) -> Exercise:
        EXERCISES[tag] = function
        return function

    return note


@exercise("board.add")
async def _add(easel: OnBoard) -> Any:
    result = await easel.teacher.ask("board.add", room=easel.classroom.hall, name="Rivers")
    added = easel.classroom.live.state.boards_of(easel.classroom.hall)[-1]
    assert (added.id[:2], added.name) == ("b_", "Rivers")
    return result


@exercise("board.rename")
async def _rename(easel: OnBoard) -> Any:
    result = await easel.ask(easel.teacher, "board.rename", name="Rivers")
    board = easel.classroom.live.state.board(easel.board)
    assert board is not None
    assert board.name == "Rivers"
    return result


@exercise("board.move")
async def _move(easel: OnBoard) -> Any:
    await _add(easel)
    result = await easel.ask(easel.teacher, "board.move", before=None)
    assert easel.classroom.live.state.boards_of(easel.classroom.hall)[-1].id == easel.board
    return result


@exercise("board.remove")
async def _remove(easel: OnBoard) -> Any:
    await _add(easel)
    result = await easel.ask(easel.teacher, "board.remove")
    assert easel.classroom.live.state.board(easel.board) is None
    assert easel.pupil.connection.boards == set()
    return result


@exercise("board.change")
async def _change(easel: OnBoard) -> Any:
    result = await easel.change(easel.pupil, rectangles("one", "two"))
    assert set(easel.state.elements) == {"one", "two"}
    for seat in easel.seats:
        (body,) = easel.events(seat)
        assert [element["creator"] for element in body["elements"]] == [easel.pupil.member] * 2
    return result


@exercise("board.clear")
async def _clear(easel: OnBoard) -> Any:
    await easel.draw(easel.pupil, "one")
    await easel.draw(easel.other, "two")
    result = await easel.ask(easel.teacher, "board.clear", member=easel.pupil.member)
    assert set(easel.state.elements) == {"two"}
    return result


@exercise("board.undo_clear")
async def _undo_clear(easel: OnBoard) -> Any:
    cleared = await _clear(easel)
    result = await easel.ask(easel.teacher, "board.undo_clear", clear=cleared.seq)
    assert set(easel.state.elements) == {"one", "two"}
    return result


@exercise("board.set_hidden")
async def _set_hidden(easel: OnBoard) -> Any:
    await easel.draw(easel.pupil, "one")
    result = await easel.ask(easel.teacher, "board.set_hidden", elements=["one"], hidden=True)
    assert easel.state.hidden == {"one"}
    return result


@exercise("board.set_policy")
async def _set_policy(easel: OnBoard) -> Any:
    result = await easel.ask(easel.teacher, "board.set_policy", policy={"drawers": "teachers"})
    (rights,) = easel.pupil.outbox.payloads("board_rights")
    assert rights["denied"]["draw"] == "board_read_only"
    return result


@exercise("board.join")
async def _join(easel: OnBoard) -> Any:
    await easel.draw(easel.pupil, "one")
    seat = easel.classroom.sit(easel.pupil.member)
    await seat.join(easel.classroom.hall)
    result = await easel.joined(seat)
    assert result.snapshot is not None
    assert (result.snapshot.count, result.snapshot.pages, len(result.events)) == (0, 1, 1), "the one of the empty board"
    assert result.snapshot_position is not None
    assert (result.position, result.snapshot_position.seq) == (easel.live.stream.position, 0)
    assert [element.element.id for element in await easel.whole(seat, result)] == ["one"]
    return result


@exercise("board.page")
async def _page(easel: OnBoard) -> Any:
    await _fill(easel)
    joined = await easel.joined(easel.other)
    assert joined.snapshot is not None
    result = await easel.ask(easel.other, "board.page", page=2)
    assert result.page == 2
    assert elements_of(result)[0].element.id == f"s{len(elements_of(joined.snapshot.first))}"
    return result


@exercise("board.leave")
async def _leave(easel: OnBoard) -> Any:
    result = await easel.ask(easel.other, "board.leave")
    await easel.draw(easel.pupil, "one")
    assert easel.other.outbox.pushes() == []
    assert await easel.refusal(easel.other, "board.cursor", x=0, y=0) == "not_joined"
    return result


@exercise("board.history")
async def _history(easel: OnBoard) -> Any:
    for name in ("one", "two", "three"):
        await easel.draw(easel.pupil, name)
    result = await easel.ask(easel.other, "board.history", after=1, limit=1)
    assert ([event.seq for event in result.events], result.pruned, result.head) == ([2], 0, 3)
    return result


@exercise("board.cursor")
async def _cursor(easel: OnBoard) -> Any:
    result = await easel.ask(easel.pupil, "board.cursor", x=1, y=2, tool="laser", pressed=True, selected=["one"])
    expected = {"x": 1.0, "y": 2.0, "tool": "laser", "pressed": True, "selected": ["one"]}
    _told_to_others(easel, easel.pupil, "board_cursor", expected)
    assert easel.other.outbox.newest_of == [(f"board:{easel.board}", easel.pupil.member, "board_cursor")]
    return result


@exercise("board.stroke")
async def _stroke(easel: OnBoard) -> Any:
    look = {"x": 0.5, "y": 1.5, "color": "#1e1e1e", "width": 2.0, "opacity": 100.0}
    given = {"stroke": "s1", "offset": 0, "points": [[0.0, 0.0], [1.0, 1.5]], "look": look, "over": False}
    result = await easel.ask(easel.pupil, "board.stroke", **given)
    _told_to_others(easel, easel.pupil, "board_stroke", given)
    assert easel.other.outbox.newest_of == [None]
    return result


@exercise("board.viewport")
async def _viewport(easel: OnBoard) -> Any:
    result = await easel.ask(easel.teacher, "board.viewport", **RECT)
    _told_to_others(easel, easel.teacher, "board_viewport", RECT)
    assert easel.other.outbox.newest_of == [(f"board:{easel.board}", easel.teacher.member, "board_viewport")]
    return result


@exercise("board.bring")
async def _bring(easel: OnBoard) -> Any:
    result = await easel.ask(easel.teacher, "board.bring", **RECT)
    _told_to_others(easel, easel.teacher, "board_brought", RECT, Lane.DURABLE)
    return result


def _told_to_others(
    easel: OnBoard, sender: Seat, push: str, expected: dict[str, Any], lane: Lane = Lane.VOLATILE
) -> None:
    for seat in easel.seats:
        told = [{**expected, "board": easel.board, "member": sender.member}] if seat is not sender else []
        assert seat.outbox.payloads(push) == told
        assert {lane for _, lane in seat.outbox.frames} <= {lane}


async def _fill(easel: OnBoard, count: int = 600) -> None:
    """So many small strokes, by the teacher."""
    changes = strokes(count, 2)
    for start in range(0, count, 300):
        await easel.change(easel.teacher, changes[start : start + 300])
    easel.clear()


def test_every_command_has_a_handler_and_an_exercise() -> None:
    """A new command needs both."""
    kinds = {str(kind.__struct_config__.tag): kind for kind in BoardCommand.__args__}
    assert set(commands.HANDLERS) < set(kinds.values()) <= set(dispatch.HANDLERS)
    assert set(EXERCISES) == set(kinds)


def _kind(tag: str) -> type[Command]:
    return next(kind for kind in BoardCommand.__args__ if kind.__struct_config__.tag == tag)


@pytest.mark.parametrize("tag", sorted(EXERCISES))
async def test_command(tag: str, easel: OnBoard) -> None:
    """It does what it says, and is answered with what the protocol says; all that is sent can be encoded."""
    result = await EXERCISES[tag](easel)
    assert type(result) is BOARD_RESULTS[_kind(tag)]
    for seat in easel.seats:
        for name, payload in seat.outbox.pushes():
            msgspec.convert(payload, WIRE_PUSHES[name])


GIVEN: dict[str, dict[str, Any]] = {
    "board.change": {"changes": rectangles("one")},
    "board.clear": {"member": None},
    "board.undo_clear": {"clear": 1},
    "board.set_hidden": {"elements": ["one"], "hidden": True},
    "board.set_policy": {"policy": {}},
    "board.join": {},
    "board.page": {"page": 1},
    "board.history": {"after": 0},
    "board.cursor": {"x": 0, "y": 0},
    "board.stroke": {"stroke": "s1", "offset": 0, "points": []},
    "board.viewport": RECT,
    "board.bring": RECT,
}
"""Valid fields of every command about one board that may be refused."""

OF_TEACHERS = {
    "board.clear",
    "board.undo_clear",
    "board.set_hidden",
    "board.set_policy",
    "board.viewport",
    "board.bring",
}
OF_DRAWERS = {"board.change", "board.cursor", "board.stroke"}
every_command = pytest.mark.parametrize("tag", sorted(GIVEN))


class TestWhoMay:
    @every_command
    async def test_a_board_that_is_not_there(self, tag: str, easel: OnBoard) -> None:
        """Nor one of a room that pupils are not told of: the answers are the same."""
        for board in ("b_nowhere", easel.classroom.staff_room):
            assert await easel.pupil.refusal(tag, board=board, **GIVEN[tag]) is ErrorCode.UNKNOWN_BOARD

    @every_command
    async def test_not_in_the_room(self, tag: str, easel: OnBoard) -> None:
        """One enters the room first."""
        refused = await easel.teacher.refusal(tag, board=easel.classroom.staff_room, **GIVEN[tag])
        assert refused is ErrorCode.NOT_JOINED

    @pytest.mark.parametrize("tag", sorted(set(GIVEN) - {"board.join"}))
    async def test_not_on_the_board(self, tag: str, easel: OnBoard) -> None:
        """To be in the room is not enough."""
        await easel.ask(easel.teacher, "board.leave")
        assert await easel.refusal(easel.teacher, tag, **GIVEN[tag]) == "not_joined"

    @every_command
    async def test_banned_from_the_room(self, tag: str, easel: OnBoard) -> None:
        """Out of the room and off the board."""
        await easel.teacher.ask("member.set_room_ban", member=easel.pupil.member, room=easel.board, banned=True)
        assert await easel.refusal(easel.pupil, tag, **GIVEN[tag]) == "room_banned"
        easel.clear()
        await easel.draw(easel.teacher, "one")
        assert easel.pupil.outbox.pushes() == []
        assert easel.pupil.connection.boards == set()

    @pytest.mark.parametrize("tag", sorted(OF_TEACHERS))
    async def test_what_teachers_do(self, tag: str, easel: OnBoard) -> None:
        """Pupils do not."""
        assert await easel.refusal(easel.pupil, tag, **GIVEN[tag]) == "teachers_only"

    @pytest.mark.parametrize("tag", sorted(OF_DRAWERS))
    async def test_without_the_pen(self, tag: str, easel: OnBoard) -> None:
        """Nothing is drawn or shown, for whatever reason one has no pen."""
        await easel.policy(drawers="chosen", members=[easel.other.member])
        assert await easel.refusal(easel.pupil, tag, **GIVEN[tag]) == "board_read_only"
        assert not isinstance(await easel.ask(easel.other, tag, **GIVEN[tag]), Refused)
        await easel.policy(drawers="nobody")
        assert await easel.refusal(easel.teacher, tag, **GIVEN[tag]) == "board_read_only"
        await easel.policy()
        lock = {"room": easel.board, "capability": "draw"}
        await easel.teacher.ask("room.set_lock", **lock, locked=True)
        assert await easel.refusal(easel.pupil, tag, **GIVEN[tag]) == "room_locked"
        await easel.teacher.ask("room.set_lock", **lock, locked=False)
        off = {"member": easel.pupil.member, "capability": "draw"}
        await easel.teacher.ask("member.set_capability", **off, allowed=False)
        assert await easel.refusal(easel.pupil, tag, **GIVEN[tag]) == "capability_off"
        await easel.teacher.ask("member.set_capability", **off, allowed=True)
        easel.clear()
        assert not isinstance(await easel.ask(easel.pupil, tag, **GIVEN[tag]), Refused)

    @pytest.mark.parametrize("tag", sorted(OF_DRAWERS))
    async def test_no_teacher(self, tag: str, easel: OnBoard) -> None:
        """When the teacher's grace time is over, pupils pause."""
        easel.classroom.live.disconnect(easel.teacher.connection)
        assert not isinstance(await easel.ask(easel.pupil, tag, **GIVEN[tag]), Refused)
        easel.classroom.on.clock.now += 60_001
        easel.classroom.live.presence.connect(easel.pupil.connection.id, easel.pupil.member, is_staff=False)
        assert await easel.refusal(easel.pupil, tag, **GIVEN[tag]) == "no_teacher_present"

    @pytest.mark.parametrize("tag", sorted(OF_DRAWERS | OF_TEACHERS))
    async def test_archived(self, tag: str, easel: OnBoard) -> None:
        """It is read, not changed, by anybody."""
        await easel.draw(easel.teacher, "before")
        await easel.classroom.set_phase("archived")
        assert await easel.refusal(easel.teacher, tag, **GIVEN[tag]) == "project_archived"
        joined = await easel.joined(easel.pupil)
        assert [one.element.id for one in await easel.whole(easel.pupil, joined)] == ["before"]
        assert joined.rights.denied["draw"] == joined.rights.denied["moderate"] == "project_archived"

    @every_command
    async def test_removed(self, tag: str, easel: OnBoard) -> None:
        """A board that is gone is as one that never was; who followed it does not any more."""
        await easel.teacher.ask("board.add", room=easel.board, name="Another")
        await easel.ask(easel.teacher, "board.remove")
        assert await easel.refusal(easel.teacher, tag, **GIVEN[tag]) == "unknown_board"
        assert easel.live is None

    async def test_a_member_who_is_removed(self, easel: OnBoard) -> None:
        """Gets nothing any more."""
        await easel.teacher.ask("member.remove", member=easel.pupil.member)
        easel.classroom.live.disconnect(easel.pupil.connection)
        assert easel.pupil.connection.id not in easel.live.connections
        assert await easel.refusal(easel.pupil, "board.join") == "not_a_member"


class TestChanging:
    async def test_what_was_not_taken(self, easel: OnBoard) -> None:
        """The second of two is shown what the first made of it; the rest of the command is taken."""
        await easel.policy(change_others=True)
        await easel.draw(easel.pupil, "one")
        await easel.change(easel.other, rectangles("one", base=1, x=70))
        answered = await easel.change(easel.pupil, [*rectangles("one", base=1, x=80), *rectangles("two")])
        (superseded,) = answered.superseded or ()
        assert (superseded.id, superseded.code) == ("one", ErrorCode.ELEMENT_CHANGED)
        assert superseded.element is not None
        assert (superseded.element.element.x, superseded.element.editor) == (70, easel.other.member)
        assert set(easel.state.elements) == {"one", "two"}

    async def test_a_resend(self, easel: OnBoard) -> None:
        """Gets the first one's seq, changes nothing, and does not know any more what was not taken."""
        await easel.draw(easel.pupil, "one")
        changes = [*rectangles("one", x=5), *rectangles("two")]
        first = await easel.change(easel.pupil, changes, nonce="nonce-again")
        assert first.superseded is not None
        assert [one.id for one in first.superseded] == ["one"]
        await easel.draw(easel.other, "three")
        again = await easel.change(easel.pupil, changes, nonce="nonce-again")
        assert again == BoardAnswered(first.seq, None)
        assert await asyncio.gather(
            *(easel.change(easel.pupil, rectangles("four"), nonce="nonce-fourth") for _ in range(2))
        ) == [BoardAnswered(first.seq + 2, ()), BoardAnswered(first.seq + 2, None)]

    async def test_a_resend_that_only_the_log_knows(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is decided, then found to be one: what was decided on the way is not answered."""
        changes = rectangles("one")
        first = await easel.change(easel.pupil, changes, nonce="nonce-again")
        easel.live.stream._recent.clear()
        assert await easel.change(easel.pupil, changes, nonce="nonce-again") == BoardAnswered(first.seq, None)

    async def test_decided_again(self, easel: OnBoard) -> None:
        """When another process was first, what holds is what was decided last."""
        await easel.policy(change_others=True)
        await easel.draw(easel.pupil, "one")
        store, clock = easel.classroom.store, easel.classroom.on.clock
        elsewhere = await Owners(store, store, clock).board(easel.board)
        theirs = msgspec.convert(
            {"nonce": fresh(), "board": easel.board, "changes": rectangles("one", base=1, x=500)}, BoardChange
        )
        standing = easel.classroom.live.standing(easel.other.member, easel.board)
        await elsewhere.submit(
            easel.other.member, fresh(), lambda state: decide(state, standing, easel.other.member, theirs, 0).decision
        )
        easel.clear()
        answered = await easel.change(easel.pupil, [*rectangles("one", base=1, x=7), *rectangles("two")])
        assert [(one.id, one.element and one.element.element.x) for one in answered.superseded or ()] == [("one", 500)]
        told = [one["element"]["id"] for body in easel.events(easel.pupil) for one in body["elements"]]
        assert told == ["one", "two"]

    async def test_much_that_was_not_taken(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is not all sent back: the client has the board."""
        monkeypatch.setattr(commands, "SUPERSEDED_BYTES_MAX", 2_500)
        await easel.draw(easel.pupil, *(f"e{number}" for number in range(5)))
        few = await easel.change(easel.other, rectangles("e0", "e1", x=1))
        many = await easel.change(easel.other, rectangles(*(f"e{number}" for number in range(5)), x=1))
        assert (len(few.superseded or ()), many.superseded) == (2, None)

    async def test_removed_while_it_waits(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """The board's removal is committed before it is decided."""
        waiting = easel.pupil.begin(command("board.change", board=easel.board, changes=rectangles("one")))
        monkeypatch.setattr(ProjectState, "board", lambda *_: None)
        assert (await waiting).code is ErrorCode.UNKNOWN_BOARD

    async def test_nothing_of_what_is_hidden_is_answered(self, easel: OnBoard) -> None:
        """To whom it is not there it is not there in an answer either."""
        await easel.draw(easel.pupil, "one")
        await easel.ask(easel.teacher, "board.set_hidden", elements=["one"], hidden=True)
        for base in (0, 1):
            answered = await easel.change(easel.pupil, rectangles("one", base=base, x=3))
            (superseded,) = answered.superseded or ()
            assert (superseded.code, superseded.element) == (ErrorCode.ELEMENT_GONE, None)

    async def test_the_store_fails(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """It may be tried again, and was not done."""

        async def broken(_: object) -> None:
            raise LogUnavailable("broken by the test")

        monkeypatch.setattr(easel.classroom.store, "append", broken)
        assert await easel.refusal(easel.pupil, "board.change", changes=rectangles("one")) == "unavailable"
        monkeypatch.undo()
        assert easel.state.elements == {}
        await easel.draw(easel.pupil, "one")


class TestJoining:
    async def test_events_instead_of_a_snapshot(self, easel: OnBoard) -> None:
        """What was missed since the position."""
        await easel.draw(easel.pupil, "one")
        position = msgspec.to_builtins(easel.live.stream.position)
        await easel.draw(easel.pupil, "two")
        joined = await easel.joined(easel.other, position=position)
        assert (joined.snapshot, joined.snapshot_position) == (None, None)
        assert [event.seq for event in joined.events] == [2]

    @pytest.mark.parametrize("position", [{"epoch": "another", "seq": 1}, {"epoch": "", "seq": 99}, None])
    async def test_a_snapshot(self, position: dict[str, Any] | None, easel: OnBoard) -> None:
        """Of another log, from beyond the head, or anew."""
        await easel.draw(easel.pupil, "one")
        given = {**position, "epoch": position["epoch"] or easel.live.stream.position.epoch} if position else None
        joined = await easel.joined(easel.other, position=given)
        assert [one.element.id for one in await easel.whole(easel.other, joined)] == ["one"]

    async def test_a_board_that_nobody_follows_yet(self, easel: OnBoard) -> None:
        """Is read, once for two who come at the same time; nothing of what happens meanwhile is lost."""
        await easel.draw(easel.pupil, "one")
        position = msgspec.to_builtins(easel.live.stream.position)
        for seat in easel.seats:
            await easel.ask(seat, "board.leave")
        easel.deserted_for_long()
        assert easel.live is None
        easel.classroom.store.pause()
        joining = [
            easel.teacher.begin(command("board.join", board=easel.board)),
            easel.pupil.begin(command("board.join", board=easel.board, position=position)),
        ]
        await easel.classroom.store.arrival()
        easel.classroom.store.resume()
        joined = [await one for one in joining]
        assert joined[0].snapshot.count == 1
        assert (joined[1].snapshot, joined[1].events) == (None, ())
        easel.clear()
        await easel.draw(easel.teacher, "two")
        assert [len(easel.events(seat)) for seat in easel.seats] == [1, 1, 0]

    async def test_drawn_while_the_first_page_is_made(self, easel: OnBoard) -> None:
        """Neither in the answer nor lost: it follows as an event."""
        await _fill(easel)
        joining = easel.other.begin(command("board.join", board=easel.board))
        await easel.draw(easel.teacher, "meanwhile")
        joined = await joining
        await easel.classroom.finished()
        assert joined.position.seq == 2
        ids = {one.element.id for one in await easel.whole(easel.other, joined)}
        assert len(ids) == joined.snapshot.count == 600
        assert [one["element"]["id"] for body in easel.events(easel.other) for one in body["elements"]] == ["meanwhile"]

    async def test_dropped_while_it_is_loaded(self, easel: OnBoard) -> None:
        """A socket that is gone does not stay on the board for ever."""
        for seat in easel.seats:
            await easel.ask(seat, "board.leave")
        easel.deserted_for_long()
        easel.classroom.store.pause()
        easel.pupil.begin(command("board.join", board=easel.board))
        await easel.classroom.store.arrival()
        easel.pupil.connection.close()
        easel.classroom.live.disconnect(easel.pupil.connection)
        easel.classroom.store.resume()
        await easel.classroom.finished()
        assert easel.live is None or easel.live.is_deserted

    @pytest.mark.parametrize("how", ["banned", "board.leave", "room.leave"])
    async def test_out_while_the_first_page_is_made(
        self, how: str, easel: OnBoard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Refused, off the board, nothing of it told, then or later."""
        monkeypatch.setattr(snapshots, "AT_ONCE_BYTES", 1)
        await _fill(easel)
        go_on = threading.Event()
        make = snapshots.make_page

        def slow(number: int, elements: Any) -> BoardPage:
            assert go_on.wait(10)
            return make(number, elements)

        monkeypatch.setattr(snapshots, "make_page", slow)
        joining = easel.other.begin(command("board.join", board=easel.board))
        await asyncio.sleep(0)
        if how == "banned":
            member = easel.other.member
            await easel.teacher.ask("member.set_room_ban", member=member, room=easel.board, banned=True)
        else:
            await easel.other.ask(how, **{how.partition(".")[0]: easel.board})
        go_on.set()
        outcome = await joining
        assert outcome.code is (ErrorCode.ROOM_BANNED if how == "banned" else ErrorCode.NOT_JOINED)
        await easel.classroom.finished()
        easel.clear()
        await easel.draw(easel.teacher, "later")
        assert easel.events(easel.other) == []
        assert easel.other.connection.id not in easel.live.connections

    async def test_a_join_that_fails(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not on the board, and nothing piles up for a join that never ends; the next try works."""
        monkeypatch.setattr(snapshots, "AT_ONCE_BYTES", 1)
        await _fill(easel)

        def broken(number: int, elements: Any) -> BoardPage:
            raise MemoryError

        with monkeypatch.context() as patch:
            patch.setattr(snapshots, "make_page", broken)
            assert await easel.refusal(easel.other, "board.join") == "internal"
        easel.clear()
        await easel.draw(easel.pupil, "three")
        assert easel.other.outbox.frames == []
        joined = await easel.joined(easel.other)
        assert joined.position == easel.live.stream.position

    async def test_a_board_that_cannot_be_loaded(self, easel: OnBoard) -> None:
        """The next try works."""
        for seat in easel.seats:
            await easel.ask(seat, "board.leave")
        easel.deserted_for_long()
        assert easel.live is None
        easel.classroom.store.fault = LogUnavailable("broken by the test")
        assert await easel.refusal(easel.other, "board.join") == "unavailable"
        easel.classroom.store.fault = None
        assert (await easel.joined(easel.other)).position.seq == 0

    async def test_far_behind(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who missed what is not at hand any more gets the snapshot that all get; the log is not asked."""
        await easel.draw(easel.pupil, "one")
        position = msgspec.to_builtins(easel.live.stream.position)
        await easel.draw(easel.pupil, "two")
        easel.live.stream._events.reset(2)
        easel.classroom.store.fault = LogUnavailable("broken by the test")
        joined = await easel.joined(easel.other, position=position)
        assert (joined.snapshot_position, joined.events) == (joined.position, ())
        assert len(await easel.whole(easel.other, joined)) == 2
        easel.classroom.store.fault = None
        await easel.draw(easel.pupil, "three")
        again = await easel.joined(easel.other, position=msgspec.to_builtins(joined.position))
        assert (again.snapshot, [event.seq for event in again.events]) == (None, [3])

    async def test_rights(self, easel: OnBoard) -> None:
        """Come with the answer, and only what differs from them later."""
        await easel.policy(drawers="teachers", export=False)
        joined = await easel.joined(easel.pupil)
        assert joined.rights.denied == {
            "draw": "board_read_only",
            "change_others": "board_read_only",
            "export": "export_off",
            "moderate": "teachers_only",
        }
        easel.clear()
        await easel.teacher.ask("room.set_lock", room=easel.board, capability="post", locked=True)
        assert easel.pupil.outbox.payloads("board_rights") == []

    async def test_twice(self, easel: OnBoard) -> None:
        """As after a lost answer: still one of each event."""
        await easel.joined(easel.pupil)
        easel.clear()
        await easel.draw(easel.teacher, "one")
        assert len(easel.events(easel.pupil)) == 1

    async def test_after_a_clearing_was_undone(self, easel: OnBoard) -> None:
        """Events cannot say what is back: who was away gets a snapshot, and so does who comes next."""
        await easel.draw(easel.pupil, "one")
        position = msgspec.to_builtins(easel.live.stream.position)
        await easel.joined(easel.other)
        cleared = await easel.ask(easel.teacher, "board.clear", member=None)
        await easel.ask(easel.teacher, "board.undo_clear", clear=cleared.seq)
        for given in (position, None):
            joined = await easel.joined(easel.other, position=given)
            assert joined.snapshot is not None
            assert (joined.snapshot_position, joined.events) == (joined.position, ())
            assert [one.element.id for one in await easel.whole(easel.other, joined)] == ["one"]


async def pages(easel: OnBoard, limit: int) -> list[list[int]]:
    """The seqs of each page of a board's history."""
    found: list[list[int]] = []
    after = 0
    while after < easel.live.stream.position.seq:
        page = await easel.ask(easel.other, "board.history", after=after, limit=limit)
        found.append([event.seq for event in page.events])
        after = found[-1][-1]
    return found


class TestHistory:
    async def test_pages(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """One after another they are the whole log, in memory or not; from the log one ends where it is too large."""
        for number in range(10):
            await easel.draw(easel.pupil, f"e{number}")
        await easel.change(easel.pupil, strokes(1, 1_000))
        small = len(encode_body((await easel.live.stream.read(0, 1))[0].body))
        monkeypatch.setattr(commands, "HISTORY_BYTES_MAX", 4 * small + 100)
        assert await pages(easel, 5) == [[1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11]]
        easel.live.stream._events.reset(11)
        assert await pages(easel, 5) == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10], [11]]
        assert await pages(easel, 3) == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10], [11]]

    async def test_read_once(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page is one look into the log, whatever it holds: between two it might be pruned. A class shares it."""
        for number in range(30):
            await easel.draw(easel.pupil, f"e{number}")
        easel.live.stream._events.reset(30)
        store, reads = easel.classroom.store, []
        read = store.read

        async def noted(*asked: Any) -> Any:
            reads.append(asked)
            return await read(*asked)

        monkeypatch.setattr(store, "read", noted)
        asking = (easel.ask(seat, "board.history", after=0, limit=28) for seat in easel.seats)
        found = await asyncio.gather(*asking)
        assert [len(page.events) for page in found] == [28] * 3
        assert reads == [(easel.live.stream.name, 0, 28, commands.HISTORY_BYTES_MAX)]
        assert len((await easel.ask(easel.other, "board.history", after=7, limit=1)).events) == 1
        assert reads[1:] == [(easel.live.stream.name, 7, 1, commands.HISTORY_BYTES_MAX)]

    async def test_who_reads_much_waits(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """Not refused: the next page comes when the last ones are made up for. A teacher plays a whole term."""
        await easel.change(easel.pupil, strokes(1, 1_000))
        clock, waits = easel.classroom.on.clock, []

        async def pause(milliseconds: int) -> None:
            waits.append(milliseconds)
            clock.now += milliseconds

        monkeypatch.setattr(commands, "pause", pause)
        cost = commands.HISTORY_EVENT_BYTES + event_bytes((await easel.live.stream.read(0, 1))[0])
        within = HISTORY_RATE.burst // cost + 1
        for _ in range(within):
            await easel.ask(easel.other, "board.history", after=0)
        assert waits == []
        for _ in range(3):
            assert len((await easel.ask(easel.other, "board.history", after=0)).events) == 1
        owed = within * cost - HISTORY_RATE.burst
        assert sum(waits) == pytest.approx((owed + 2 * cost) / HISTORY_RATE.per_second * 1000, abs=3)
        waits.clear()
        await easel.ask(easel.pupil, "board.history", after=0)
        assert waits == [], "it is their own"

    async def test_the_end(self, easel: OnBoard) -> None:
        """There is nothing behind the head."""
        await easel.draw(easel.pupil, "one")
        page = await easel.ask(easel.other, "board.history", after=7)
        assert (page.events, page.pruned, page.head) == ((), 0, 1)

    async def test_pruned(self, easel: OnBoard) -> None:
        """It says up to where nothing is known any more."""
        for number in range(4):
            await easel.draw(easel.pupil, f"e{number}")
        stream, store = easel.live.stream, easel.classroom.store
        assert await stream._snapshots.save(stream.position, stream.state)
        await store.prune(stream.name, 2)
        stream._events.reset(stream.position.seq)
        page = await easel.ask(easel.other, "board.history", after=0)
        assert ([event.seq for event in page.events], page.pruned, page.head) == ([3, 4], 2, 4)

    async def test_what_is_hidden_now(self, easel: OnBoard) -> None:
        """Is not shown to pupils, whenever it was drawn, and also when it is deleted."""
        await easel.draw(easel.pupil, "rude", "fine")
        await easel.ask(easel.teacher, "board.set_hidden", elements=["rude"], hidden=True)
        await easel.change(easel.teacher, [{"base": 1, "element": fields("rectangle", "rude", isDeleted=True)}])
        for seat, shown in ((easel.other, False), (easel.teacher, True)):
            page = await easel.ask(seat, "board.history", after=0)
            kinds = [event.body.__struct_config__.tag for event in page.events]
            assert kinds == ["board.changed", "board.hidden", "board.changed" if shown else "hidden"]
            ids = [one.element.id for one in page.events[0].body.elements]
            assert ids == (["rude", "fine"] if shown else ["fine"])


class TestAnswers:
    async def test_in_order(self, easel: OnBoard) -> None:
        """Commands of one connection are taken one after another, also while a page is made."""
        await _fill(easel)
        asked = [
            command("board.join", board=easel.board),
            command("board.page", board=easel.board, page=2),
            command("board.change", board=easel.board, changes=rectangles("one"), nonce=fresh()),
        ]
        outcomes = [await easel.other.begin(one) for one in asked]
        assert [type(outcome) for outcome in outcomes] == [BOARD_RESULTS[type(one)] for one in asked]

    async def test_others_are_accepted(self, easel: OnBoard) -> None:
        """A resend of them gets the first one's answer."""
        first, again = [
            await easel.ask(easel.teacher, "board.set_policy", policy={"drawers": "teachers"}, nonce="nonce-policy")
            for _ in range(2)
        ]
        assert first == again == Accepted(1)
