import asyncio
import gzip
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import event
from structlog.testing import capture_logs

from rooms.errors import ErrorCode, Refused
from rooms.model import ProjectPhase, Role
from rtserver import pages
from rtserver.http import document_policy
from rtserver.shapes import NewMember
from tests.rtserver.portal_fixtures import DAY, Backend, backend, http_client, opened

OWN_ORIGIN = "http://127.0.0.1:8080"
PORTAL = "https://portal.example.eu"
SCRIPT = b"console.log('hello');\n" * 200

Client = TestClient[web.Request, web.Application]


@dataclass
class Browser:
    """Keeps cookies as a browser does, and says where its page comes from."""

    client: Client
    origin: str | None = OWN_ORIGIN
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.origin is not None and method != "GET":
            sent["Origin"] = self.origin
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        async with self.client.request(method, path, data=data, headers=sent) as response:
            self.set_cookies = response.headers.getall("Set-Cookie", [])
            for header in self.set_cookies:
                for name, morsel in SimpleCookie(header).items():
                    if morsel["max-age"] == "0":
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
            raw = await response.read()
            assert response.headers["Cache-Control"] == "no-store"
            return response.status, json.loads(raw) if raw else None

    async def preview(self, token: str) -> tuple[int, Any]:
        return await self.ask("POST", "/session/invitation", {"token": token})

    async def sign_in(self, token: str) -> tuple[int, Any]:
        return await self.ask("POST", "/session", {"invitation": token})

    async def signed_in(self) -> list[str]:
        status, answer = await self.ask("GET", "/session")
        assert status == 200
        return [known["member"] for known in answer["sessions"]]


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>TwinSpace – Ünïcode</title>", encoding="utf-8")
    (folder / "assets" / "index-abc123.js").write_bytes(SCRIPT)
    (folder / "assets" / "font-abc123.woff2").write_bytes(b"wOF2" * 1_000)
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "sw.js").write_text("keep();")
    (folder / "sw-off.js").write_text("forget();")
    (folder / ".inputs").write_text("hidden")
    (tmp_path / "secret.txt").write_text("outside")
    return folder


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path / "data", allowed_origins=(PORTAL,)) as made:
        yield made


@pytest.fixture
async def client(on: Backend, static: Path) -> AsyncIterator[Client]:
    async with http_client(on, pages.routes(on.settings, on.auth, on.administration, static)) as made:
        yield made


@pytest.fixture
def browser(client: Client) -> Browser:
    return Browser(client)


@dataclass(frozen=True)
class Class:
    """An active project with two pupils of the French class."""

    project: str
    teacher: str
    lea: str
    hugo: str


@pytest.fixture
async def lesson(on: Backend) -> Class:
    project = await opened(on)
    await on.administration.set_phase(project.id, ProjectPhase.ACTIVE)
    pupils = [
        await on.administration.add_member(
            project.id, NewMember(Role.PUPIL, f"{name} Bernard", name, project.classes[0].id)
        )
        for name in ("Léa", "Hugo")
    ]
    return Class(project.id, project.founders[0].id, pupils[0].id, pupils[1].id)


async def invitation(on: Backend, lesson: Class, member: str) -> str:
    url, _ = await on.administration.invite(lesson.project, member)
    return url.split("#")[1]


def code(answer: tuple[int, Any]) -> tuple[int, str]:
    status, body = answer
    assert set(body["error"]) == {"code", "message", "retry"}
    return status, body["error"]["code"]


