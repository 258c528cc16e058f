"""A client on a board, and what it knows of that board as answers and events led to it, as a page would keep it."""

import asyncio
import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

from rooms.board.model import BoardElement, BoardState
from rooms.board.rules import BoardRules
from rooms.stream import Event
from tests.rooms.board.drawing import fields
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_WEBSOCKET, WITHIN, Client, Kind, View


class BoardView(View):
    """A board by its events. What comes while pages are missing waits for them."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.elements: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.policy: dict[str, Any] = {}
        self.is_stale = False
        """What was cleared is back: only a snapshot says what it is."""
        self.unpacked: list[str] = []
        """All pages that ever came, as text."""
        self._waiting: list[dict[str, Any]] | None = None

    def joined(self, answer: dict[str, Any]) -> None:
        snapshot = answer["snapshot"]
        if snapshot is not None:
            self.starts.append((self.position, answer["position"]))
            self.position, self.is_stale = answer["snapshot_position"], False
            self.elements, self.hidden, self.policy = {}, set(snapshot["hidden"]), snapshot["policy"]
            self._waiting = []
            self.page(snapshot["first"])
        for event in answer["events"]:
            self.apply(event)
        if self.position != answer["position"]:
            self.violations.append(f"{self.stream}: at {self.position} instead of {answer['position']} after a join")

    def page(self, page: dict[str, Any]) -> None:
        """A page of the snapshot."""
        plain = zlib.decompress(base64.b64decode(page["elements"])).decode()
        self.unpacked.append(plain)
        self.elements.update((one["element"]["id"], one) for one in json.loads(plain))

    def whole(self) -> None:
        """All pages have come."""
        waiting, self._waiting = self._waiting or [], None
        for body in waiting:
            self._change(body)

    @property
    def is_whole(self) -> bool:
        """Whether no page is missing."""
        return self._waiting is None and self.position is not None

    def apply(self, event: dict[str, Any]) -> None:
        before = len(self.violations)
        super().apply(event)
        if len(self.violations) > before:
            return
        if self._waiting is None:
            self._change(event["body"])
        else:
            self._waiting.append(event["body"])

    def _change(self, body: dict[str, Any]) -> None:
        match body["kind"]:
            case "board.changed" | "board.shown":
                for one in body["elements"]:
                    self._put(one, was_shown=body["kind"] == "board.shown")
            case "board.cleared":
                gone = [name for name, one in self.elements.items() if body["member"] in (None, one["creator"])]
                for name in gone:
                    del self.elements[name]
                self.hidden -= set(gone)
            case "board.hidden":
                self.hidden |= set(body["elements"])
            case "board.clear_undone":
                self.is_stale = True
            case "board.policy_set":
                self.policy = body["policy"]

    def _put(self, one: dict[str, Any], was_shown: bool) -> None:
        name = one["element"]["id"]
        if one["element"]["isDeleted"]:
            self.elements.pop(name, None)
            self.hidden.discard(name)
            return
        self.elements[name] = one
        if was_shown:
            self.hidden.discard(name)

    def shown(self, to_staff: bool) -> dict[str, BoardElement]:
        """The elements as one audience sees them."""
        visible = {name: one for name, one in self.elements.items() if to_staff or name not in self.hidden}
        return msgspec.convert(visible, dict[str, BoardElement])


class Drawer:
    """A client in the class room, on its first board."""

    def __init__(self, classroom: Classroom, client: Client, member: str) -> None:
        self.client = client
        self.member = member
        self.is_staff = member in (classroom.claire, classroom.ewa)
        self.room = self.board = classroom.room
        self.view = self._new_view()

    def _new_view(self) -> BoardView:
        view = BoardView(f"board:{self.board}")
        self.client.views[view.stream] = view
        return view

    async def join(self) -> dict[str, Any]:
        """Follow the board, from where this client stands; fetch what pages there are."""
        position = self.view.position if self.view.is_whole and not self.view.is_stale else None
        given = {"board": self.board} if position is None else {"board": self.board, "position": position}
        view = self.view

        def joined(answer: Any) -> None:
            if "ok" in answer:
                view.joined(answer["ok"])

        answer = await asyncio.wait_for(self.client.send("board.join", given, joined), WITHIN)
        assert "ok" in answer, answer
        result: dict[str, Any] = answer["ok"]
        if result["snapshot"] is not None:
            for number in range(2, result["snapshot"]["pages"] + 1):
                view.page(await self.client.call("board.page", board=self.board, page=number))
            view.whole()
        return result

    async def come_back(self) -> dict[str, Any]:
        """After a drop, once the client is connected again: into the room, and onto the board."""
        await self.client.resume(self.room)
        return await self.join()

    async def call(self, name: str, **given: Any) -> Any:
        """A command about the board; its result."""
        return await self.client.call(f"board.{name}", board=self.board, **given)

    async def decide(self, name: str, **given: Any) -> Any:
        """A durable command about the board."""
        return await self.call(name, nonce=new_nonce(), **given)

    async def refusal(self, name: str, **given: Any) -> str:
        """A command that must be refused; the code."""
        return await self.client.refusal(f"board.{name}", board=self.board, **given)

    async def draw(self, *names: str, kind: str = "rectangle", **changed: Any) -> int:
        """New elements; the seq of their event."""
        answered = await self.decide("change", changes=[change(fields(kind, name, **changed)) for name in names])
        assert answered["superseded"] == [], answered
        return int(answered["seq"])

    async def alter(self, name: str, **changed: Any) -> dict[str, Any]:
        """Change an element as this client knows it; the answer."""
        known = self.view.elements[name]
        answered: dict[str, Any] = await self.decide(
            "change", changes=[change({**known["element"], **changed}, known["version"])]
        )
        return answered

    async def reached(self, seq: int) -> None:
        """Wait until this client has got an event."""
        await self.client.until(lambda: self.view.seq >= seq, f"event {seq} of the board")

    def everything(self) -> str:
        """All that ever came to this client: events, answers, pages."""
        return json.dumps([entry.value for entry in self.client.journal]) + "".join(self.view.unpacked)


def change(element: dict[str, Any], base: int = 0) -> dict[str, Any]:
    """A change as it travels."""
    return {"base": base, "element": element}


async def enter_board(classroom: Classroom, name: str, kind: Kind = NPM_WEBSOCKET, **options: Any) -> Drawer:
    """A member, by name, in the class room and on its board."""
    drawer = Drawer(classroom, await classroom.enter(classroom.members[name], kind, **options), classroom.members[name])
    await drawer.join()
    return drawer


async def all_reached(drawers: Iterable[Drawer], seq: int) -> None:
    """Wait until all have got an event."""
    await asyncio.gather(*(drawer.reached(seq) for drawer in drawers))


async def whole_log(drawer: Drawer) -> list[Event]:
    """All events of the board, as a teacher reads its history."""
    events: list[Event] = []
    head = 1
    while len(events) < head:
        page = await drawer.call("history", after=len(events))
        head = page["head"]
        events += msgspec.convert(page["events"], list[Event])
    assert [event.seq for event in events] == list(range(1, head + 1))
    return events


def replayed(events: list[Event]) -> BoardState:
    """The board that a log leads to."""
    rules = BoardRules()
    state = rules.empty(events[0].stream)
    for event in events:
        state = rules.apply(state, event)
    return state
