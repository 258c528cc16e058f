"""A board that people follow: what each audience is sent, what a joiner begins with, and rights that are kept."""

import asyncio
from typing import Any

import pytest

from rooms.board import decide as rules
from rooms.board.messages import BoardPage
from rtserver.boards import live_board, snapshots
from rtserver.boards.live_board import SNAPSHOT_KEPT_MS
from rtserver.hub.fanout import HOT_SIGNALS
from rtserver.hub.outbox import Lane
from tests.rooms.board.drawing import fields
from tests.rtserver.boards.easel import OnBoard, elements_of, rectangles, strokes
from tests.rtserver.hub.support import Seat


def ids(bodies: list[dict[str, Any]]) -> list[Any]:
    """Of each event the ids of its elements; None: its place only."""
    return [
        [one["element"]["id"] for one in body["elements"]] if body["kind"] == "board.changed" else None
        for body in bodies
    ]


async def fill(easel: OnBoard, count: int = 600) -> None:
    changes = strokes(count, 2)
    for start in range(0, count, 300):
        await easel.change(easel.teacher, changes[start : start + 300])
    easel.clear()


async def hide(easel: OnBoard, *names: str, hidden: bool = True) -> None:
    await easel.ask(easel.teacher, "board.set_hidden", elements=list(names), hidden=hidden)


class TestFanOut:
    async def test_the_same_bytes_for_all(self, easel: OnBoard) -> None:
        """When nothing is hidden from anybody; durable, and to the sender too."""
        await easel.draw(easel.pupil, "one")
        sent = [seat.outbox.sent[0] for seat in easel.seats]
        assert len({id(one) for one in sent}) == 1
        assert {lane for seat in easel.seats for _, lane in seat.outbox.frames} == {Lane.DURABLE}

    async def test_the_same_bytes_for_each_audience(self, easel: OnBoard) -> None:
        """When something is."""
        await easel.draw(easel.pupil, "one", "two")
        await hide(easel, "one")
        easel.clear()
        await easel.change(easel.teacher, [*rectangles("one", base=1, x=3), *rectangles("two", base=1, x=3)])
        await easel.change(easel.teacher, rectangles("one", base=2, x=4))
        assert [ids(easel.events(seat)) for seat in easel.seats] == [
            [["one", "two"], ["one"]],
            [["two"], None],
            [["two"], None],
        ]
        sent = [seat.outbox.sent[0] for seat in easel.seats]
        assert sent[1] is sent[2] is not sent[0]

    async def test_hidden_in_the_same_batch(self, easel: OnBoard) -> None:
        """Drawn and put aside before it was on the disk: pupils never see it."""
        drawing = easel.change(easel.teacher, rectangles("one"))
        await asyncio.gather(drawing, hide(easel, "one"))
        assert ids(easel.events(easel.teacher)) == [["one"], None]
        assert [body["kind"] for body in easel.events(easel.pupil)] == ["hidden", "board.hidden"]
        assert "rectangle" not in "".join(easel.pupil.outbox.texts())

    async def test_shown_again(self, easel: OnBoard) -> None:
        """With the whole element, for those who have not got it."""
        await easel.draw(easel.pupil, "one")
        await hide(easel, "one")
        easel.clear()
        await hide(easel, "one", hidden=False)
        (body,) = easel.events(easel.other)
        assert (body["kind"], body["elements"][0]["element"]["id"]) == ("board.shown", "one")

    async def test_signals_of_a_busy_board(self, easel: OnBoard) -> None:
        """Share a write once there are many of them, where the settings give time for it."""
        marked: list[str] = []

        class Noting:
            window = 0.0

            def mark(self, _: object) -> None:
                marked.append("now")

            def mark_late(self, _: object) -> None:
                marked.append("late")

        flusher = easel.live._flusher = Noting()
        for window, expected in ((0, {"now"}), (0.004, {"now", "late"})):
            flusher.window = window
            easel.classroom.on.clock.now += 10_000
            marked.clear()
            for _ in range(HOT_SIGNALS + 1):
                easel.other.outbox.pending = []
                await easel.ask(easel.pupil, "board.cursor", x=0, y=0)
            assert set(marked) == expected


