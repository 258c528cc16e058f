"""A command on its way: whose room it is about, and what is said of its errors."""

import pytest
from structlog.testing import capture_logs

from media.engine import EngineUnavailable
from rooms.errors import ErrorCode, Refused
from rooms.ports import LogUnavailable
from rtserver.hub.asked import Asked, answering, refusal_of
from tests.rtserver.hub.support import Classroom, Seat


@pytest.fixture
async def seat(classroom: Classroom) -> Seat:
    return classroom.sit(classroom.claire)


@pytest.fixture
def asked(classroom: Classroom, seat: Seat) -> Asked:
    return Asked(classroom.tools, classroom.live, seat.connection, ack=7)


def code_of(refusal: Refused) -> ErrorCode:
    return refusal.code


async def test_the_room(classroom: Classroom, asked: Asked, seat: Seat) -> None:
    """Must be one that the member may read, and that this connection is in."""
    assert asked.actor == classroom.claire
    with pytest.raises(Refused) as caught:
        asked.joined_room(classroom.hall)
    assert caught.value.code is ErrorCode.NOT_JOINED
    await seat.join(classroom.hall)
    assert asked.joined_room(classroom.hall) is classroom.live.rooms[classroom.hall]
    with pytest.raises(Refused) as caught:
        asked.joined_room("nowhere")
    assert caught.value.code is ErrorCode.UNKNOWN_ROOM


@pytest.mark.parametrize("error", [LogUnavailable("disk"), EngineUnavailable("worker")])
def test_what_may_be_asked_again(asked: Asked, error: Exception) -> None:
    """Is a warning in the log, without a trace."""
    with capture_logs() as logs:
        assert code_of(refusal_of(asked, error)) is ErrorCode.UNAVAILABLE
    assert [line["event"] for line in logs] == ["command.unavailable"]


def test_a_refusal(asked: Asked) -> None:
    """Is told as it is, and not logged."""
    with capture_logs() as logs:
        assert code_of(refusal_of(asked, Refused(ErrorCode.ROOM_CLOSED))) is ErrorCode.ROOM_CLOSED
    assert logs == []


async def test_a_bug(asked: Asked, seat: Seat) -> None:
    """Is answered without details and logged with them."""

    async def fail() -> None:
        raise ZeroDivisionError("secret")

    with capture_logs() as logs:
        await answering(asked, fail())
    assert seat.outbox.acks()[7]["error"]["code"] == "internal"
    assert "secret" not in str(seat.outbox.texts())
    assert [line["event"] for line in logs] == ["command.failed"]
