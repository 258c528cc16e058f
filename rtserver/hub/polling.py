"""Engine.IO over HTTP long-polling: the packets of one request (Engine.IO protocol v4, "HTTP long-polling")."""

import asyncio
import base64
from typing import NamedTuple

from aiohttp import web
from engineio import exceptions

from rtserver.hub.outbox import BASE64_PREFIX

POST_BYTES_MAX = 1_000_000
"""Bytes of one polling request, and of one WebSocket message before it is cut off unread (Engine.IO `maxPayload`)."""

POST_PACKETS_MAX = 1_000
"""Packets of one polling request: a long queue that was written offline. Engineio's own 16 loses the rest silently."""

POST_DEADLINE = 60.0
"""Seconds for the body of one polling request: the longest one over a line of 150 kbit/s."""

PACKET_SEPARATOR = "\x1e"
"""Between the packets of a payload."""


CLIENT_PACKETS = ("1", "3", "4")
"""Close, pong and message: what a client may poll with (Engine.IO protocol v4, "Packet encoding")."""


class EnginePacket(NamedTuple):
    """A packet as a WebSocket would have carried it: text with its type in front, or a binary message."""

    data: bytes
    is_text: bool


async def read_packets(request: web.Request) -> list[EnginePacket]:
    """The packets of a request's body.

    Raises `ContentTooLongError`, or `EngineIOError` for what is too slow, broken, no UTF-8, no base64 or too many.
    """
    if request.content_length is not None and request.content_length > POST_BYTES_MAX:
        raise exceptions.ContentTooLongError
    encoded = (await _read_body(request)).split(PACKET_SEPARATOR)
    if len(encoded) > POST_PACKETS_MAX:
        raise exceptions.EngineIOError("too many packets")
    return [_decoded(one) for one in encoded]


async def _read_body(request: web.Request) -> str:
    body = bytearray()
    try:
        async with asyncio.timeout(POST_DEADLINE):
            while not request.content.at_eof():
                body += await request.content.readany()
                if len(body) > POST_BYTES_MAX:
                    raise exceptions.ContentTooLongError
        return body.decode()
    except UnicodeDecodeError:
        raise exceptions.EngineIOError("not UTF-8") from None
    except (TimeoutError, web.RequestPayloadError):
        raise exceptions.EngineIOError("the body did not come whole") from None
    finally:
        body.clear()  # the error refers to this frame, and the request to the error: the collector comes much later


def _decoded(encoded: str) -> EnginePacket:
    if encoded[:1] in CLIENT_PACKETS:
        return EnginePacket(encoded.encode(), is_text=True)
    if not encoded.startswith(BASE64_PREFIX):
        raise exceptions.EngineIOError("not an Engine.IO packet of a client")
    try:
        return EnginePacket(base64.b64decode(encoded[1:], validate=True), is_text=False)
    except ValueError:
        raise exceptions.EngineIOError("not base64") from None
