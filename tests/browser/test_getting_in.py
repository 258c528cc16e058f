"""Getting a class in: cards with links to print, taking access back, and the check before a lesson."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from tests.browser.cards import links_on_paper, open_links
from tests.browser.check_line import until_line_is_usable
from tests.browser.looks import TWO_VIEWS, require_accessible, require_fitting
from tests.browser.space import Space, open_space
from tests.browser.visits import PHONE, Visit
from tests.rtserver.certificates import Authority
from tests.wire.coturn import Coturn
from tests.wire.server import Server

PRINTED = """
() => [...document.querySelectorAll("body *")]
  .filter((element) => element.matches("h1, h2, button") && element.checkVisibility())
  .map((element) => element.innerText)
"""
"""Headings and buttons that are to be seen."""

DRAWN = "() => new Promise((drawn) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(drawn))))"
"""What has come is on the screen."""

KEPT = "() => JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }])"
"""What stays in the browser by which somebody else could come in."""

TRIED_MS = 45_000
"""Milliseconds for the four seconds of echoes, on a busy machine."""


TURN_SECRET = "the rehearsal of these tests"


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Coturn]:
    """A TURN server that the browser reaches."""
    folder = tmp_path / "coturn"
    folder.mkdir()
    server = Coturn(folder, Authority(), TURN_SECRET, allowed=["127.0.0.1"])
    yield server
    server.stop()


async def test_cards_are_printed_and_let_in(visit: Visit, space: Space) -> None:
    """For who is not signed in; in the language of the class, and nothing else on paper; nothing of them is kept."""
    leo, claire = await visit("leo", space.server), await visit("claire", space.server)
    await leo.enter(await space.link("leo"))
    await claire.enter(await space.link("claire"))
    await open_links(claire, 2)
    row = claire.page.get_by_test_id("sheet-pupil").filter(has_text="Leo Girard")
    await expect(row).to_contain_text("Signed in on 1 device")
    await expect(claire.page.get_by_role("checkbox", name="Zoe Lambert")).to_be_checked()
    await expect(claire.page.get_by_role("checkbox", name="Leo Girard")).not_to_be_checked()
    # This server answers on this computer only: that is said before links are made, and before they are printed.
    warning = claire.page.get_by_test_id("sheet-unreachable")
    await expect(warning).to_contain_text("docs/administration.md")
    await require_accessible(claire.page, "links of a class", TWO_VIEWS)
    await require_fitting(claire.page, "links of a class on a phone")
    await claire.page.set_viewport_size({"width": 1280, "height": 800})
    await claire.page.get_by_role("button", name="Make 1 card").click()
    links = await links_on_paper(claire)
    assert list(links) == ["Zoe Lambert"]
    await expect(warning).to_contain_text("127.0.0.1")
    await expect(claire.page.get_by_test_id("papers")).to_have_attribute("lang", "fr")
    await expect(claire.page.get_by_test_id("paper-card")).to_contain_text("Scanne le code")
    await require_accessible(claire.page, "cards", TWO_VIEWS[:1])
    await claire.page.emulate_media(media="print")
    assert await claire.page.evaluate(PRINTED) == ["Zoe Lambert"]
    await expect(warning).to_be_hidden()
    await claire.page.emulate_media(media="screen")
    assert links["Zoe Lambert"].partition("#")[2] not in await claire.page.evaluate(KEPT)

    # A window of another size shows other columns; the cards stay.
    await claire.page.set_viewport_size(PHONE)
    await expect(claire.page.get_by_test_id("paper-card")).to_have_count(1)
    await claire.page.keyboard.press("Escape")
    await claire.page.get_by_role("alertdialog").get_by_role("button", name="Close").click()
    row = claire.page.get_by_test_id("sheet-pupil").filter(has_text="Zoe Lambert")
    await expect(row).to_contain_text("Never came in · link until")
    zoe = await visit("zoe", space.server)
    await zoe.enter(links["Zoe Lambert"])


async def test_access_ends_by_one_click(visit: Visit, space: Space) -> None:
    """The pupil is signed out at once, wherever; a new card lets them in again."""
    leo, claire = await visit("leo", space.server), await visit("claire", space.server)
    await leo.enter(await space.link("leo"))
    await claire.enter(await space.link("claire"))
    await open_links(claire, 2)
    await claire.page.get_by_role("button", name="End access for Leo Girard").click()
    await claire.page.get_by_role("alertdialog").get_by_role("button", name="End access").click()
    await expect(leo.page.get_by_role("heading", name="You are signed out")).to_be_visible()
    row = claire.page.get_by_test_id("sheet-pupil").filter(has_text="Leo Girard")
    await expect(row).to_contain_text("signed out now")
    await expect(row.get_by_role("checkbox")).to_be_focused()
    await claire.page.get_by_role("button", name="New card for Leo Girard").click()
    links = await links_on_paper(claire)
    await leo.enter(links["Leo Girard"])


async def test_the_check_before_a_lesson(visit: Visit, space: Space) -> None:
    """By way of the invitation; each thing has an answer, all have one, and a copy of it names nobody."""
    permissions = ["camera", "microphone", "clipboard-read", "clipboard-write"]
    leo = await visit("leo", space.server, permissions=permissions)
    await leo.open(await space.link("leo"))
    await leo.page.get_by_role("button", name="Enter and check this device first").click()
    overall, lines = leo.page.get_by_test_id("overall"), leo.page.get_by_test_id("check-line")
    await expect(overall).to_contain_text("Some things are not checked yet")
    await until_line_is_usable(leo, "Check again")
    for number, words in enumerate(("can do everything", "There and back", "get through directly")):
        await expect(lines.nth(number)).to_contain_text(words, timeout=TRIED_MS)
    await leo.page.get_by_role("button", name="Try microphone and camera").click()
    await leo.page.get_by_role("button", name="Play a sound").click()
    await leo.page.get_by_role("button", name="Yes").click()
    for number, words in enumerate(("be heard", "There you are", "can hear"), 3):
        await expect(lines.nth(number)).to_contain_text(words, timeout=TRIED_MS)
    await expect(overall).to_contain_text(re.compile("Everything works|You can take part"))
    await require_accessible(leo.page, "check before a lesson", TWO_VIEWS)
    await require_fitting(leo.page, "check on a phone")
    await leo.page.get_by_role("button", name="Copy the result").click()
    await expect(leo.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = await leo.page.evaluate("() => navigator.clipboard.readText()")
    assert "Microphone: Works" in copied
    assert "Leo" not in copied
    assert "127.0.0.1" not in copied
    await leo.page.keyboard.press("Escape")
    await expect(leo.dialog).to_have_count(0)


async def test_the_check_in_arabic_without_devices(visit: Visit, space: Space) -> None:
    """From right to left, and what is refused is said with what to do; there is a way to it from the settings, too."""
    zoe = await visit("zoe", space.server, locale="ar-EG", color_scheme="dark", permissions=[])
    await zoe.open(await space.link("zoe"))
    await zoe.page.get_by_role("button", name="وفحص").click()
    await expect(zoe.page.get_by_test_id("overall")).to_be_visible()
    await zoe.page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = () =>
             Promise.reject(new DOMException("no", "NotAllowedError")); }"""
    )
    await zoe.page.get_by_role("button", name="تجربة").click()
    await expect(zoe.page.locator("[data-line=microphone]")).to_have_attribute("data-colour", "red")
    await expect(zoe.page.locator("[data-line=camera]")).to_contain_text("اسمح")
    await zoe.page.set_viewport_size(PHONE)
    await expect(zoe.page.locator(".classroom[data-mode=phone]")).to_have_count(1)
    await require_fitting(zoe.page, "check in Arabic on a phone")
    await zoe.page.keyboard.press("Escape")
    await expect(zoe.dialog).to_have_count(0)


