"""One try to move a polling socket to a WebSocket, with a clock that the test moves."""

from collections.abc import Callable

import pytest

from rtserver.hub import carrier as carrier_module
from rtserver.hub.carrier import UPGRADE_DEADLINE, Carrier, Upgrade, ignore
from rtserver.hub.frames import Opcode
from tests.rtserver.hub.fakes import FakeLoop, FakeTransport


class Socket:
    """A polling socket: what it was told, and what came to it by WebSocket."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.received: list[tuple[bytes, bool]] = []

    def end_poll(self) -> None:
        self.told.append("end the poll")

    def upgraded_to(self, carrier: Carrier) -> None:
        self.told.append("upgraded")
        carrier.receive = lambda message, is_text: self.received.append((message, is_text))

    def upgrade_failed(self) -> None:
        self.told.append("failed")


class Try:
    """A WebSocket that is offered to a socket."""

    def __init__(self, loop: FakeLoop) -> None:
        self.loop = loop
        self.socket = Socket()
        self.transport = FakeTransport()
        self.carrier = Carrier(self.transport)
        assert self.carrier.receive is ignore, "nothing is taken before the socket has it"
        self.upgrade = Upgrade(self.socket, self.carrier)

    def receive(self, *messages: str | bytes) -> None:
        for message in messages:
            is_text = isinstance(message, str)
            self.carrier.receive(message.encode() if isinstance(message, str) else message, is_text)

    def check_failed(self) -> None:
        """The WebSocket is cut and says nothing more; the socket goes on polling, and was told once."""
        assert self.socket.told[-1:] == ["failed"]
        told = list(self.socket.told)
        assert self.transport.is_aborted
        self.receive("2probe", "5", "4late")
        self.loop.advance(2 * UPGRADE_DEADLINE)
        assert self.socket.told == told
        assert self.socket.received == []
        assert self.loop.timers == 0


@pytest.fixture
def attempt(monkeypatch: pytest.MonkeyPatch) -> Try:
    return Try(FakeLoop.under(monkeypatch, carrier_module))


def test_a_good_one(attempt: Try) -> None:
    """Probe, answer, the end of the poll that waits, confirmation: then it carries the socket."""
    attempt.receive("2probe")
    assert attempt.transport.frames() == [(Opcode.TEXT, b"3probe")]
    assert attempt.socket.told == ["end the poll"]
    attempt.receive("5")
    assert attempt.socket.told == ["end the poll", "upgraded"]
    assert attempt.loop.timers == 0


def test_messages_right_behind_the_confirmation(attempt: Try) -> None:
    """Go to the socket, in order, as they came."""
    attempt.receive("2probe", "5", "4a", b"b", "4c")
    assert attempt.socket.received == [(b"4a", True), (b"b", False), (b"4c", True)]


@pytest.mark.parametrize("probe", ["", "2", "2prob", "2probe ", "3probe", "4a", "5", b"2probe", b""])
def test_a_wrong_probe(attempt: Try, probe: str | bytes) -> None:
    """Nothing is answered; a poll that waits goes on waiting."""
    attempt.receive(probe)
    assert attempt.transport.taken == b""
    assert "end the poll" not in attempt.socket.told
    attempt.check_failed()


@pytest.mark.parametrize("confirmation", ["", "2probe", "5x", "4a", "6", b"5"])
def test_a_wrong_confirmation(attempt: Try, confirmation: str | bytes) -> None:
    """Also a message: nothing is taken over this WebSocket before it is confirmed."""
    attempt.receive("2probe", confirmation)
    attempt.check_failed()


@pytest.mark.parametrize("so_far", [(), ("2probe",)], ids=["silent", "probed"])
def test_the_deadline(attempt: Try, so_far: tuple[str, ...]) -> None:
    """Of the whole try, counted from its beginning."""
    attempt.loop.advance(UPGRADE_DEADLINE / 2)
    attempt.receive(*so_far)
    attempt.loop.advance(UPGRADE_DEADLINE / 2 - 0.1)
    assert not attempt.transport.is_aborted
    attempt.loop.advance(0.2)
    attempt.check_failed()


def test_the_deadline_of_one_that_succeeded(attempt: Try) -> None:
    """Passes without a word."""
    attempt.receive("2probe", "5")
    attempt.loop.advance(2 * UPGRADE_DEADLINE)
    assert attempt.socket.told == ["end the poll", "upgraded"]
    assert not attempt.transport.is_aborted


def test_a_websocket_that_ends(attempt: Try) -> None:
    """The driver says so: the socket goes on polling."""
    attempt.receive("2probe")
    attempt.upgrade.fail()
    attempt.check_failed()


@pytest.mark.parametrize("take", [ignore])
def test_ignore(take: Callable[[bytes, bool], None]) -> None:
    """Takes whatever comes."""
    take(b"x", True)
    take(b"", False)
