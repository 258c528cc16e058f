import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import text
from structlog.testing import capture_logs

from rtserver.api.shapes import Ticket
from tests.rtserver.api.support import api_client
from tests.rtserver.portal_fixtures import Backend, backend, count_projects

ROOT = "/api/v1/projects"
SECRET_NAME = "Léa-Secret"

OPENING: dict[str, Any] = {
    "title": "Rivers",
    "founders": [
        {
            "roster_name": "Claire Martin",
            "alias": "Mme Martin",
            "class": {
                "name": "4e B",
                "school": "Collège Jean-Moulin",
                "country": "FR",
                "timezone": "Europe/Paris",
                "languages": ["fr"],
            },
        },
        {
            "roster_name": "Ewa Nowak",
            "alias": "p. Ewa",
            "class": {
                "name": "klasa 7a",
                "school": "Szkoła Podstawowa nr 12",
                "country": "PL",
                "timezone": "Europe/Warsaw",
                "languages": ["pl"],
            },
        },
    ],
}
NAMES = {"roster_name": "A", "alias": "A"}
ITALIAN = {"name": "3C", "school": "Liceo", "country": "IT", "timezone": "Europe/Rome", "languages": ["it"]}


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The code of an error, whose form is checked on the way."""
        assert set(self.body) == {"error"}
        assert set(self.body["error"]) == {"code", "message", "retry"}
        assert isinstance(self.body["error"]["message"], str)
        return str(self.body["error"]["code"])


@dataclass(frozen=True)
class Portal:
    """A portal's backend with its API key."""

    client: TestClient[web.Request, web.Application]
    key: str

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        sent = {
            "Authorization": f"Bearer {self.key}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        async with self.client.request(method, path, data=data, headers=sent) as response:
            raw = await response.read()
            return Answer(response.status, json.loads(raw) if raw else None, dict(response.headers))

    async def open_project(self, **headers: str) -> dict[str, Any]:
        answer = await self.ask("POST", ROOT, OPENING, **headers)
        assert answer.status == 201
        body: dict[str, Any] = answer.body
        return body


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def client(on: Backend) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with api_client(on) as made:
        yield made


@pytest.fixture
async def lyon(on: Backend, client: TestClient[web.Request, web.Application]) -> Portal:
    return Portal(client, (await on.auth.create_key("Moodle of Lyon", "lyon"))[1])


class TestFromOpeningToTicket:
    async def test_a_portal_sets_a_project_up_and_lets_a_pupil_in(self, on: Backend, lyon: Portal) -> None:
        project = await lyon.open_project()
        assert project["phase"] == "draft"
        assert [known["country"] for known in project["classes"]] == ["FR", "PL"]
        assert [founder["roster_name"] for founder in project["founders"]] == ["Claire Martin", "Ewa Nowak"]
        path = f"{ROOT}/{project['id']}"

        active = await lyon.ask("PATCH", path, {"phase": "active"})
        assert (active.status, active.body["phase"]) == (200, "active")
        assert (await lyon.ask("GET", path)).body == active.body

        added = await lyon.ask("POST", f"{path}/classes", ITALIAN)
        assert added.status == 201
        assert (await lyon.ask("GET", f"{path}/classes")).body["classes"][2] == added.body

        pupil = {"role": "pupil", "class_id": added.body["id"], "roster_name": "Luca Rossi", "alias": "Luca"}
        member = await lyon.ask("POST", f"{path}/members", pupil)
        assert member.status == 201
        assert member.body == {**pupil, "id": member.body["id"], "removed": False}
        assert (await lyon.ask("GET", f"{path}/members")).body["members"][2] == member.body

        room = await lyon.ask("POST", f"{path}/rooms", {"name": "Group 1"})
        assert (room.status, room.body["kind"], room.body["open"]) == (201, "group-room", False)
        rooms = (await lyon.ask("GET", f"{path}/rooms")).body["rooms"]
        assert [known["kind"] for known in rooms] == ["class-room", "staff-room", "group-room"]
        assert [known["boards"] for known in rooms] == [[{"id": known["id"], "name": ""}] for known in rooms]

        ticket = await lyon.ask("POST", f"{path}/tickets", {"member": member.body["id"]})
        assert ticket.status == 201
        assert ticket.body["expires_at"] == on.clock() + 60_000
        session, token = await on.auth.redeem_ticket(ticket.body["ticket"], project["id"])
        assert session.member == member.body["id"]

        removed = await lyon.ask("DELETE", f"{path}/members/{member.body['id']}")
        assert (removed.status, removed.body) == (204, None)
        assert await on.auth.session(token) is None
        assert (await lyon.ask("GET", f"{path}/members")).body["members"][2]["removed"] is True
        again = await lyon.ask("POST", f"{path}/tickets", {"member": member.body["id"]})
        assert (again.status, again.code) == (404, "unknown_member")

    async def test_lists_go_by_pages(self, lyon: Portal) -> None:
        made = [(await lyon.open_project())["id"] for _ in range(3)]
        first = await lyon.ask("GET", f"{ROOT}?limit=2")
        assert first.body["next"] == first.body["projects"][1]["id"]
        rest = await lyon.ask("GET", f"{ROOT}?limit=2&after={first.body['next']}")
        assert rest.body["next"] is None
        listed = [known["id"] for known in first.body["projects"] + rest.body["projects"]]
        assert sorted(listed) == sorted(made)

    async def test_answers_are_not_kept_and_carry_the_security_headers(self, lyon: Portal) -> None:
        for answer in (await lyon.ask("GET", ROOT), await lyon.ask("GET", "/api/v1/nothing")):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Type"].startswith("application/json")


class TestIdempotencyKey:
    async def test_makes_a_thing_once(self, lyon: Portal) -> None:
        first = await lyon.open_project(Idempotency_Key="order 66/é"[:8])
        assert await lyon.open_project(Idempotency_Key="order 66/é"[:8]) == first
        assert len((await lyon.ask("GET", ROOT)).body["projects"]) == 1
        path = f"{ROOT}/{first['id']}"
        for kind, body in (
            ("classes", ITALIAN),
            ("members", {"role": "visitor", "roster_name": "A", "alias": "A"}),
            ("rooms", {"name": "Group 1"}),
        ):
            made = [await lyon.ask("POST", f"{path}/{kind}", body, Idempotency_Key="1") for _ in range(2)]
            assert [answer.status for answer in made] == [201, 201]
            assert made[0].body == made[1].body
            assert len((await lyon.ask("GET", f"{path}/{kind}")).body[kind]) == 3

    async def test_makes_a_thing_once_also_when_sent_twice_at_once(self, lyon: Portal) -> None:
        path = f"{ROOT}/{(await lyon.open_project())['id']}/rooms"
        sent = (lyon.ask("POST", path, {"name": "Group 1"}, Idempotency_Key="1") for _ in range(5))
        assert len({answer.body["id"] for answer in await asyncio.gather(*sent)}) == 1

    async def test_of_another_portal_is_another_key(self, on: Backend, lyon: Portal) -> None:
        path = f"{ROOT}/{(await lyon.open_project())['id']}/rooms"
        other = Portal(lyon.client, (await on.auth.create_key("Another of Lyon", "lyon"))[1])
        made = [await portal.ask("POST", path, {"name": "G"}, Idempotency_Key="1") for portal in (lyon, other)]
        assert made[0].body["id"] != made[1].body["id"]

    async def test_lets_a_removal_be_repeated(self, lyon: Portal) -> None:
        path = f"{ROOT}/{(await lyon.open_project())['id']}/members"
        member = (await lyon.ask("POST", path, {"role": "visitor", "roster_name": "A", "alias": "A"})).body["id"]
        for _ in range(2):
            assert (await lyon.ask("DELETE", f"{path}/{member}", Idempotency_Key="1")).status == 204
        answer = await lyon.ask("DELETE", f"{path}/{member}", Idempotency_Key="2")
        assert (answer.status, answer.code) == (404, "unknown_member")

    async def test_never_repeats_a_ticket(self, lyon: Portal) -> None:
        project = await lyon.open_project()
        path, founder = f"{ROOT}/{project['id']}/tickets", project["founders"][0]["id"]
        asked = [await lyon.ask("POST", path, {"member": founder}, Idempotency_Key="1") for _ in range(2)]
        assert asked[0].body["ticket"] != asked[1].body["ticket"]

    @pytest.mark.parametrize("header", ["", "   ", "x" * 256])
    async def test_that_is_none_is_refused(self, lyon: Portal, header: str) -> None:
        answer = await lyon.ask("POST", ROOT, OPENING, Idempotency_Key=header)
        assert (answer.status, answer.code) == (400, "invalid")


REQUESTS: list[tuple[str, str, object]] = [
    ("GET", "", None),
    ("PATCH", "", {"phase": "active"}),
    ("POST", "/classes", ITALIAN),
    ("GET", "/classes", None),
    ("POST", "/members", {"role": "visitor", "roster_name": "A", "alias": "A"}),
    ("GET", "/members", None),
    ("DELETE", "/members/m_x", None),
    ("POST", "/rooms", {"name": "Group 1"}),
    ("GET", "/rooms", None),
    ("POST", "/tickets", {"member": "m_x"}),
]
"""Every request about a project."""


class TestScope:
    @pytest.mark.parametrize(("method", "tail", "body"), REQUESTS)
    async def test_what_lies_outside_looks_as_if_it_did_not_exist(
        self, on: Backend, lyon: Portal, method: str, tail: str, body: object
    ) -> None:
        """Key of: the organisation, the project, another project of the organisation, another organisation."""
        project = (await lyon.open_project())["id"]
        sibling = (await lyon.open_project())["id"]
        keys = {
            "organisation": lyon.key,
            "project": (await on.auth.create_key("x", "lyon", project))[1],
            "sibling": (await on.auth.create_key("x", "lyon", sibling))[1],
            "stranger": (await on.auth.create_key("x", "lublin"))[1],
        }
        seen = {}
        for name, key in keys.items():
            answer = await Portal(lyon.client, key).ask(method, f"{ROOT}/{project}{tail}", body)
            seen[name] = (answer.status, answer.body)
        unknown = await lyon.ask(method, f"{ROOT}/p_unknown{tail}", body)
        assert (unknown.status, unknown.code) == (404, "unknown_project")
        assert seen["sibling"] == seen["stranger"] == (unknown.status, unknown.body)
        for insider in ("organisation", "project"):
            assert seen[insider] != seen["stranger"]
            assert seen[insider][0] in (200, 201) or "m_x" in f"{tail}{body}"

    async def test_lists_hold_only_what_the_key_is_for(self, on: Backend, lyon: Portal) -> None:
        project = (await lyon.open_project())["id"]
        sibling = (await lyon.open_project())["id"]
        one = Portal(lyon.client, (await on.auth.create_key("x", "lyon", project))[1])
        stranger = Portal(lyon.client, (await on.auth.create_key("x", "lublin"))[1])
        listed = {known["id"] for known in (await lyon.ask("GET", ROOT)).body["projects"]}
        assert listed == {project, sibling}
        assert [known["id"] for known in (await one.ask("GET", ROOT)).body["projects"]] == [project]
        assert (await stranger.ask("GET", ROOT)).body == {"projects": [], "next": None}
        for after in (project, "p_unknown"):
            answer = await stranger.ask("GET", f"{ROOT}?after={after}")
            assert (answer.status, answer.code) == (404, "unknown_project")

    async def test_a_key_of_one_project_opens_no_other(self, on: Backend, lyon: Portal) -> None:
        project = (await lyon.open_project())["id"]
        one = Portal(lyon.client, (await on.auth.create_key("x", "lyon", project))[1])
        answer = await one.ask("POST", ROOT, OPENING)
        assert (answer.status, answer.code) == (403, "api_key_invalid")
        assert len((await lyon.ask("GET", ROOT)).body["projects"]) == 1

    async def test_a_revoked_key_opens_nothing_at_once(self, on: Backend, lyon: Portal) -> None:
        key_id, token = await on.auth.create_key("x", "lyon")
        portal = Portal(lyon.client, token)
        assert (await portal.ask("GET", ROOT)).status == 200
        await on.auth.revoke_key(key_id)
        answer = await portal.ask("GET", ROOT)
        assert (answer.status, answer.code) == (401, "api_key_invalid")

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "Bearer a b", "x" * 5_000])
    @pytest.mark.parametrize("path", [ROOT, f"{ROOT}/p_unknown", f"{ROOT}/p_unknown/members"])
    async def test_without_a_key_nothing_is_said(self, lyon: Portal, header: str, path: str) -> None:
        answer = await lyon.ask("GET", path, Authorization=header)
        assert (answer.status, answer.code) == (401, "api_key_invalid")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    async def test_the_word_bearer_may_be_written_small(self, lyon: Portal) -> None:
        assert (await lyon.ask("GET", ROOT, Authorization=f"bearer  {lyon.key}")).status == 200


