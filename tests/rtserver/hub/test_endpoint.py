"""What admission sees of a request to aiohttp, and how refusals are answered."""

from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from msgspec import json

from rooms.errors import ErrorCode, Refused
from rtserver.hub.admit import AdmissionRules
from rtserver.hub.endpoint import engine_error, knock_of, refusal_response

RULES = AdmissionRules(frozenset({"https://own.example"}), frozenset({"https://portal.example"}), connections_max=1)


def request(path: str = "/socket.io/", method: str = "GET", **headers: str) -> Any:
    return make_mocked_request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


class TestKnock:
    def test_of_a_request(self) -> None:
        """The method, the query with the first of doubled names, the origin."""
        knock = knock_of(request("/socket.io/?EIO=4&project=p1&project=p2", "POST", Origin="https://own.example"))
        assert (knock.method, knock.origin, knock.is_upgrade) == ("POST", "https://own.example", False)
        assert (knock.query.get("EIO"), knock.query.get("project")) == ("4", "p1")
        assert knock_of(request()).origin is None

    @pytest.mark.parametrize(
        ("headers", "is_upgrade"),
        [
            ({"Connection": "Upgrade", "Upgrade": "websocket"}, True),
            ({"Connection": "keep-alive, UPGRADE", "Upgrade": "WebSocket"}, True),
            ({"Connection": "keep-alive", "Upgrade": "websocket"}, False),
            ({"Connection": "Upgrade"}, False),
            ({"Upgrade": "websocket"}, False),
            ({"Connection": "Upgrade", "Upgrade": "h2c"}, False),
            ({"Connection": "not-upgrade", "Upgrade": "websocket"}, False),
            ({}, False),
        ],
    )
    def test_of_an_upgrade(self, headers: dict[str, str], is_upgrade: bool) -> None:
        """Both headers say so, whatever their letters' case (RFC 6455, 4.1)."""
        assert knock_of(request(**headers)).is_upgrade is is_upgrade


class TestRefusals:
    @pytest.mark.parametrize("origin", ["https://own.example", "https://portal.example"])
    def test_readable_for_pages_that_may_connect(self, origin: str) -> None:
        """With their cookies, as they asked."""
        response = refusal_response(Refused(ErrorCode.SERVER_FULL), request(Origin=origin), RULES)
        assert (response.status, json.decode(response.body)["error"]["code"]) == (503, "server_full")  # type: ignore[arg-type]
        assert response.headers["Access-Control-Allow-Origin"] == origin
        assert response.headers["Access-Control-Allow-Credentials"] == "true"

    @pytest.mark.parametrize("headers", [{}, {"Origin": "https://stranger.example"}, {"Origin": ""}])
    def test_not_for_others(self, headers: dict[str, str]) -> None:
        """They are told no more than that."""
        response = refusal_response(Refused(ErrorCode.ORIGIN_REFUSED), request(**headers), RULES)
        assert response.status == 403
        assert not [name for name in response.headers if name.startswith("Access-Control")]

    def test_for_engineio(self) -> None:
        """The form that its `make_response` takes."""
        error = engine_error("413 PAYLOAD TOO LARGE", ErrorCode.TOO_LARGE)
        assert error["status"] == "413 PAYLOAD TOO LARGE"
        assert error["headers"] == [("Content-Type", "application/json")]
        refusal = Refused(ErrorCode.TOO_LARGE)
        assert json.decode(error["response"]) == {
            "error": {"code": "too_large", "message": refusal.message, "retry": refusal.retry}
        }