async def test_the_ways_of_calls_are_tried(visit: Visit, own_server: Callable[..., Server], relay: Coturn) -> None:
    """As a call would go: here by a real relay, which this network can reach by TCP only."""
    urls = [f"turn:127.0.0.1:{relay.port}?transport=tcp"]
    async with open_space(own_server(turn_urls=urls, turn_secret=TURN_SECRET, relay_only=True)) as space:
        leo = await visit("leo", space.server)
        await leo.open(await space.link("leo"))
        await leo.page.get_by_role("button", name="Enter and check this device first").click()
        await expect(leo.page.locator("[data-line=ways]")).to_contain_text("take a detour")
        await expect(leo.page.locator("[data-line=ways]")).to_have_attribute("data-colour", "yellow")


async def test_a_link_pasted_while_another_is_looked_at(visit: Visit, space: Space) -> None:
    """Whose link is in the address is whose name is shown, whichever answer comes last."""
    leo = await visit("leo", space.server)
    first, second = await space.link("leo"), await space.link("claire")
    asked, answered = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        if first.partition("#")[2] in (route.request.post_data or ""):
            asked.set()
            await answered.wait()
        await route.continue_()

    await leo.page.route("**/session/invitation", late)
    await leo.open(first)
    await asked.wait()
    await leo.page.evaluate("(token) => { location.hash = token; }", second.partition("#")[2])
    enter = leo.page.get_by_role("button", name="Enter as")
    await expect(enter).to_have_text("Enter as Claire Martin")
    async with leo.page.expect_response("**/session/invitation") as response:
        answered.set()
    await (await response.value).finished()
    await leo.page.evaluate(DRAWN)
    await expect(enter).to_have_text("Enter as Claire Martin")