def opening(**changes: object) -> dict[str, object]:
    return {**OPENING, **changes}


def with_class(**changes: object) -> dict[str, object]:
    first, second = OPENING["founders"]
    return opening(founders=[{**first, "class": {**first["class"], **changes}}, second])


BAD_BODIES: list[tuple[object, int, str]] = [
    (b"", 400, "malformed"),
    (b"{", 400, "malformed"),
    (b"\xff\xfe", 400, "malformed"),
    (b'{"title": "\xff"}', 400, "malformed"),
    (b'{"title": "\\ud800"}', 400, "malformed"),
    (b"[" * 60_000, 400, "invalid"),
    (b"[]", 400, "invalid"),
    (b"null", 400, "invalid"),
    ({}, 400, "invalid"),
    (opening(extra=1), 400, "invalid"),
    (opening(**{"x" * 50_000: 1}), 400, "invalid"),
    (opening(title=7), 400, "invalid"),
    (opening(title=""), 400, "invalid"),
    (opening(title="  "), 400, "invalid"),
    (opening(title="a\x00b"), 400, "invalid"),
    (opening(title="x" * 121), 400, "invalid"),
    (opening(national="yes"), 400, "invalid"),
    (opening(founders=[]), 400, "invalid"),
    (opening(founders=OPENING["founders"] * 2), 400, "invalid"),
    (with_class(country="fr"), 400, "invalid"),
    (with_class(languages=[]), 400, "invalid"),
    (with_class(languages=["fr"] * 9), 400, "invalid"),
    (with_class(country="XX"), 400, "country_unknown"),
    (with_class(timezone="Mars/Olympus"), 400, "timezone_unknown"),
    (with_class(languages=["!"]), 400, "language_unknown"),
    (with_class(country="PL"), 400, "founders_same_country"),
    (b'"' + b"x" * 70_000 + b'"', 413, "too_large"),
]


