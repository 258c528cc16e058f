"""`/api/v1/openapi.json`: the API describes itself, to anybody, since nothing in it is secret."""

from aiohttp import web

from rtserver.api import openapi
from rtserver.http import JSON_TYPE
from rtserver.http_query import require_known

FRESH_SECONDS = 3_600
"""For which a client need not ask again: it changes with a new version of the server only."""


async def show_document(request: web.Request) -> web.Response:
    """The OpenAPI document. Raises `Refused` with INVALID for any parameter."""
    require_known(request, ())
    headers = {"Cache-Control": f"public, max-age={FRESH_SECONDS}"}
    return web.Response(text=openapi.text(), content_type=JSON_TYPE, headers=headers)
