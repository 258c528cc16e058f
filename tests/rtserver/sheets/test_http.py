"""The requests for sheets over a real socket, on real SQLite."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from rooms.errors import ErrorCode, Refused
from rooms.model import ClassId, MemberId, ProjectId, ProjectPhase, Role, RoomId
from rooms.permissions import Standing
from rtserver.pages import cookie_name
from rtserver.shapes import NewMember
from rtserver.sheets import http
from rtserver.sheets.http import Parts, routes
from rtserver.storage import SqlLog
from tests.rtserver.portal_fixtures import Backend, backend, http_client
from tests.rtserver.portal_fixtures import opened as opened_project

OWN_ORIGIN = "https://twinspace.example.eu"


@dataclass
class Space:
    """A French class with Leo and Zoe, a Polish one with Jan, their teachers, and a guest; all are signed in."""

    on: Backend
    project: ProjectId
    french: ClassId
    polish: ClassId
    members: dict[str, MemberId]
    tokens: dict[str, str]
    client: TestClient[web.Request, web.Application] = field(init=False)
    looked: list[ProjectId] = field(default_factory=list)
    """Projects whose nodes were told that sessions had ended."""

    async def standing(self, project: ProjectId, member: MemberId, room: RoomId | None) -> Standing:
        return (await self.on.owners.project(project)).state.standing(member, False, room)

    async def sessions_ended(self, project: ProjectId) -> None:
        self.looked.append(project)

    async def ask(
        self, method: str, path: str, name: str = "claire", body: object = None, origin: str = OWN_ORIGIN, **query: str
    ) -> tuple[int, Any]:
        headers = {"Origin": origin, "Cookie": f"{cookie_name(self.members[name])}={self.tokens[name]}"}
        query = {"member": self.members[name], **query}
        url = f"/projects/{self.project}{path}"
        async with self.client.request(method, url, params=query, json=body, headers=headers) as response:
            assert response.headers["Cache-Control"] == "no-store"
            answer = json.loads(await response.read())
            return response.status, answer.get("error", {}).get("code") or answer

    async def make(self, name: str = "claire", **body: object) -> tuple[int, Any]:
        return await self.ask("POST", "/sheets", name, {"class": self.french, **body})

    async def show(self, name: str = "claire", of_class: ClassId | None = None) -> tuple[int, Any]:
        return await self.ask("GET", "/sheets", name, **{"class": of_class or self.french})

    async def revoke(self, whom: str, name: str = "claire") -> tuple[int, Any]:
        return await self.ask("POST", "/revocations", name, {"member": self.members.get(whom, whom)})


@pytest.fixture
async def space(tmp_path: Path) -> AsyncIterator[Space]:
    async with backend(tmp_path / "data", public_url=OWN_ORIGIN) as on:
        project = await opened_project(on)
        await on.administration.set_phase(project.id, ProjectPhase.ACTIVE)
        french, polish = (school_class.id for school_class in project.classes)
        members = {"claire": project.founders[0].id, "ewa": project.founders[1].id}
        people = [("leo", Role.PUPIL, french), ("zoe", Role.PUPIL_ADMIN, french), ("jan", Role.PUPIL, polish)]
        for name, role, class_id in [*people, ("guest", Role.VISITOR, None), ("marc", Role.TEACHER, french)]:
            new = NewMember(role, f"{name} of the roster", f"alias of {name}", class_id)
            members[name] = (await on.administration.add_member(project.id, new)).id
        tokens = {}
        for name, member in members.items():
            ticket, _ = await on.auth.issue_ticket(project.id, member)
            tokens[name] = (await on.auth.redeem_ticket(ticket, project.id))[1]
        made = Space(on, project.id, french, polish, members, tokens)
        log = SqlLog(on.database)
        rights = (made.standing, made.sessions_ended)
        parts = Parts(on.settings, on.auth, on.database, on.owners, log, *rights, on.clock)
        async with http_client(on, routes(parts)) as client:
            made.client = client
            yield made
        await log.close()


class TestMaking:
    async def test_a_card_for_each_pupil_of_the_class(self, space: Space) -> None:
        """By roster name, in the order of joining; each link is for its pupil. Teachers and guests get none."""
        status, sheet = await space.make()
        assert status == 200
        assert [card["name"] for card in sheet["cards"]] == ["leo of the roster", "zoe of the roster"]
        assert (sheet["title"], sheet["class"]["name"], sheet["site"]) == ("Rivers", "4e B", "twinspace.example.eu")
        for card in sheet["cards"]:
            start, _, token = card["url"].partition("#")
            assert start == "https://twinspace.example.eu/join"
            look = await space.on.auth.inspect_invitation(token)
            assert (look.member, look.expires_at) == (card["member"], sheet["expires_at"])
            assert card["qr"]["size"] > 20
        assert len({card["qr"]["path"] for card in sheet["cards"]}) == 2

    async def test_one_pupil_again(self, space: Space) -> None:
        """Ends the link that was not used; the other pupil's stays, and so does who is in."""
        _, first = await space.make()
        leo, zoe = (card["url"].partition("#")[2] for card in first["cards"])
        status, sheet = await space.make(members=[space.members["leo"]])
        assert (status, [card["member"] for card in sheet["cards"]]) == (200, [space.members["leo"]])
        with pytest.raises(Refused) as refused:
            await space.on.auth.redeem_invitation(leo)
        assert refused.value.code is ErrorCode.INVITATION_INVALID
        await space.on.auth.redeem_invitation(zoe)
        assert await space.on.auth.session(space.tokens["leo"]) is not None

    @pytest.mark.parametrize(
        ("name", "body", "refusal"),
        [
            ("leo", {}, (403, "teachers_only")),
            ("guest", {}, (403, "teachers_only")),
            ("leo", {"class": "c_unknown"}, (403, "teachers_only")),
            ("ewa", {}, (403, "other_class")),
            ("ewa", {"members": ["m_unknown"]}, (403, "other_class")),
            ("claire", {"class": "c_unknown"}, (404, "unknown_class")),
            ("claire", {"members": ["m_unknown"]}, (404, "unknown_member")),
            ("claire", {"members": []}, (400, "invalid")),
            ("claire", {"members": ["m"] * 121}, (400, "invalid")),
            ("claire", {"class": 7}, (400, "invalid")),
            ("claire", {"colour": "red"}, (400, "invalid")),
        ],
    )
    async def test_who_may_not(self, space: Space, name: str, body: dict[str, Any], refusal: tuple[int, str]) -> None:
        """Nor what is not meant so. Nobody's link ends by it."""
        token, _ = await space.on.auth.create_invitation(space.project, space.members["leo"])
        assert await space.make(name, **body) == refusal
        await space.on.auth.redeem_invitation(token)

    @pytest.mark.parametrize("whom", ["jan", "guest", "marc", "claire"])
    async def test_nobody_who_is_no_pupil_of_the_class(self, space: Space, whom: str) -> None:
        """Even named among those who are."""
        members = [space.members["leo"], space.members[whom]]
        assert await space.make(members=members) == (404, "unknown_member")

    async def test_a_teacher_who_is_no_founder_may(self, space: Space) -> None:
        """It is their class, too."""
        assert (await space.make("marc"))[0] == 200

    async def test_a_removed_pupil_gets_none(self, space: Space) -> None:
        """The others do."""
        await space.on.administration.remove_member(space.project, space.members["leo"])
        _, sheet = await space.make()
        assert [card["member"] for card in sheet["cards"]] == [space.members["zoe"]]
        assert await space.make(members=[space.members["leo"]]) == (404, "unknown_member")

    async def test_a_class_beyond_a_sheet(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is printed in parts; nothing is made of what is refused."""
        monkeypatch.setattr(http, "CARDS_MAX", 1)
        token, _ = await space.on.auth.create_invitation(space.project, space.members["leo"])
        assert await space.make() == (409, "too_many")
        await space.on.auth.redeem_invitation(token)

    async def test_from_elsewhere(self, space: Space) -> None:
        """Neither by a foreign page, nor without a session of this project."""
        body = {"class": space.french}
        foreign = await space.ask("POST", "/sheets", body=body, origin="https://evil.example")
        assert foreign == (403, "origin_refused")
        space.tokens["claire"] = space.tokens["ewa"]
        assert await space.make() == (401, "session_ended")
        assert await space.ask("POST", "/sheets", body=body, member="m_other") == (401, "sign_in_required")

    async def test_nothing_secret_is_logged(self, space: Space) -> None:
        """That a sheet was made, by whom, and of how many cards."""
        with capture_logs() as logs:
            _, sheet = await space.make()
        assert [entry["event"] for entry in logs] == ["sheet.made"]
        assert logs[0]["cards"] == 2
        for card in sheet["cards"]:
            assert card["url"].partition("#")[2] not in str(logs)
            assert card["name"] not in str(logs)


class TestShowing:
    async def test_how_far_everybody_is(self, space: Space) -> None:
        """Of the class, by roster name."""
        _, until = await space.on.auth.create_invitation(space.project, space.members["zoe"])
        status, answer = await space.show()
        common = {"came_in_at": space.on.clock(), "devices": 1}
        assert (status, answer["pupils"]) == (
            200,
            [
                {"member": space.members["leo"], "name": "leo of the roster", **common, "link_until": None},
                {"member": space.members["zoe"], "name": "zoe of the roster", **common, "link_until": until},
            ],
        )

    async def test_who_may_not_look(self, space: Space) -> None:
        """Names of the roster are the class's own."""
        assert await space.show("leo") == (403, "teachers_only")
        assert await space.show("ewa") == (403, "other_class")
        assert await space.show("claire", "c_unknown") == (404, "unknown_class")


class TestRevoking:
    async def test_links_and_devices_end(self, space: Space) -> None:
        """At once, of this pupil only, and all nodes are told; again does no harm."""
        token, _ = await space.on.auth.create_invitation(space.project, space.members["leo"])
        before = space.on.clock()
        with capture_logs() as logs:
            left = {"came_in_at": before, "devices": 0, "link_until": None}
            assert await space.revoke("leo") == (200, left)
            assert await space.revoke("leo") == (200, left)
        assert space.looked == [space.project, space.project]
        assert await space.on.auth.session(space.tokens["leo"]) is None
        with pytest.raises(Refused):
            await space.on.auth.redeem_invitation(token)
        assert await space.on.auth.session(space.tokens["zoe"]) is not None
        assert {(entry["event"], entry["subject"]) for entry in logs} == {
            ("member.links_revoked", space.members["leo"])
        }

    async def test_a_guest_as_well(self, space: Space) -> None:
        """Any teacher may have invited them."""
        assert (await space.revoke("guest", "ewa"))[0] == 200

    @pytest.mark.parametrize(
        ("name", "whom", "refusal"),
        [
            ("zoe", "leo", (403, "teachers_only")),
            ("leo", "leo", (403, "teachers_only")),
            ("ewa", "leo", (403, "other_class")),
            ("marc", "claire", (403, "founders_only")),
            ("claire", "marc", (409, "not_for_teachers")),
            ("claire", "claire", (409, "not_for_teachers")),
            ("claire", "m_unknown", (404, "unknown_member")),
        ],
    )
    async def test_who_may_not(self, space: Space, name: str, whom: str, refusal: tuple[int, str]) -> None:
        """Nobody is put out by it."""
        assert await space.revoke(whom, name) == refusal
        assert space.looked == []
        assert await space.on.auth.session(space.tokens["leo"]) is not None