class TestBadInput:
    @pytest.mark.parametrize(("body", "status", "code"), BAD_BODIES)
    async def test_gets_a_code_and_a_sentence_and_changes_nothing(
        self, on: Backend, lyon: Portal, body: object, status: int, code: str
    ) -> None:
        answer = await lyon.ask("POST", ROOT, body)
        assert (answer.status, answer.code) == (status, code)
        assert len(answer.body["error"]["message"]) < 400
        assert await count_projects(on) == 0

    async def test_that_is_too_large_is_refused_before_it_has_all_come(self, lyon: Portal) -> None:
        """A body without a length is counted as it comes."""
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 10_000_000:
                sent += 65_536
                yield b" " * 65_536

        headers = {"Authorization": f"Bearer {lyon.key}", "Content-Type": "application/json"}
        async with lyon.client.post(ROOT, data=endless(), headers=headers) as response:
            assert response.status == 413
            assert (await response.json())["error"]["code"] == "too_large"

    async def test_unknown_roles_are_refused_without_repeating_them(self, lyon: Portal) -> None:
        path = f"{ROOT}/{(await lyon.open_project())['id']}/members"
        answer = await lyon.ask("POST", path, {"role": SECRET_NAME, "roster_name": "A", "alias": "A"})
        assert (answer.status, answer.code) == (400, "invalid")
        assert "$.role" in answer.body["error"]["message"]
        assert SECRET_NAME not in answer.body["error"]["message"]

    @pytest.mark.parametrize(
        ("method", "tail", "body", "status", "code"),
        [
            ("PATCH", "", {"phase": "deleted"}, 400, "invalid"),
            ("PATCH", "", {"phase": "active", "title": "x"}, 400, "invalid"),
            ("POST", "/members", {**NAMES, "role": "founder", "class_id": None}, 400, "invalid"),
            ("POST", "/members", {**NAMES, "role": "pupil", "class_id": "c_x"}, 404, "unknown_class"),
            ("POST", "/members", {**NAMES, "role": "pupil"}, 400, "invalid"),
            ("POST", "/members", {"role": "visitor", "roster_name": "A"}, 400, "invalid"),
            ("POST", "/rooms", {"name": ""}, 400, "invalid"),
            ("POST", "/tickets", {"member": "m_x"}, 404, "unknown_member"),
            ("POST", "/tickets", {"member": 7}, 400, "invalid"),
            ("POST", "/tickets", {}, 400, "invalid"),
            ("DELETE", "/members/m_x", None, 404, "unknown_member"),
            ("DELETE", "/members/%00", None, 404, "unknown_member"),
        ],
    )  # fmt: skip
    async def test_about_a_project(
        self, lyon: Portal, method: str, tail: str, body: object, status: int, code: str
    ) -> None:
        answer = await lyon.ask(method, f"{ROOT}/{(await lyon.open_project())['id']}{tail}", body)
        assert (answer.status, answer.code) == (status, code)

    @pytest.mark.parametrize("project", ["%00", "%FF", "a%2Fb", "x" * 65, "%F0%9F%A6%A6", "..%2F..", "'--"])
    async def test_ids_that_cannot_be(self, lyon: Portal, project: str) -> None:
        answer = await lyon.ask("GET", f"{ROOT}/{project}")
        assert (answer.status, answer.code) == (404, "unknown_project")

    @pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "", "1e2", "٣", "1" * 5_000])
    async def test_limits_that_are_none(self, lyon: Portal, limit: str) -> None:
        answer = await lyon.ask("GET", f"{ROOT}?limit={limit}")
        assert (answer.status, answer.code) == (400, "invalid")

    @pytest.mark.parametrize(
        ("method", "path", "message"),
        [
            ("GET", f"{ROOT}?lmit=2", "lmit: no parameter of this request; there are limit, after"),
            ("POST", f"{ROOT}?limit=2", "limit: no parameter of this request; this request takes none"),
            ("GET", f"{ROOT}/%s?x=1", "x: no parameter of this request; this request takes none"),
            ("GET", f"{ROOT}?limit=2&{'x' * 5_000}", f"{'x' * 40}: no parameter of this request; there are limit"),
        ],
    )  # fmt: skip
    async def test_parameters_that_there_are_not(self, lyon: Portal, method: str, path: str, message: str) -> None:
        project = (await lyon.open_project())["id"]
        answer = await lyon.ask(method, path.replace("%s", project), OPENING if method == "POST" else None)
        assert (answer.status, answer.code) == (400, "invalid")
        assert f"({message}" in answer.body["error"]["message"]
        assert len((await lyon.ask("GET", ROOT)).body["projects"]) == 1

    async def test_a_founder_stays(self, lyon: Portal) -> None:
        project = await lyon.open_project()
        answer = await lyon.ask("DELETE", f"{ROOT}/{project['id']}/members/{project['founders'][0]['id']}")
        assert (answer.status, answer.code) == (409, "founder_stays")

    async def test_a_pupil_gets_no_ticket_for_a_draft(self, lyon: Portal) -> None:
        project = await lyon.open_project()
        path = f"{ROOT}/{project['id']}"
        pupil = {"role": "pupil", "class_id": project["classes"][0]["id"], "roster_name": "A", "alias": "A"}
        member = (await lyon.ask("POST", f"{path}/members", pupil)).body["id"]
        answer = await lyon.ask("POST", f"{path}/tickets", {"member": member})
        assert (answer.status, answer.code) == (409, "project_not_started")