class TestPreview:
    async def test_shows_whom_it_is_for_and_spends_nothing(self, on: Backend, browser: Browser, lesson: Class) -> None:
        token = await invitation(on, lesson, lesson.lea)
        for _ in range(2):
            assert await browser.preview(token) == (
                200,
                {
                    "project": lesson.project,
                    "member": lesson.lea,
                    "title": "Rivers",
                    "name": "Léa Bernard",
                    "role": "pupil",
                    "class_name": "4e B",
                    "school": "Collège Jean-Moulin",
                    "country": "FR",
                    "state": "open",
                },
            )
        assert browser.cookies == {}
        assert (await browser.sign_in(token))[0] == 200

    async def test_of_a_used_one_depends_on_who_has_used_it(self, on: Backend, client: Client, lesson: Class) -> None:
        mine, foreign = Browser(client), Browser(client)
        token = await invitation(on, lesson, lesson.lea)
        await mine.sign_in(token)
        _, seen = await mine.preview(token)
        assert (seen["state"], seen["name"]) == ("used_by_you", "Léa Bernard")
        _, seen = await foreign.preview(token)
        assert (seen["state"], seen["name"]) == ("used", "Léa")  # no roster name for whoever finds an old link

    async def test_of_a_visitor_has_no_class(self, on: Backend, browser: Browser, lesson: Class) -> None:
        guest = await on.administration.add_member(lesson.project, NewMember(Role.VISITOR, "A guest", "A guest"))
        _, seen = await browser.preview(await invitation(on, lesson, guest.id))
        assert (seen["class_name"], seen["school"], seen["country"]) == (None, None, None)

    async def test_of_an_unknown_or_expired_one_is_refused(self, on: Backend, browser: Browser, lesson: Class) -> None:
        assert code(await browser.preview("nonsense")) == (410, "invitation_invalid")
        token = await invitation(on, lesson, lesson.lea)
        on.clock.advance(14 * DAY)
        assert code(await browser.preview(token)) == (410, "invitation_invalid")


