"""A page of another origin: one that is allowed joins with a ticket, one that is not does not."""

import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.person import Person
from tests.browser.portal import Portal, open_portal
from tests.browser.space import Space, open_space
from tests.browser.visits import Visit
from tests.browser.watcher import OUTAGE
from tests.wire.server import Server, speak

CONNECT = """
async ({ server, project, auth, ...options }) => {
  const settings = { auth: { version: 3, ...auth }, reconnection: false, ...options };
  const socket = io(`${server}/?project=${project}`, settings);
  return await new Promise((resolve) => {
    socket.on("connect", () => resolve("connected"));
    socket.on("connect_error", (error) => resolve(error.data?.code ?? error.message));
  });
}
"""
"""Run on a page with a Socket.IO client: how connecting ends."""

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "web/node_modules/socket.io-client/dist/socket.io.esm.min.js"
"""The official client, as the page of the guide loads it."""

REFUSED = ("websocket error", "xhr poll error", "origin_refused", "sign_in_required")
"""What a browser tells a page whose origin is refused: little, or the server's code."""


@pytest_asyncio.fixture(loop_scope="session")
async def portal() -> AsyncIterator[Portal]:
    """A portal, not yet known to any server."""
    async with open_portal() as portal:
        yield portal


@pytest_asyncio.fixture(loop_scope="session")
async def space(portal: Portal, own_server: Callable[..., Server]) -> AsyncIterator[Space]:
    """A project on a server that allows one of the portal's two origins; the portal acts for Jan."""
    server = own_server(allowed_origins=[portal.origin])
    async with open_space(server) as space:
        _, key = await space.auth.create_key("Moodle", "browser", space.project)
        portal.server, portal.key = server.url, speak(key)
        portal.project, portal.member = space.project, space.members["jan"]
        yield space


def address(space: Space) -> dict[str, str]:
    """Where a page connects to."""
    return {"server": space.server.url, "project": space.project}


