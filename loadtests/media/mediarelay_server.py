"""The smallest server that passes calls on with aiortc alone, as its own examples do: `MediaRelay` for each track.

`python -m loadtests.media.mediarelay_server PORT`
"""

import sys
from collections import defaultdict

from aiohttp import web
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamTrack

from loadtests.server import HOST

CONFIGURATION = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
"""Otherwise aiortc asks a public STUN server, and leaves the fourth track of an offer without a transport."""


class Calls:
    """Who publishes what in each call."""

    def __init__(self) -> None:
        self._relay = MediaRelay()
        self._tracks: dict[int, dict[str, list[MediaStreamTrack]]] = defaultdict(lambda: {"audio": [], "video": []})
        self._connections: list[RTCPeerConnection] = []

    async def publish(self, request: web.Request) -> web.Response:
        """Take the tracks of an offer."""
        asked = await request.json()
        connection = self._connection()

        @connection.on("track")
        def keep(track: MediaStreamTrack) -> None:
            self._tracks[asked["call"]][track.kind].append(track)

        return await _answer(connection, asked["sdp"])

    async def subscribe(self, request: web.Request) -> web.Response:
        """Send every track of the call."""
        asked = await request.json()
        connection = self._connection()
        await connection.setRemoteDescription(RTCSessionDescription(asked["sdp"], "offer"))
        for tracks in self._tracks[asked["call"]].values():
            for track in tracks:
                connection.addTrack(self._relay.subscribe(track))
        return await _answer(connection, None)

    async def publishers(self, request: web.Request) -> web.Response:
        """How many there are."""
        asked = await request.json()
        return web.json_response({"count": len(self._tracks[asked["call"]]["video"])})

    async def close(self, app: web.Application) -> None:
        """Hang up."""
        for connection in self._connections:
            await connection.close()

    def _connection(self) -> RTCPeerConnection:
        connection = RTCPeerConnection(CONFIGURATION)
        self._connections.append(connection)
        return connection


async def _answer(connection: RTCPeerConnection, offer: str | None) -> web.Response:
    if offer is not None:
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    return web.json_response({"sdp": connection.localDescription.sdp})


def make_app() -> web.Application:
    """The program."""
    calls, app = Calls(), web.Application()
    app.router.add_post("/publish", calls.publish)
    app.router.add_post("/subscribe", calls.subscribe)
    app.router.add_post("/publishers", calls.publishers)
    app.on_shutdown.append(calls.close)
    return app


if __name__ == "__main__":
    web.run_app(make_app(), host=HOST, port=int(sys.argv[1]), print=None)
