"""What the tests of live boards share: a class whose teacher and two pupils follow the first board of their room."""

import zlib
from typing import Any

import msgspec

from rooms.board.messages import BoardAnswered, BoardJoined, BoardPage
from rooms.board.model import BoardElement, BoardState
from rooms.errors import Refused
from rooms.events import BoardChanged
from rtserver.boards.live_board import DESERTED_KEPT_MS
from tests.rooms.board.drawing import fields
from tests.rtserver.hub.support import Classroom, Seat


def elements_of(page: BoardPage) -> list[BoardElement]:
    """What a page holds."""
    return msgspec.json.decode(zlib.decompress(page.elements), type=list[BoardElement])


def rectangles(*names: str, base: int = 0, **changed: Any) -> list[dict[str, Any]]:
    """Changes that draw rectangles, or change them when `base` is their version."""
    return [{"base": base, "element": fields("rectangle", name, **changed)} for name in names]


def strokes(count: int, points: int, prefix: str = "s") -> list[dict[str, Any]]:
    """Changes that draw strokes of so many points."""
    line = {"points": [[at + 0.25, at * 1.5] for at in range(points)], "pressures": [], "simulatePressure": True}
    return [
        {"base": 0, "element": fields("freedraw", f"{prefix}{number}", index=f"b{number:05}V", **line)}
        for number in range(count)
    ]


class OnBoard:
    """A teacher and two pupils who follow a board."""

    def __init__(self, classroom: Classroom, teacher: Seat, pupil: Seat, other: Seat) -> None:
        self.classroom = classroom
        self.board = classroom.hall
        self.teacher = teacher
        self.pupil = pupil
        self.other = other

    @property
    def seats(self) -> tuple[Seat, Seat, Seat]:
        return self.teacher, self.pupil, self.other

    @property
    def live(self) -> Any:
        """The board on this process."""
        return self.classroom.live.boards.get(self.board)

    @property
    def state(self) -> BoardState:
        found: BoardState = self.live.stream.state
        return found

    def deserted_for_long(self) -> None:
        """Whatever nobody follows was left so long ago that it is not kept."""
        boards = self.classroom.live.boards
        for live in boards:
            live.deserted_at -= DESERTED_KEPT_MS
        boards.advance()

    async def join(self, *seats: Seat) -> None:
        for seat in seats:
            await self.joined(seat)
            seat.outbox.clear()

    async def joined(self, seat: Seat, **position: Any) -> BoardJoined:
        joined = await seat.ask("board.join", board=self.board, **position)
        assert isinstance(joined, BoardJoined), joined
        return joined

    async def whole(self, seat: Seat, joined: BoardJoined) -> list[BoardElement]:
        """What a joiner has: the elements of all pages, and what the events behind them made of those."""
        assert joined.snapshot is not None
        pages = [joined.snapshot.first]
        for number in range(2, joined.snapshot.pages + 1):
            pages.append(await self.ask(seat, "board.page", page=number))
        found = {element.element.id: element for page in pages for element in elements_of(page)}
        for event in joined.events:
            if isinstance(event.body, BoardChanged):
                found.update((element.element.id, element) for element in event.body.elements)
        return list(found.values())

    async def ask(self, seat: Seat, tag: str, **given: Any) -> Any:
        return await seat.ask(tag, board=self.board, **given)

    async def refusal(self, seat: Seat, tag: str, **given: Any) -> str:
        outcome = await self.ask(seat, tag, **given)
        assert isinstance(outcome, Refused), outcome
        return outcome.code.value

    async def change(self, seat: Seat, changes: list[dict[str, Any]], **given: Any) -> BoardAnswered:
        """Changes that are not refused."""
        answered = await self.ask(seat, "board.change", changes=changes, **given)
        assert isinstance(answered, BoardAnswered), answered
        return answered

    async def draw(self, seat: Seat, *names: str) -> int:
        """Rectangles; the seq of their event."""
        answered = await self.change(seat, rectangles(*names))
        assert answered.superseded == ()
        return answered.seq

    async def policy(self, **policy: Any) -> None:
        outcome = await self.ask(self.teacher, "board.set_policy", policy=policy)
        assert not isinstance(outcome, Refused), outcome

    def events(self, seat: Seat) -> list[dict[str, Any]]:
        """The bodies of the board's events that a member was sent."""
        found = [event for event in seat.outbox.payloads("event") if event["stream"] == f"board:{self.board}"]
        return [event["body"] for event in found]

    def clear(self) -> None:
        for seat in self.seats:
            seat.outbox.clear()
