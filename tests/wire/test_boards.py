"""Whole boards: real clients on a real server draw, and see what others draw, as far as they may."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from rooms.errors import ErrorCode
from tests.rooms.board.drawing import TYPES, fields
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_POLLING, NPM_WEBSOCKET, PYTHON_POLLING, PYTHON_WEBSOCKET, CommandRefused, Kind
from tests.wire.drawer import Drawer, all_reached, change, enter_board, replayed, whole_log
from tests.wire.server import Server

pytestmark = pytest.mark.one_driver
SECRET = "words that no pupil is to read"
RECT = {"x": 0, "y": 0, "width": 800, "height": 600}


async def test_all_see_what_one_draws(classroom: Classroom) -> None:
    """Over every library, transport and parser, in one order, elements of every type; who comes later too."""
    names = ("leo", "zoe", "jan", "ola", "claire", "ewa", "leo", "jan")
    drawers = [await enter_board(classroom, name, kind) for kind, name in zip(KINDS, names, strict=True)]
    seqs = await asyncio.gather(
        *(
            drawer.draw(f"{kind}-{at}", kind=kind, index=f"a{at}V")
            for at, drawer in enumerate(drawers)
            for kind in TYPES
        )
    )
    await all_reached(drawers, max(seqs))
    late = [await enter_board(classroom, "zoe", kind) for kind in (NPM_WEBSOCKET, NPM_POLLING, PYTHON_WEBSOCKET)]
    state = replayed(await whole_log(drawers[4]))
    assert len(state.elements) == len(TYPES) * len(KINDS)
    for drawer in (*drawers, *late):
        assert drawer.view.shown(drawer.is_staff) == state.elements
    assert {one.creator for one in state.elements.values()} == {drawer.member for drawer in drawers}
    assert len({one.element.index for one in state.elements.values()}) == len(state.elements)


@pytest.mark.parametrize("kind", [NPM_WEBSOCKET, PYTHON_POLLING], ids=str)
async def test_two_change_the_same(classroom: Classroom, kind: Kind) -> None:
    """The first is taken, the other told what there is now, and both see that; nothing is lost silently."""
    teacher = await enter_board(classroom, "claire")
    await teacher.decide("set_policy", policy={"change_others": True})
    leo, jan = await enter_board(classroom, "leo", kind), await enter_board(classroom, "jan", kind)
    await all_reached((leo, jan), await leo.draw("shape"))
    answers = await asyncio.gather(leo.alter("shape", x=111), jan.alter("shape", x=222))
    (taken,) = [at for at, answer in enumerate(answers) if answer["superseded"] == []]
    (lost,) = answers[1 - taken]["superseded"]
    winner, wanted = ((leo, 111), (jan, 222))[taken]
    assert (lost["id"], lost["code"], lost["element"]["element"]["x"]) == ("shape", "element_changed", wanted)
    assert (lost["element"]["editor"], lost["element"]["version"]) == (winner.member, 2)
    for drawer in (teacher, leo, jan):
        await drawer.reached(3)
        assert drawer.view.elements["shape"]["version"] == 2
        assert drawer.view.elements["shape"]["element"]["x"] == wanted


async def test_without_the_pen(classroom: Classroom) -> None:
    """A forged change is refused whole and reaches nobody; the pupil is told what it may do, and when that changes."""
    teacher = await enter_board(classroom, "claire")
    leo, jan = await enter_board(classroom, "leo"), await enter_board(classroom, "jan", PYTHON_WEBSOCKET)
    await teacher.decide("set_policy", policy={"drawers": "chosen", "members": [classroom.jan]})
    rights = await leo.client.push("board_rights")
    assert (rights["board"], rights["denied"]["draw"]) == (classroom.room, "board_read_only")
    forged = {"changes": [change(fields("text", "forged", text=SECRET, originalText=SECRET))], "nonce": new_nonce()}
    assert await leo.refusal("change", **forged) == "board_read_only"
    assert await leo.refusal("cursor", x=1, y=1) == "board_read_only"
    assert await leo.refusal("stroke", stroke="s", offset=0, points=[[0, 0]]) == "board_read_only"
    for name, given in (("clear", {"member": None}), ("set_policy", {"policy": {}})):
        assert await leo.refusal(name, nonce=new_nonce(), **given) == "teachers_only"
    for name in ("bring", "viewport"):
        assert await leo.refusal(name, **RECT) == "teachers_only"
    await all_reached((teacher, leo, jan), await jan.draw("real"))
    for drawer in (teacher, jan):
        assert set(drawer.view.elements) == {"real"}
        assert SECRET not in drawer.everything()
    seen = len(leo.client.journal)
    await teacher.decide("set_policy", policy={"drawers": "class", "class_id": _class_of(classroom, "leo")})
    assert (await leo.client.push("board_rights", after=seen))["denied"]["draw"] is None
    await leo.draw("now")


def _class_of(classroom: Classroom, name: str) -> str:
    client = next(one for one in classroom.clients if f"project:{one.project}" in one.views)
    answer = next(e.value["ok"] for e in client.journal if e.kind == "ack" and "me" in e.value.get("ok", {}))
    members = answer["snapshot"]["members"]
    found: str = next(one["class_id"] for one in members if one["id"] == classroom.members[name])
    return found


class TestHidden:
    async def test_nothing_of_it_reaches_a_pupil(self, classroom: Classroom) -> None:
        """Neither live, on coming back, in a snapshot or the history, nor in what is answered to a change of it."""
        teacher, second = await enter_board(classroom, "claire"), await enter_board(classroom, "ewa", PYTHON_WEBSOCKET)
        await teacher.draw("fine")
        zoe = await enter_board(classroom, "zoe")
        zoe.client.offline()
        await zoe.client.until(lambda: not zoe.client.is_connected, "being away")
        hidden = asyncio.gather(
            teacher.draw("rude", kind="text", text=SECRET, originalText=SECRET),
            teacher.decide("set_hidden", elements=["rude"], hidden=True),
        )
        seq = (await hidden)[1]["seq"]
        await all_reached((teacher, second), seq)
        jan = await enter_board(classroom, "jan", NPM_POLLING)
        await second.alter("rude", x=5)
        leo = await enter_board(classroom, "leo", PYTHON_POLLING)
        zoe.client.online()
        await zoe.client.connected(times=2)
        await zoe.come_back()
        forged = fields("text", "rude", text="mine", originalText="mine")
        for base in (0, 1, 2):
            answer = await leo.decide("change", changes=[change(forged, base)])
            assert [(lost["code"], lost["element"]) for lost in answer["superseded"]] == [("element_gone", None)]
        for pupil in (leo, zoe, jan):
            await pupil.call("history", after=0)
        await teacher.reached(seq + 1)
        await teacher.alter("rude", isDeleted=True)
        late = await enter_board(classroom, "ola")
        await late.call("history", after=0)
        await all_reached((leo, zoe, jan, late, second), await teacher.draw("end"))
        for pupil in (leo, zoe, jan, late):
            assert set(pupil.view.shown(to_staff=False)) == {"fine", "end"}
            assert SECRET not in pupil.everything()
        assert SECRET in second.everything()

    async def test_put_aside_and_shown_again(self, classroom: Classroom) -> None:
        """What was seen goes, and comes back as it is by then."""
        teacher = await enter_board(classroom, "claire")
        leo, jan = await enter_board(classroom, "leo"), await enter_board(classroom, "jan", PYTHON_WEBSOCKET)
        await all_reached((teacher, leo, jan), await leo.draw("one", "two"))
        seq = (await teacher.decide("set_hidden", elements=["one"], hidden=True))["seq"]
        await all_reached((teacher, leo, jan), seq)
        assert set(leo.view.shown(False)) == set(jan.view.shown(False)) == {"two"}
        assert set(teacher.view.shown(True)) == {"one", "two"}
        await teacher.alter("one", x=77)
        seq = (await teacher.decide("set_hidden", elements=["one"], hidden=False))["seq"]
        await all_reached((leo, jan), seq)
        assert leo.view.elements["one"]["element"]["x"] == jan.view.elements["one"]["element"]["x"] == 77

    async def test_the_staff_room(self, classroom: Classroom) -> None:
        """Its board is as one that does not exist."""
        teacher = await enter_board(classroom, "claire")
        await teacher.client.join(classroom.staff_room)
        await teacher.client.call("board.join", board=classroom.staff_room)
        leo = await enter_board(classroom, "leo")
        for name, given in (("join", {}), ("history", {"after": 0}), ("cursor", {"x": 0, "y": 0})):
            codes = {
                await leo.client.refusal(f"board.{name}", board=board, **given)
                for board in (classroom.staff_room, "b_nowhere")
            }
            assert codes == {ErrorCode.UNKNOWN_BOARD.value}


async def test_clearing_and_putting_back(classroom: Classroom) -> None:
    """One person's work goes, and comes back for everybody, whoever was there."""
    teacher = await enter_board(classroom, "claire")
    leo, jan = await enter_board(classroom, "leo"), await enter_board(classroom, "jan", PYTHON_POLLING)
    await leo.draw("a", "b")
    await all_reached((teacher, leo, jan), await jan.draw("c"))
    cleared = await teacher.decide("clear", member=leo.member)
    await all_reached((teacher, leo, jan), cleared["seq"])
    assert set(jan.view.elements) == {"c"}
    back = await teacher.decide("undo_clear", clear=cleared["seq"])
    await all_reached((teacher, leo, jan), back["seq"])
    for drawer in (teacher, leo, jan):
        assert drawer.view.is_stale
        await drawer.join()
        assert set(drawer.view.elements) == {"a", "b", "c"}
    assert await teacher.refusal("undo_clear", nonce=new_nonce(), clear=cleared["seq"]) == "undo_too_late"


