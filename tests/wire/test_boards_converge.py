"""People draw at random, lines drop, the server is killed: in the end all have the same board, which is the log's."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.rooms.board.drawing import fields
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_POLLING, NPM_WEBSOCKET, PYTHON_POLLING, PYTHON_WEBSOCKET, Kind
from tests.wire.conftest import LONG_RUNNING
from tests.wire.drawer import Drawer, all_reached, change, replayed, whole_log
from tests.wire.server import Server

pytestmark = [pytest.mark.kill, pytest.mark.one_driver, pytest.mark.timeout(120)]

SEED = 5
KILLS = 2
ROUNDS = 12
"""Changes of each person from one kill to the next."""

DROPS = 0.12
"""Of the changes, those right behind which the line breaks, before they are answered."""


class Painter:
    """Draws, changes and deletes at random; after a break it goes on with what was not answered."""

    def __init__(self, drawer: Drawer, name: str, seed: int) -> None:
        self.drawer = drawer
        self.taken: dict[str, tuple[int, set[str]]] = {}
        """By nonce: the seq, and the ids that were taken."""
        self._name = name
        self._random = random.Random(seed)
        self._joined_at = 0
        self._made = 0
        drawer.client.keeps_unsent = False

    async def paint(self, count: int) -> None:
        """So many commands, each sent again until it is answered."""
        for _ in range(count):
            name, given = self._next()
            given["nonce"] = new_nonce()
            drops = self._random.random() < DROPS
            while (answer := await self._ask(name, given, drops)) is None or answer.get("error", {}).get("retry"):
                drops = False
            assert "ok" in answer or answer["error"]["code"] in ("unknown_element", "undo_too_late"), answer
            superseded = answer.get("ok", {}).get("superseded")
            if superseded is not None:
                lost = {one["id"] for one in superseded}
                ids = {one["element"]["id"] for one in given["changes"]} - lost
                self.taken[given["nonce"]] = (answer["ok"]["seq"], ids)

    async def settle(self) -> None:
        """Be connected and on the board, from where this client stands."""
        client, drawer = self.drawer.client, self.drawer
        while True:
            await client.until(lambda: client.is_connected, "being connected")
            connection = len(client.entries("connected"))
            if self._joined_at == connection and not drawer.view.is_stale:
                return
            try:
                await self._unless_broken(drawer.come_back())
            except ConnectionError:
                continue
            self._joined_at = connection

    async def _ask(self, name: str, given: dict[str, Any], drops: bool) -> dict[str, Any] | None:
        await self.settle()
        future = self.drawer.client.send(f"board.{name}", {"board": self.drawer.board, **given})
        if drops:
            self.drawer.client.drop()
        try:
            answer: dict[str, Any] = await self._unless_broken(future)
        except ConnectionError:
            return None
        return answer

    async def _unless_broken(self, answering: Any) -> Any:
        """The answer; raises `ConnectionError` when the connection goes before it comes."""
        client = self.drawer.client
        task = asyncio.ensure_future(answering)
        breaks = len(client.entries("disconnected"))
        task.add_done_callback(lambda _: client._wake())
        await client.until(lambda: task.done() or len(client.entries("disconnected")) > breaks, "an answer")
        if task.done():
            return await task
        task.cancel()
        raise ConnectionError

    def _next(self) -> tuple[str, dict[str, Any]]:
        """A command that makes sense to this client."""
        known, dice = self.drawer.view.elements, self._random.random()
        if self.drawer.is_staff and known and dice < 0.2:
            some = self._random.sample(sorted(known), 1)
            return "set_hidden", {"elements": some, "hidden": dice < 0.12}
        if self.drawer.is_staff and dice < 0.23:
            return "clear", {"member": self.drawer.member}
        if not known or dice < 0.55:
            names = [f"{self._name}{self._made + at}" for at in range(self._random.randint(1, 3))]
            self._made += len(names)
            return "change", {"changes": [change(fields("rectangle", one, index="a1")) for one in names]}
        chosen = self._random.sample(sorted(known), min(len(known), 2))
        new = {"x": self._random.randint(0, 999), "isDeleted": dice > 0.9}
        changes = [change({**known[one]["element"], **new}, known[one]["version"]) for one in chosen]
        return "change", {"changes": changes}


async def test_all_have_the_same_board(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """Nothing acknowledged is lost, nothing is taken twice, and each audience has what the log leads to."""
    server = own_server(**LONG_RUNNING, board_bytes_burst=100_000_000)
    classroom: Classroom = await open_room(server)
    who: list[tuple[str, Kind]] = [
        ("claire", NPM_WEBSOCKET),
        ("leo", NPM_WEBSOCKET),
        ("zoe", PYTHON_WEBSOCKET),
        ("jan", NPM_POLLING),
        ("ola", PYTHON_POLLING),
    ]
    painters = []
    for at, (name, kind) in enumerate(who):
        member = classroom.members[name]
        drawer = Drawer(classroom, await classroom.enter(member, kind), member)
        painters.append(Painter(drawer, name, SEED + at))
    teacher = painters[0].drawer
    await painters[0].settle()
    await teacher.decide("set_policy", policy={"change_others": True})
    for kill in range(KILLS + 1):
        painting = asyncio.gather(*(painter.paint(ROUNDS) for painter in painters))
        if kill < KILLS:
            await asyncio.wait([asyncio.ensure_future(painters[kill + 1].drawer.client.change())])
            server.kill()
            await asyncio.to_thread(server.start)
        await painting
    for painter in painters:
        await painter.settle()
    await all_reached((painter.drawer for painter in painters), await teacher.draw("end"))
    for painter in painters:
        await painter.settle()
    log = await whole_log(teacher)
    state = replayed(log)
    for painter in painters:
        drawer = painter.drawer
        shown = {name: one for name, one in state.elements.items() if drawer.is_staff or name not in state.hidden}
        assert drawer.view.shown(drawer.is_staff) == shown, f"{drawer.client.kind}"
        drawer.client.check()
    by_nonce: dict[str | None, list[Any]] = {}
    for event in log:
        by_nonce.setdefault(event.nonce, []).append(event)
    for painter in painters:
        assert painter.taken
        for nonce, (seq, ids) in painter.taken.items():
            if ids and nonce not in by_nonce:  # others had deleted all of it before: there was nothing to do
                assert not ids & replayed(log[:seq]).elements.keys()
            elif ids:
                (event,) = by_nonce[nonce]
                assert event.seq == seq
                assert {one.element.id for one in event.body.elements} <= ids
    assert sum(len(painter.drawer.client.entries("connected")) for painter in painters) > len(painters) * (KILLS + 1)