class TestProtocolErrors:
    @pytest.mark.parametrize("path", ["/api/v1", "/api/v1/", "/api/v2/projects", f"{ROOT}/", f"{ROOT}/p/classes/x"])
    async def test_unknown_paths(self, lyon: Portal, path: str) -> None:
        answer = await lyon.ask("GET", path)
        assert (answer.status, answer.code) == (404, "unknown_command")

    async def test_wrong_methods_are_told_the_right_ones(self, lyon: Portal) -> None:
        answer = await lyon.ask("PUT", ROOT, OPENING)
        assert (answer.status, answer.code) == (405, "unknown_command")
        assert {"GET", "POST"} <= set(answer.headers["Allow"].split(","))

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    async def test_other_content_types(self, lyon: Portal, content_type: str) -> None:
        answer = await lyon.ask("POST", ROOT, OPENING, Content_Type=content_type)
        assert (answer.status, answer.code) == (415, "invalid")

    async def test_a_charset_may_be_said(self, lyon: Portal) -> None:
        answer = await lyon.ask("POST", ROOT, OPENING, Content_Type="application/json; charset=utf-8")
        assert answer.status == 201

    async def test_a_store_that_fails_is_said_so_and_may_be_tried_again(self, on: Backend, lyon: Portal) -> None:
        project = (await lyon.open_project())["id"]
        async with on.database.write() as connection:
            await connection.execute(text("ALTER TABLE identities RENAME TO gone"))
        with capture_logs() as logs:
            answer = await lyon.ask("GET", f"{ROOT}/{project}")
        assert (answer.status, answer.code, answer.body["error"]["retry"]) == (503, "unavailable", True)
        assert project not in str(logs[0]["route"])

    async def test_a_bug_is_logged_and_answered_without_details(
        self, on: Backend, lyon: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: object) -> None:
            raise KeyError(SECRET_NAME)

        monkeypatch.setattr(on.administration, "rooms", broken)
        project = (await lyon.open_project())["id"]
        with capture_logs() as logs:
            answer = await lyon.ask("GET", f"{ROOT}/{project}/rooms")
        assert (answer.status, answer.code) == (500, "internal")
        assert SECRET_NAME not in json.dumps(answer.body)
        assert [entry["event"] for entry in logs] == ["http.failed"]
        assert lyon.key not in str(logs)

    async def test_nothing_about_a_request_is_logged(self, lyon: Portal, caplog: pytest.LogCaptureFixture) -> None:
        with capture_logs() as logs:
            project = await lyon.open_project()
            path = f"{ROOT}/{project['id']}/tickets"
            ticket = (await lyon.ask("POST", path, {"member": project["founders"][0]["id"]})).body["ticket"]
        written = str(logs) + caplog.text
        for secret in (lyon.key, ticket, "Claire Martin"):
            assert secret not in written


def test_a_ticket_does_not_show_itself() -> None:
    assert "secret" not in repr(Ticket("secret", 1))
