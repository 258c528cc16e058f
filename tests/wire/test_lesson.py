"""A lesson's timer, polls and calls for attention, as official clients live them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import NPM_WEBSOCKET, PYTHON_POLLING, Client, Kind
from tests.wire.conftest import GENEROUS
from tests.wire.server import Server

two_kinds = pytest.mark.parametrize("kind", [NPM_WEBSOCKET, PYTHON_POLLING], ids=str)

QUESTION = {"question": "Ready?", "choices": ["Yes", "No"]}


async def opened(classroom: Classroom, teacher: Client) -> dict[str, str]:
    """A new poll in the class room: how it is named in commands."""
    await teacher.call("poll.open", room=classroom.room, **QUESTION, nonce=new_nonce())
    event = await teacher.push("event", lambda told: told["body"]["kind"] == "poll.opened")
    return {"room": classroom.room, "poll": event["body"]["poll"]}


@two_kinds
async def test_a_lesson(classroom: Classroom, kind: Kind) -> None:
    """Timer, a poll with its progress and its result, a call for attention and the end reach everybody."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    await teacher.call("timer.set", room=classroom.room, seconds=600, nonce=new_nonce())
    timer = await pupil.push("event", lambda told: told["body"]["kind"] == "timer.set")
    assert timer["body"]["seconds"] == 600
    assert abs(timer["body"]["ends_at"] - timer["at"] - 600_000) <= 10_000

    of = await opened(classroom, teacher)
    assert await pupil.call("poll.vote", **of, choice=1, nonce=new_nonce()) == {}
    assert await teacher.push("poll_progress") == {**of, "votes": 1}
    joined = await (await classroom.connect(classroom.jan, kind)).join_project()
    assert joined["ballots"] == [{**of, "votes": 1, "choice": 1}]
    await teacher.call("poll.close", **of, nonce=new_nonce())
    closed = await pupil.push("event", lambda told: told["body"]["kind"] == "poll.closed")
    assert closed["body"] == {"kind": "poll.closed", **of, "counts": [0, 1]}

    await teacher.call("attention.call", room=classroom.room, part="board")
    told = {"room": classroom.room, "part": "board", "by": classroom.claire}
    assert await pupil.push("attention") == told

    nonce = new_nonce()
    for _ in range(2):
        await teacher.call("lesson.end", room=classroom.room, nonce=nonce)
    await pupil.push("event", lambda event: event["body"]["kind"] == "lesson.ended")
    joined = await (await classroom.connect(classroom.jan, kind)).join_project()
    assert joined["snapshot"]["timer"] is None
    assert [room["lesson_over"] for room in joined["snapshot"]["rooms"] if room["id"] == classroom.room] == [True]
    refused = {"room": classroom.room, "text": "one more thing", "nonce": new_nonce()}
    assert await pupil.refusal("chat.post", **refused) == "room_closed"


@pytest.mark.one_driver
async def test_votes_outlive_a_killed_server(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """What was acknowledged is counted; the voter finds it when they are back; the timer runs on."""
    server = own_server(**GENEROUS)
    classroom: Classroom = await open_room(server)
    teacher, pupil = await classroom.enter(classroom.claire), await classroom.enter(classroom.jan)
    await teacher.call("timer.set", room=classroom.room, seconds=600, nonce=new_nonce())
    of = await opened(classroom, teacher)
    await pupil.call("poll.vote", **of, choice=0, nonce=new_nonce())
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)
    back = await classroom.connect(classroom.jan)
    joined = await back.join_project()
    assert joined["ballots"] == [{**of, "votes": 1, "choice": 0}]
    assert joined["snapshot"]["timer"]["seconds"] == 600
    teacher = await classroom.connect(classroom.claire)
    await teacher.join_project()
    await teacher.call("poll.close", **of, nonce=new_nonce())
    closed = await back.push("event", lambda told: told["body"]["kind"] == "poll.closed")
    assert closed["body"]["counts"] == [1, 0]
