"""The Socket.IO endpoint as aiohttp serves it: what admission looks at, and how refusals are answered."""

from typing import Any

from aiohttp import web
from msgspec import json

from rooms.errors import ErrorCode, Refused
from rtserver.http import error_response
from rtserver.hub.admit import AdmissionRules, Knock


def knock_of(request: web.Request) -> Knock:
    """An upgrade is one whose both headers say so (RFC 6455, 4.1), as engineio will look at it afterwards."""
    connection = [part.strip() for part in request.headers.get("Connection", "").lower().split(",")]
    is_upgrade = "upgrade" in connection and request.headers.get("Upgrade", "").lower() == "websocket"
    return Knock(request.method, request.query, request.headers.get("Origin"), is_upgrade)


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
    refusal = Refused(code)
    error = {"code": refusal.code, "message": refusal.message, "retry": refusal.retry}
    headers = [("Content-Type", "application/json")]
    return {"status": status, "headers": headers, "response": json.encode({"error": error})}