class TestSnapshots:
    async def test_a_crowd(self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """Of a class that comes in while others draw, each page is made once for each audience."""
        await fill(easel)
        made: list[int] = []
        make = snapshots.make_page

        def noted(number: int, elements: Any) -> BoardPage:
            made.append(number)
            return make(number, elements)

        monkeypatch.setattr(snapshots, "make_page", noted)
        seats = [easel.classroom.sit(easel.pupil.member) for _ in range(20)]
        seats += [easel.classroom.sit(easel.classroom.ewa) for _ in range(3)]
        for number, seat in enumerate(seats):
            await seat.join(easel.board)
            joined = await easel.joined(seat)
            assert len(joined.events) == number % 20, "the first teacher gets one of that moment"
            assert len(await easel.whole(seat, joined)) == 600 + number
            await easel.draw(easel.teacher, f"between{number}")
        assert sorted(made) == [1, 1, 2, 2, 3, 3]

    @pytest.mark.parametrize("bound", ["REUSED_EVENTS_MAX", "REUSED_BYTES_MAX"])
    async def test_a_newer_one(self, bound: str, easel: OnBoard, monkeypatch: pytest.MonkeyPatch) -> None:
        """When too much has followed upon the last one."""
        monkeypatch.setattr(live_board, bound, 2 if bound == "REUSED_EVENTS_MAX" else 1_500)
        for number in range(4):
            joined = await easel.joined(easel.other)
            assert joined.snapshot is not None
            assert (joined.snapshot.count, len(joined.events)) == ((0, number) if number < 3 else (3, 0))
            assert len(await easel.whole(easel.other, joined)) == number
            await easel.draw(easel.teacher, f"e{number}")

    async def test_pages_of_ones_own_snapshot(self, easel: OnBoard) -> None:
        """Also when there is a newer one."""
        await fill(easel)
        first = await easel.joined(easel.other)
        await easel.change(easel.teacher, strokes(300, 2, "more"))
        assert (await easel.joined(easel.pupil)).position.seq == 3
        assert len(await easel.whole(easel.other, first)) == 600

    async def test_kept_for_a_minute(self, easel: OnBoard) -> None:
        """After the last page that was asked for; then one joins anew."""
        await fill(easel)
        await easel.joined(easel.other)
        clock = easel.classroom.on.clock
        for wait, expected in ((SNAPSHOT_KEPT_MS - 1, 2), (SNAPSHOT_KEPT_MS - 1, 2), (SNAPSHOT_KEPT_MS, None)):
            clock.now += wait
            easel.classroom.live.presence.connect(easel.teacher.connection.id, easel.teacher.member, is_staff=True)
            easel.classroom.live.boards.advance()
            if expected is None:
                assert await easel.refusal(easel.other, "board.page", page=2) == "not_joined"
            else:
                assert (await easel.ask(easel.other, "board.page", page=2)).page == expected

    @pytest.mark.parametrize("page", [4, 10_000])
    async def test_a_page_that_there_is_not(self, page: int, easel: OnBoard) -> None:
        """It says how many there are."""
        await fill(easel)
        await easel.joined(easel.other)
        assert await easel.refusal(easel.other, "board.page", page=page) == "invalid"

    async def test_nothing_hidden_is_on_a_page(self, easel: OnBoard) -> None:
        """Neither of a snapshot that was taken before, nor of the next one; teachers see both."""
        await fill(easel)
        joined = await easel.joined(easel.other)
        assert joined.snapshot is not None
        await easel.joined(easel.teacher)
        await hide(easel, "s1", "s599")
        second = await easel.ask(easel.other, "board.page", page=2)
        for seat, shown in ((easel.other, False), (easel.pupil, False), (easel.teacher, True)):
            again = await easel.joined(seat)
            found = {one.element.id for one in await easel.whole(seat, again)}
            assert ({"s1", "s599"} <= found) is shown
            assert len(found) == (600 if shown else 598)
        assert "s599" not in {one.element.id for one in elements_of(second)}

    async def test_what_was_hidden_and_missed(self, easel: OnBoard) -> None:
        """Events from before it was put aside come without it."""
        await easel.draw(easel.pupil, "zero")
        here = easel.live.stream.position
        await easel.draw(easel.pupil, "rude", "fine")
        await hide(easel, "rude")
        joined = await easel.joined(easel.other, position={"epoch": here.epoch, "seq": here.seq})
        changed, hidden = joined.events
        assert [one.element.id for one in changed.body.elements] == ["fine"]  # type: ignore[union-attr]
        assert hidden.body.__struct_config__.tag == "board.hidden"


class TestRights:
    async def test_asked_again_only_when_something_changes(
        self, easel: OnBoard, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A cursor comes twenty times a second."""
        asked: list[str] = []

        def counted(state: Any, standing: Any) -> Any:
            asked.append(standing.member.id)
            return rules.draw_denial(state, standing)

        monkeypatch.setattr(live_board, "draw_denial", counted)

        async def point(seat: Seat) -> Any:
            return await easel.ask(seat, "board.cursor", x=0, y=0)

        for turn in range(3):
            await point(easel.pupil)
            await point(easel.other)
            await easel.draw(easel.teacher, f"e{turn}")
        assert asked == [easel.pupil.member, easel.other.member]
        await easel.policy(drawers="class", class_id=easel.classroom.french)
        assert await easel.refusal(easel.other, "board.cursor", x=0, y=0) == "board_read_only"
        await point(easel.pupil)
        assert len(asked) == 4

    async def test_told_when_the_policy_changes(self, easel: OnBoard) -> None:
        """Behind the event, whom it makes a difference to, once."""
        await easel.policy(drawers="chosen", members=[easel.other.member])
        names = [[name for name, _ in seat.outbox.pushes()] for seat in easel.seats]
        assert names == [["event"], ["event", "board_rights"], ["event"]]
        easel.clear()
        await easel.policy(drawers="chosen", members=[easel.other.member, easel.pupil.member])
        (rights,) = easel.pupil.outbox.payloads("board_rights")
        assert (rights["board"], rights["denied"]["draw"]) == (easel.board, None)

    async def test_nobody_is_told_before_the_join_is_answered(self, easel: OnBoard) -> None:
        """The answer has the rights of its moment."""
        await fill(easel)
        seat = easel.classroom.sit(easel.pupil.member)
        await seat.join(easel.board)
        joining = asyncio.ensure_future(easel.joined(seat))
        await asyncio.sleep(0)
        await easel.policy(drawers="teachers")
        joined = await joining
        told = [joined.rights.denied["draw"]] + [
            rights["denied"]["draw"] for rights in seat.outbox.payloads("board_rights")
        ]
        assert told[-1] == "board_read_only"
        assert len(told) == len(set(told))


async def test_deleting_what_is_hidden(easel: OnBoard) -> None:
    """Pupils are not shown it when it goes, nor when a teacher brings it back."""
    await easel.draw(easel.pupil, "rude")
    await hide(easel, "rude")
    easel.clear()
    await easel.change(easel.teacher, [{"base": 1, "element": fields("rectangle", "rude", isDeleted=True)}])
    await easel.change(easel.teacher, rectangles("rude", base=2))
    assert [body["kind"] for body in easel.events(easel.pupil)] == ["hidden", "hidden", "board.hidden"]
    assert [body["kind"] for body in easel.events(easel.teacher)] == ["board.changed", "board.changed", "board.hidden"]
    assert "rectangle" not in "".join(easel.pupil.outbox.texts())
