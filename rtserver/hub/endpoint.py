"""The Socket.IO endpoint as aiohttp serves it: what admission looks at, and how refusals are answered."""

from typing import Any

from aiohttp import web
from msgspec import json

from rooms.errors import ErrorCode, Refused
from rtserver.http import JSON_TYPE, error_body, error_response
from rtserver.hub.admit import AdmissionRules, Knock, is_websocket_upgrade


def knock_of(request: web.Request) -> Knock:
    """What admission looks at; engineio looks at the same afterwards."""
    headers = request.headers
    return Knock(request.method, request.query, headers.get("Origin"), is_websocket_upgrade(headers))


def refusal_response(refusal: Refused, request: web.Request, rules: AdmissionRules) -> web.Response:
    """The refusal as JSON, readable for the pages of origins that may connect."""
    response = error_response(refusal)
    origin = request.headers.get("Origin")
    if origin in rules.own_origins | rules.allowed_origins:
        response.headers["Access-Control-Allow-Origin"] = origin or ""
        response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


def engine_error(status: str, code: ErrorCode) -> dict[str, Any]:
    """An error as engineio's `_make_response` takes it. `status`: as in an HTTP status line."""
    headers = [("Content-Type", JSON_TYPE)]
    return {"status": status, "headers": headers, "response": json.encode(error_body(Refused(code)))}