class TestSignIn:
    async def test_gives_a_cookie_that_is_a_session(self, on: Backend, browser: Browser, lesson: Class) -> None:
        answer = await browser.sign_in(await invitation(on, lesson, lesson.lea))
        assert answer == (200, {"project": lesson.project, "member": lesson.lea})
        session = await on.auth.session(browser.cookies[pages.cookie_name(lesson.lea)])
        assert session is not None
        assert (session.project, session.member) == (lesson.project, lesson.lea)
        [header] = browser.set_cookies
        attributes = {part.strip() for part in header.split(";")[1:]}
        assert attributes == {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={180 * 86400}"}

    async def test_gives_a_secure_cookie_when_people_come_by_https(self, tmp_path: Path) -> None:
        async with backend(tmp_path, public_url="https://rt.example.eu") as on:
            project = await opened(on)
            url, _ = await on.administration.invite(project.id, project.founders[0].id)
            routes = pages.routes(on.settings, on.auth, on.administration, tmp_path)
            async with http_client(on, routes) as client:
                browser = Browser(client, origin="https://rt.example.eu")
                await browser.sign_in(url.split("#")[1])
                assert "Secure" in browser.set_cookies[0]

    async def test_happens_once_in_one_of_many_browsers(self, on: Backend, client: Client, lesson: Class) -> None:
        token = await invitation(on, lesson, lesson.lea)
        browsers = [Browser(client) for _ in range(6)]
        statuses = [status for status, _ in await asyncio.gather(*(one.sign_in(token) for one in browsers))]
        assert sorted(statuses) == [200] + [410] * 5

    async def test_with_the_old_link_works_tomorrow_in_the_same_browser(
        self, on: Backend, client: Client, lesson: Class
    ) -> None:
        mine, foreign = Browser(client), Browser(client)
        token = await invitation(on, lesson, lesson.lea)
        await mine.sign_in(token)
        held = dict(mine.cookies)
        on.clock.advance(30 * DAY)  # longer than the invitation itself lasts
        assert (await mine.sign_in(token))[0] == 200
        assert mine.cookies == held
        assert code(await foreign.sign_in(token)) == (410, "invitation_invalid")

    async def test_with_a_new_link_keeps_the_session_and_spends_the_link(
        self, on: Backend, client: Client, lesson: Class
    ) -> None:
        mine, foreign = Browser(client), Browser(client)
        await mine.sign_in(await invitation(on, lesson, lesson.lea))
        held = dict(mine.cookies)
        token = await invitation(on, lesson, lesson.lea)
        assert (await mine.sign_in(token))[0] == 200
        assert mine.cookies == held
        assert code(await foreign.sign_in(token)) == (410, "invitation_invalid")

    async def test_with_the_old_link_fails_once_the_session_has_ended(
        self, on: Backend, browser: Browser, lesson: Class
    ) -> None:
        token = await invitation(on, lesson, lesson.lea)
        await browser.sign_in(token)
        await on.auth.end_sessions_of_member(lesson.project, lesson.lea)
        assert code(await browser.sign_in(token)) == (410, "invitation_invalid")
        assert (await browser.preview(token))[1]["state"] == "used"

    async def test_with_another_members_cookie_under_this_members_name_fails(
        self, on: Backend, browser: Browser, lesson: Class
    ) -> None:
        """A pupil who renames a cookie becomes nobody else."""
        await browser.sign_in(await invitation(on, lesson, lesson.hugo))
        token = await invitation(on, lesson, lesson.lea)
        await Browser(browser.client).sign_in(token)
        browser.cookies[pages.cookie_name(lesson.lea)] = browser.cookies[pages.cookie_name(lesson.hugo)]
        assert code(await browser.sign_in(token)) == (410, "invitation_invalid")
        assert await browser.signed_in() == [lesson.hugo]

    async def test_of_a_removed_member_is_refused(self, on: Backend, browser: Browser, lesson: Class) -> None:
        token = await invitation(on, lesson, lesson.lea)
        await browser.sign_in(token)
        await on.administration.remove_member(lesson.project, lesson.lea)
        assert code(await browser.sign_in(token)) == (403, "not_a_member")
        assert code(await browser.preview(token)) == (403, "not_a_member")
        assert await browser.signed_in() == []

    async def test_several_members_share_one_browser(self, on: Backend, browser: Browser, lesson: Class) -> None:
        for member in (lesson.lea, lesson.hugo, lesson.teacher):
            await browser.sign_in(await invitation(on, lesson, member))
        status, answer = await browser.ask("GET", "/session")
        assert status == 200
        assert answer["sessions"][0] == {
            "project": lesson.project,
            "member": lesson.lea,
            "title": "Rivers",
            "name": "Léa Bernard",
            "role": "pupil",
        }
        assert [known["role"] for known in answer["sessions"]] == ["pupil", "pupil", "founder"]


class TestSignOut:
    async def test_ends_one_session_and_takes_its_cookie(self, on: Backend, browser: Browser, lesson: Class) -> None:
        for member in (lesson.lea, lesson.hugo):
            await browser.sign_in(await invitation(on, lesson, member))
        token = browser.cookies[pages.cookie_name(lesson.lea)]
        before = await on.auth.revisions([lesson.project])
        assert await browser.ask("DELETE", f"/session?member={lesson.lea}") == (204, None)
        assert await on.auth.session(token) is None
        assert await on.auth.revisions([lesson.project]) != before
        assert await browser.signed_in() == [lesson.hugo]
        assert list(browser.cookies) == [pages.cookie_name(lesson.hugo)]

    async def test_of_whom_one_is_not_changes_nothing(self, on: Backend, client: Client, lesson: Class) -> None:
        mine, foreign = Browser(client), Browser(client)
        await mine.sign_in(await invitation(on, lesson, lesson.lea))
        assert (await foreign.ask("DELETE", f"/session?member={lesson.lea}"))[0] == 204
        assert await mine.signed_in() == [lesson.lea]

    @pytest.mark.parametrize("query", ["", "?member=", "?member=a%00b", "?member=a;b", "?member=" + "x" * 65])
    async def test_of_nobody_is_refused(self, browser: Browser, query: str) -> None:
        assert code(await browser.ask("DELETE", f"/session{query}")) == (400, "invalid")


class TestListing:
    async def test_of_a_new_browser_is_empty(self, browser: Browser) -> None:
        assert await browser.ask("GET", "/session") == (200, {"sessions": []})

    async def test_of_many_false_cookies_costs_one_look(self, on: Backend, browser: Browser) -> None:
        """Anybody may send them."""
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            asked.append(statement)

        for engine in on.database.engines:
            event.listen(engine, "before_cursor_execute", note)
        browser.cookies = {pages.cookie_name(f"m_{number}"): "x" for number in range(pages.SESSIONS_MAX)}
        assert await browser.ask("GET", "/session") == (200, {"sessions": []})
        assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1

    async def test_leaves_out_what_is_not_live(self, on: Backend, browser: Browser, lesson: Class) -> None:
        await browser.sign_in(await invitation(on, lesson, lesson.lea))
        await browser.sign_in(await invitation(on, lesson, lesson.hugo))
        browser.cookies |= {"rt_session_m_x": "nonsense", "rt_session_": "x", "rt_session_é": "x", "theme": "dark"}
        await on.auth.end_sessions_of_member(lesson.project, lesson.hugo)
        assert await browser.signed_in() == [lesson.lea]
        on.clock.advance(181 * DAY)
        assert await browser.signed_in() == []

    async def test_looks_at_a_bounded_number_of_cookies(
        self, on: Backend, browser: Browser, lesson: Class, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "SESSIONS_MAX", 1)
        for member in (lesson.lea, lesson.hugo):
            await browser.sign_in(await invitation(on, lesson, member))
        assert len(await browser.signed_in()) == 1


FOREIGN_ORIGINS = [
    PORTAL,  # may embed and connect with a ticket, may not use our cookies
    "https://evil.example",
    "null",
    "",
    "http://127.0.0.1",
    "http://127.0.0.1:8081",
    "https://127.0.0.1:8080",
    "http://127.0.0.1:8080.evil.example",
    "HTTP://127.0.0.1:8080",
]


class TestOwnPagesOnly:
    @pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
    async def test_a_foreign_page_changes_nothing(
        self, on: Backend, browser: Browser, lesson: Class, origin: str
    ) -> None:
        await browser.sign_in(await invitation(on, lesson, lesson.hugo))
        token = await invitation(on, lesson, lesson.lea)
        browser.origin = origin
        assert code(await browser.sign_in(token)) == (403, "origin_refused")
        assert code(await browser.preview(token)) == (403, "origin_refused")
        assert code(await browser.ask("DELETE", f"/session?member={lesson.hugo}")) == (403, "origin_refused")
        assert not (await on.auth.inspect_invitation(token)).used
        assert await browser.signed_in() == [lesson.hugo]

    @pytest.mark.parametrize("origin", [None, OWN_ORIGIN, "http://localhost:8080"])
    async def test_our_own_page_and_a_program_may(
        self, on: Backend, browser: Browser, lesson: Class, origin: str | None
    ) -> None:
        browser.origin = origin
        assert (await browser.sign_in(await invitation(on, lesson, lesson.lea)))[0] == 200

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    async def test_a_form_is_refused(self, on: Backend, browser: Browser, lesson: Class, content_type: str) -> None:
        """What a foreign page can send without asking first is never JSON."""
        token = await invitation(on, lesson, lesson.lea)
        for path, body in (("/session", {"invitation": token}), ("/session/invitation", {"token": token})):
            assert code(await browser.ask("POST", path, body, Content_Type=content_type)) == (415, "invalid")

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (b"", (400, "malformed")),
            (b"{", (400, "malformed")),
            ({}, (400, "invalid")),
            ({"invitation": 7}, (400, "invalid")),
            ({"invitation": "x", "member": "m_x"}, (400, "invalid")),
            ({"invitation": "x" * 5_000}, (413, "too_large")),
            ({"invitation": "é"}, (410, "invitation_invalid")),
        ],
    )
    async def test_bad_bodies(self, browser: Browser, body: object, expected: tuple[int, str]) -> None:
        assert code(await browser.ask("POST", "/session", body)) == expected

    async def test_other_paths_and_methods_are_json_too(self, browser: Browser) -> None:
        assert code(await browser.ask("PUT", "/session", {})) == (405, "unknown_command")
        assert code(await browser.ask("GET", "/session/nothing")) == (404, "unknown_command")

    async def test_no_token_is_logged_or_shown(
        self, on: Backend, browser: Browser, lesson: Class, caplog: pytest.LogCaptureFixture
    ) -> None:
        token = await invitation(on, lesson, lesson.lea)
        with capture_logs() as logs:
            answers = [await browser.preview(token), await browser.sign_in(token), await browser.sign_in("x" * 43)]
        cookie = browser.cookies[pages.cookie_name(lesson.lea)]
        written = str(logs) + caplog.text + str(answers)
        assert token not in written
        assert cookie not in written
        assert "secret" not in repr(pages.SignIn("secret")) + repr(pages.InvitationLook("secret"))