class TestVolatile:
    async def test_strokes_in_progress(self, classroom: Classroom) -> None:
        """Reach the others in order, never the one who draws; the member is the connection's."""
        leo = await enter_board(classroom, "leo")
        others = [
            await enter_board(classroom, name, kind) for name, kind in (("jan", NPM_POLLING), ("ewa", NPM_WEBSOCKET))
        ]
        for at in range(40):
            await leo.call("stroke", stroke="s1", offset=2 * at, points=[[at, 0], [at, 1]])
        for other in others:
            await other.client.push("board_stroke", lambda stroke: stroke["offset"] == 78)
            drawn = other.client.pushes("board_stroke")
            assert [stroke["offset"] for stroke in drawn] == list(range(0, 80, 2))
            assert {(stroke["member"], stroke["board"]) for stroke in drawn} == {(leo.member, leo.board)}
        assert leo.client.pushes("board_stroke") == []
        assert await leo.refusal("cursor", x=0, y=0, member=classroom.zoe) == "invalid"

    async def test_pointing_and_following(self, classroom: Classroom) -> None:
        """The newest cursor and viewport; a teacher brings everybody."""
        teacher, leo = await enter_board(classroom, "claire"), await enter_board(classroom, "leo", PYTHON_WEBSOCKET)
        await leo.call("cursor", x=1, y=2, tool="laser", selected=["a"])
        seen = await teacher.client.push("board_cursor")
        assert (seen["member"], seen["x"], seen["tool"], seen["selected"]) == (leo.member, 1, "laser", ["a"])
        for name, push in (("viewport", "board_viewport"), ("bring", "board_brought")):
            await teacher.call(name, **RECT)
            assert await leo.client.push(push) == {**RECT, "board": leo.board, "member": teacher.member}
            assert teacher.client.pushes(push) == []

    async def test_leaving(self, classroom: Classroom) -> None:
        """Who has left the board, or the room, gets and sends nothing there."""
        teacher, leo = await enter_board(classroom, "claire"), await enter_board(classroom, "leo")
        jan = await enter_board(classroom, "jan")
        await leo.call("leave")
        await jan.client.call("room.leave", room=classroom.room)
        await teacher.call("cursor", x=5, y=5)
        await teacher.draw("one")
        for gone in (leo, jan):
            assert await gone.refusal("cursor", x=0, y=0) == "not_joined"
            assert gone.client.pushes("board_cursor") == []
            assert (gone.view.seq, gone.view.elements) == (0, {})


async def test_budgets(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """One pupil cannot fill everybody's line; a teacher imports more; strokes do not keep anybody from drawing."""
    server = own_server(board_bytes_burst=20_000, board_bytes_rate=1, board_signals_burst=5, board_signals_rate=0.001)
    classroom: Classroom = await open_room(server)
    leo, teacher = await enter_board(classroom, "leo"), await enter_board(classroom, "claire")

    refusals: list[tuple[str, bool]] = []
    line: dict[str, Any] = {"kind": "freedraw", "points": [[at, at] for at in range(200)], "pressures": []}

    async def fill(drawer: Drawer, letter: str) -> int:
        for number in range(200):
            try:
                await drawer.draw(f"{letter}{number}", **line)
            except CommandRefused as refusal:
                refusals.append((refusal.code, refusal.retry))
                return number
        raise AssertionError("there is no end to it")

    for _ in range(5):
        await leo.call("cursor", x=0, y=0)
    assert await leo.refusal("stroke", stroke="s", offset=0, points=[]) == "too_many_requests"
    few, many = await fill(leo, "p"), await fill(teacher, "t")
    assert refusals == [("too_many_requests", True)] * 2
    assert 0 < few < 20
    assert 7 * few <= many <= 9 * few
