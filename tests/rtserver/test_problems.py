import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from rooms.ports import LogUnavailable
from rtserver import problems
from rtserver.auth import Auth
from tests.rtserver.portal_fixtures import SECOND, Backend, backend, http_client, opened

OWN_ORIGIN = "http://127.0.0.1:8080"

Client = TestClient[web.Request, web.Application]

REPORT: dict[str, Any] = {
    "page": "index-Ab_12",
    "protocol": 3,
    "place": "twinspace",
    "phase": "waiting",
    "browser": "Firefox 141",
    "system": "Windows",
    "language": "pt-BR",
    "width": 1280,
    "height": 800,
    "is_online": True,
    "is_kept": False,
    "open_for": 90_500,
    "waiting": 2,
}


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def client(on: Backend) -> AsyncIterator[Client]:
    async with http_client(on, problems.routes(on.settings, on.auth, on.clock)) as made:
        yield made


async def send(client: Client, report: object = REPORT, **headers: str) -> tuple[int, Any, list[Any]]:
    """Status, answer, and the reports in the log."""
    sent = {"Origin": OWN_ORIGIN, "Content-Type": "application/json", **headers}
    data = report if isinstance(report, bytes) else json.dumps(report).encode()
    with capture_logs() as logs:
        async with client.post("/problems", data=data, headers=sent) as response:
            answer = await response.json()
    return response.status, answer, [entry for entry in logs if entry["event"] == "problem.reported"]


async def test_a_report_is_one_line_of_the_log_that_its_reference_finds(client: Client) -> None:
    history = [{"at": 0, "what": "connecting"}, {"at": 61_250, "what": "waiting", "code": "unavailable"}]
    status, answer, logged = await send(client, {**REPORT, "history": history, "round_trips": [12, 15]})
    assert status == 201
    (line,) = logged
    assert line["reference"] == answer["reference"]
    assert len(answer["reference"]) == problems.REFERENCE_LENGTH
    assert line["history"] == ["+0.0s connecting", "+61.2s waiting unavailable"]
    assert (line["signed_in"], line["browser"], line["round_trips"]) == (False, "Firefox 141", (12, 15))
    assert line["log_level"] == "warning"
    assert "room" not in line


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Léa Bernard"},
        {"page": "see https://example.org/?token=x"},
        {"browser": "Léa's browser"},
        {"browser": "Firefox 141\n"},
        {"phase": "I cannot hear Zoé"},
        {"room": "r_x\nforged line"},
        {"member": "x" * 65},
        {"width": -1},
        {"open_for": 1e300},
        {"round_trips": [1] * 6},
        {"history": [{"at": 1, "what": "online", "code": "TypeError: Léa is not defined"}]},
        {"history": [{"at": 1, "what": "online", "text": "hello"}]},
        {"history": [{"at": 1, "what": "online"}] * (problems.HISTORY_MAX + 1)},
    ],
)
async def test_there_is_no_place_for_words(client: Client, changes: dict[str, object]) -> None:
    """Nobody's name, text or address comes into the log this way, nor a line that somebody forged."""
    status, answer, logged = await send(client, {**REPORT, **changes})
    assert (status, answer["error"]["code"], logged) == (400, "invalid", [])


async def test_the_longest_report_fits_and_more_does_not(client: Client) -> None:
    entry = {"at": 9_999_999_999, "what": "x" * 32, "code": "y" * 80}
    longest = {**REPORT, "history": [entry] * problems.HISTORY_MAX}
    assert (await send(client, longest))[0] == 201
    assert (await send(client, b" " * (problems.REPORT_BYTES_MAX + 1)))[0] == 413
    assert (await send(client, b"[" * 5_000))[0] == 400


async def test_only_our_own_page_may_send_one(client: Client) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        status, answer, logged = await send(client, **headers)
        assert (status, answer["error"]["code"], logged) == (403, "origin_refused", [])
    assert (await send(client, **{"Content-Type": "text/plain"}))[0] == 415


async def signed_in(on: Backend) -> tuple[dict[str, Any], dict[str, str]]:
    """The report of a teacher, and the cookie of her browser."""
    project = await opened(on)
    member = project.founders[0].id
    url, _ = await on.administration.invite(project.id, member)
    _, token = await on.auth.redeem_invitation(url.partition("#")[2])
    return {**REPORT, "project": project.id, "member": member}, {"Cookie": f"rt_session_{member}={token}"}


async def test_it_is_told_whose_ids_are_proven(on: Backend, client: Client) -> None:
    report, cookie = await signed_in(on)
    assert (await send(client, report, **cookie))[2][0]["signed_in"] is True
    for forged in ({**report, "project": "p_other"}, {**report, "member": "m_other"}):
        assert (await send(client, forged, **cookie))[2][0]["signed_in"] is False
    assert (await send(client, report, Cookie=f"rt_session_{report['member']}=guessed"))[2][0]["signed_in"] is False


async def test_strangers_cannot_fill_the_log_nor_take_the_members_share(on: Backend, client: Client) -> None:
    for _ in range(problems.OF_NETWORK.burst):
        assert (await send(client))[0] == 201
    status, answer, logged = await send(client)
    assert (status, answer["error"]["code"], logged) == (429, "too_many_requests", [])
    assert answer["error"]["retry_after"] == 60
    report, cookie = await signed_in(on)
    assert (await send(client, report, **cookie))[0] == 201
    on.clock.advance(60 * SECOND)
    assert (await send(client))[0] == 201


async def test_who_has_reported_often_keeps_nobody_from_it(on: Backend, client: Client) -> None:
    """Neither another member nor somebody who is not signed in."""
    (report, cookie), (other, others_cookie) = await signed_in(on), await signed_in(on)
    for _ in range(problems.OF_MEMBER.burst):
        assert (await send(client, report, **cookie))[0] == 201
    assert (await send(client, report, **cookie))[0] == 429
    assert (await send(client, other, **others_cookie))[0] == 201
    assert (await send(client))[0] == 201


async def test_strangers_of_many_networks_have_a_limit_together(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = (f"192.0.{number}.7" for number in range(256))
    monkeypatch.setattr(web.BaseRequest, "remote", property(lambda _request: next(addresses)))
    for _ in range(problems.OF_STRANGERS.burst):
        assert (await send(client))[0] == 201
    assert (await send(client))[0] == 429


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
        (None, ""),
    ],
)
def test_networks(address: str | None, network: str) -> None:
    assert problems.network_of(address) == network


async def test_a_report_about_a_database_that_is_away_is_taken(
    on: Backend, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, cookie = await signed_in(on)

    async def gone(_auth: Auth, _token: str) -> None:
        raise LogUnavailable("the database is away")

    monkeypatch.setattr(Auth, "session", gone)
    status, _, logged = await send(client, report, **cookie)
    assert (status, logged[0]["signed_in"]) == (201, False)