def sample() -> str:
    """The page of docs/portals.md, as it stands there."""
    found = re.search(r"^```html\n(.*?)^```$", (ROOT / "docs/portals.md").read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


async def say(page: Page, text: str) -> None:
    """Write a message on the portal's page."""
    await page.get_by_role("textbox", name="Message").fill(text)
    await page.get_by_role("button", name="Send").click()


async def teacher_and_guest(visit: Visit, space: Space, portal: Portal) -> tuple[Person, Person]:
    """Claire, who has written, and somebody at the portal, whose page may talk to the server."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    await claire.write("Said before")
    await claire.sees("Said before")
    guest = await visit("portal", space.server)
    guest.watcher.origin = portal.origin
    guest.watcher.allowed.add(space.server.url)
    return claire, guest


async def test_allowed_origin_chats(visit: Visit, space: Space, portal: Portal) -> None:
    """The portal's page joins with a ticket, sees what was said, writes, and follows edits and deletions."""
    claire, guest = await teacher_and_guest(visit, space, portal)
    page = guest.page
    await guest.open(portal.origin)
    messages = page.get_by_role("listitem")
    await expect(page.locator("#state")).to_have_text("Connected")
    await expect(messages).to_have_text(["Said before"])
    await say(page, "From the portal")
    await claire.sees("Said before", "From the portal")
    await expect(claire.page.locator(".group__author").last).to_have_text("Janek")
    await expect(claire.person("Janek")).to_contain_text("here now")
    await claire.write("<b>Hello</b> portal")
    await expect(messages).to_have_text(["Said before", "From the portal", "<b>Hello</b> portal"])
    await claire.press_on("From the portal", "Delete message")
    await claire.dialog.get_by_role("button", name="Delete").click()
    await expect(messages).to_have_text(["Said before", "<b>Hello</b> portal"])


async def test_the_sample_of_the_guide(visit: Visit, space: Space, portal: Portal) -> None:
    """Its very lines show what was said, write, say why a room takes nothing, and come back after an outage."""
    claire, guest = await teacher_and_guest(visit, space, portal)
    for person in (claire, guest):
        person.watcher.tolerate(OUTAGE)
    page = guest.page
    given = json.dumps([space.project, await space.ticket("jan")])
    backend = f"<!doctype html><title>Sample</title><script>const [project, ticket] = {given}</script>"
    document = backend + sample().replace("https://rt.example.eu", space.server.url)
    await page.route("**/vendor/socket.io.esm.min.js", lambda route: route.fulfill(path=CLIENT))
    await guest.open(f"{portal.origin}/socket.io.min.js")  # a document of the portal's origin, in which nothing runs
    await page.set_content(document)
    messages, box = page.get_by_role("listitem"), page.get_by_role("textbox", name="Message")
    await expect(messages).to_have_text(["Said before"])

    await box.fill("<b>From</b> the guide")
    await box.press("Enter")
    await claire.sees("Said before", "<b>From</b> the guide")
    await expect(messages).to_have_text(["Said before", "<b>From</b> the guide"])
    await expect(box).to_have_value("")

    await space.administration.set_room_open(space.project, space.room, False)
    await expect(claire.page.get_by_text("closed").first).to_be_visible()
    await box.fill("Too late")
    await box.press("Enter")
    await expect(page.locator("#state")).to_contain_text("The room is closed.")
    await expect(box).to_have_value("Too late")
    await space.administration.set_room_open(space.project, space.room, True)

    space.server.stop()
    await claire.sees_connection("waiting")
    await claire.write("While you were away")
    space.server.start()
    await claire.sees_connection("online")
    await expect(messages).to_have_text(["Said before", "<b>From</b> the guide", "While you were away"])


async def test_portal_comes_back_with_its_session(visit: Visit, space: Space, portal: Portal) -> None:
    """After a restart of the server the page resumes with the session that its ticket became, not with the ticket."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    guest = await visit("portal", space.server)
    guest.watcher.origin = portal.origin
    guest.watcher.allowed.add(space.server.url)
    for person in (claire, guest):
        person.watcher.tolerate(OUTAGE)
    await guest.open(portal.origin)
    await expect(guest.page.locator("#state")).to_have_text("Connected")
    space.server.stop()
    await claire.sees_connection("waiting")
    await claire.write("While you were away")
    space.server.start()
    await claire.sees_connection("online")
    await expect(guest.page.get_by_role("listitem")).to_have_text(["While you were away"])
    await say(guest.page, "I am back")
    await claire.sees("While you were away", "I am back")


async def test_other_origin_is_refused(visit: Visit, space: Space, portal: Portal) -> None:
    """The same page from an origin that is not allowed does not get in, with a good ticket and over no transport."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    stranger = await visit("stranger", space.server)
    stranger.watcher.check_nothing()
    await stranger.open(portal.other_origin)
    await expect(stranger.page.locator("#state")).to_contain_text("Not connected")
    for transport in ("websocket", "polling"):
        attempt = {"auth": {"ticket": await space.ticket("jan")}, "transports": [transport], **address(space)}
        assert await stranger.page.evaluate(CONNECT, attempt) in REFUSED
    await expect(claire.person("Janek")).to_contain_text("not here")
    await expect(stranger.page.get_by_role("listitem")).to_have_count(0)


async def test_cookie_is_not_for_other_origins(visit: Visit, space: Space, portal: Portal) -> None:
    """In a browser that is signed in, no foreign page gets a socket with the cookie, allowed to connect or not."""
    leo = await visit("leo", space.server)
    leo.watcher.check_nothing()
    await leo.enter(await space.link("leo"))
    attempt = {"auth": {"member": space.members["leo"]}, "withCredentials": True, **address(space)}
    for origin in (portal.origin, portal.other_origin):
        page = await leo.context.new_page()
        await page.goto(origin)
        assert await page.evaluate(CONNECT, attempt) in REFUSED
        await page.close()
    await leo.page.reload()
    await leo.is_in()
