"""python-socketio on aiohttp exactly as shipped, doing what the comparison asks of every server.

Run as `python -m loadtests.compare.python_socketio PORT`; it stops at SIGTERM.
"""

import sys
from typing import Any

import socketio
from aiohttp import web

HOST = "127.0.0.1"


def application() -> web.Application:
    """`room.join` puts a socket into a room and acknowledges; `room.signal` goes to everybody else in the room."""
    server = socketio.AsyncServer(async_mode="aiohttp")

    async def join(sid: str, asked: dict[str, Any]) -> dict[str, Any]:
        await server.enter_room(sid, asked["room"])
        return {"ok": {}}

    async def signal(sid: str, asked: dict[str, Any]) -> None:
        room = asked["room"]
        told = {"room": room, "member": sid, "topic": asked["topic"], "data": asked["data"]}
        await server.emit("signal", told, room=room, skip_sid=sid)

    server.on("room.join", join)
    server.on("room.signal", signal)
    app = web.Application()
    server.attach(app)
    return app


if __name__ == "__main__":
    web.run_app(application(), host=HOST, port=int(sys.argv[1]), print=None)