class TestThePage:
    @pytest.mark.parametrize("path", ["/", "/join", "/twinspace/p_abc", "/twinspace/p_abc/rooms/r_x", "/index.html"])
    async def test_is_one_document_that_is_always_asked_for(self, on: Backend, client: Client, path: str) -> None:
        response = await client.get(path)
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers.getall("Content-Security-Policy") == [document_policy(on.settings)]
        assert "Ünïcode" in await response.text()

    async def test_has_assets_that_are_kept_for_long(self, client: Client) -> None:
        response = await client.get("/assets/index-abc123.js", headers={"Accept-Encoding": "identity"})
        assert await response.read() == SCRIPT
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        font = await client.get("/assets/font-abc123.woff2")
        assert font.headers["Content-Type"] == "font/woff2"
        assert "Content-Encoding" not in font.headers

    async def test_travels_compressed_to_who_can_read_it(self, client: Client) -> None:
        client.session._auto_decompress = False
        response = await client.get("/assets/index-abc123.js", headers={"Accept-Encoding": "br, gzip"})
        packed = await response.read()
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(packed) == SCRIPT

    async def test_is_not_sent_again_while_it_is_the_same(self, client: Client, static: Path) -> None:
        first = await client.get("/")
        tag = {"If-None-Match": first.headers["ETag"]}
        again = await client.get("/", headers=tag)
        assert (again.status, await again.read()) == (304, b"")
        (static / "index.html").write_text("<!doctype html><title>New</title>")
        os.utime(static / "index.html", ns=(1, 1))
        changed = await client.get("/", headers=tag)
        assert changed.status == 200
        assert "New" in await changed.text()

    async def test_files_that_keep_their_name_are_asked_for(self, client: Client) -> None:
        response = await client.get("/icon.svg")
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["Content-Type"] == "image/svg+xml; charset=utf-8"

    @pytest.mark.parametrize(("is_on", "text"), [(True, "keep();"), (False, "forget();")])
    async def test_its_service_worker_may_be_switched_off(
        self, tmp_path: Path, static: Path, is_on: bool, text: str
    ) -> None:
        """Switched off, browsers that have one are given another that takes it away; never one out of a cache."""
        async with (
            backend(tmp_path / "other", offline_page=is_on) as on,
            http_client(on, pages.routes(on.settings, on.auth, on.administration, static)) as client,
        ):
            response = await client.get("/sw.js")
            assert await response.text() == text
            assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert response.headers["Cache-Control"] == "no-cache"
            assert "connect-src 'self'" in response.headers["Content-Security-Policy"]

    async def test_head_sends_no_body(self, client: Client) -> None:
        response = await client.head("/")
        assert (response.status, await response.read()) == (200, b"")

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/nothing.js",
            "/assets/",
            "/assets/..%2findex.html",
            "/assets/%2e%2e/%2e%2e/secret.txt",
            "/assets/..%2f..%2fsecret.txt",
            "/..%2fsecret.txt",
            "/%2e%2e%2fsecret.txt",
            "/assets/%00.js",
            "/assets/a%5c..%5c..%5csecret.txt",
            "/assets//etc/passwd",
            "/assets/" + "x" * 4_000 + ".js",
            "/.inputs",
            "/assets",
            "/nothing.png",
            "/twinspace",
        ],
    )
    async def test_nothing_else_is_served(self, client: Client, path: str) -> None:
        from yarl import URL

        response = await client.get(URL(path, encoded=True))
        assert response.status == 404
        assert "outside" not in await response.text()

    async def test_that_was_not_built_says_so(self, on: Backend, tmp_path: Path) -> None:
        routes = pages.routes(on.settings, on.auth, on.administration, tmp_path / "nowhere")
        async with http_client(on, routes) as client:
            for path in ("/", "/join", "/twinspace/p_x"):
                response = await client.get(path)
                assert response.status == 503
                assert response.headers["Content-Type"].startswith("text/plain")
                assert "make web" in await response.text()


def test_cookie_names_are_only_made_of_ids() -> None:
    assert pages.cookie_name("m_abc-1") == "rt_session_m_abc-1"
    for member in ("", "a b", "a=b", "a;b", "a\n", "é", "x" * 65):
        with pytest.raises(Refused) as caught:
            pages.cookie_name(member)
        assert caught.value.code is ErrorCode.INVALID
