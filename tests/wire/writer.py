"""A member who writes line after line: keeps what is not acknowledged, comes back, resumes, and sends it again."""

from typing import Any

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import WITHIN, Client

OUTSTANDING = 3
"""Messages of one writer that are under way at the same time."""


class Writer:
    """Writes into the class room through a client that comes back by itself."""

    def __init__(self, classroom: Classroom, client: Client, name: str) -> None:
        self.client = client
        self.wrote: dict[str, str] = {}
        """Every text, by its nonce."""
        self.acknowledged: dict[str, int] = {}
        """The seq of every acknowledged message, by its nonce."""
        self.refused: list[Any] = []
        self._room = classroom.room
        self._name = name
        self._left = 0
        client.on_connected = self._resume
        client.keeps_unsent = False

    def describe(self) -> str:
        """What it has done and has left to do, for the message of a test that waited in vain."""
        return (
            f"{self._name}: connected {self.client.is_connected}, wrote {len(self.wrote)}, "
            f"acknowledged {len(self.acknowledged)}, left {self._left}, refused {self.refused}"
        )

    def write(self, lines: int) -> None:
        """From now on write so many lines, a few at a time; each acknowledgement leads to another one."""
        self._left = lines
        self._go_on()

    async def finish(self) -> None:
        """Write nothing new, and wait until everything is acknowledged."""
        self._left = 0
        await self.client.until(
            lambda: self.refused or len(self.acknowledged) == len(self.wrote),
            f"the last acknowledgements of {self._name}",
            3 * WITHIN,
        )
        assert self.refused == []

    def _go_on(self) -> None:
        while self._left and len(self.wrote) - len(self.acknowledged) < OUTSTANDING:
            self._left -= 1
            nonce = new_nonce()
            self.wrote[nonce] = f"{self._name} writes line {len(self.wrote) + 1}"
            if self.client.is_connected:
                self._send(nonce)

    def _send(self, nonce: str) -> None:
        fields = {"room": self._room, "text": self.wrote[nonce], "nonce": nonce}
        self.client.send("chat.post", fields, lambda answer: self._answered(nonce, answer))

    def _answered(self, nonce: str, answer: dict[str, Any]) -> None:
        if "error" in answer:
            if not answer["error"]["retry"]:
                self.refused.append(answer["error"])
            elif self.client.is_connected:  # else when it is back
                self._send(nonce)
            return
        first = self.acknowledged.setdefault(nonce, answer["ok"]["seq"])
        if first != answer["ok"]["seq"]:
            self.refused.append(f"{nonce} was acknowledged as {first} and as {answer['ok']['seq']}")
        else:
            self._go_on()

    def _resume(self) -> None:
        position = self.client.view(self._room).position
        self.client.send_join("room.join", f"room:{self._room}", {"room": self._room}, position)
        for nonce in self.wrote:
            if nonce not in self.acknowledged:
                self._send(nonce)


async def whole_log(reader: Client, room: str) -> list[dict[str, Any]]:
    """All messages of a room, oldest first, as a newcomer reads them."""
    answer = await reader.join(room)
    messages: list[dict[str, Any]] = answer["snapshot"]["messages"]
    more = answer["snapshot"]["more"]
    while more:
        page = await reader.call("chat.history", room=room, before=messages[0]["id"], limit=100)
        messages, more = page["messages"] + messages, page["more"]
    return messages


def check_against_log(writers: list[Writer], room: str, log: list[dict[str, Any]]) -> None:
    """Everything acknowledged is there once, the order is dense, and what each client saw is the log."""
    assert [message["id"] for message in log] == list(range(1, len(log) + 1))
    by_nonce = {message["nonce"]: message for message in log}
    assert len(by_nonce) == len(log)
    assert len(log) == sum(len(writer.wrote) for writer in writers)
    for writer in writers:
        writer.client.check()
        assert writer.refused == []
        for nonce, seq in writer.acknowledged.items():
            assert by_nonce[nonce]["id"] == seq
            assert by_nonce[nonce]["text"] == writer.wrote[nonce]
        view = writer.client.view(room)
        assert len(view.starts) == 1, f"{writer.client.kind} did not resume by position: {view.starts}"
        assert [event["seq"] for event in view.applied] == [message["id"] for message in log]
        assert [view.messages[message["id"]] for message in log] == log
