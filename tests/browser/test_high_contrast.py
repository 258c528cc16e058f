"""axe on every screen in high contrast and from right to left: what the other tests see in the usual colours."""

import json

from playwright.async_api import expect

from tests.browser.looks import ON_DESKTOP, require_accessible, sentences
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import Visit

HIGH = f"localStorage.setItem('rtserver.appearance', {json.dumps(json.dumps({'contrast': 'high'}))})"
"""What the settings keep on a device on which somebody has chosen high contrast."""

ARABIC = sentences("ar")

EDITOR = ".excalidraw"
"""The board's editor has controls of its own makers."""


async def test_axe_in_high_contrast_from_right_to_left(visit: Visit, space: Space) -> None:
    """The door, the room, what opens above it and beside it, and the list of who is in this browser."""
    claire = await visit("claire", space.server, locale="ar-EG")
    page = claire.page
    await claire.context.add_init_script(HIGH)
    await claire.open(await space.link("claire"))
    enter = page.get_by_role("main").get_by_role("button").first
    await expect(enter).to_be_visible()
    await require_accessible(page, "invitation", ON_DESKTOP)
    await enter.click()
    await claire.is_in()
    await expect(page.locator("html")).to_have_attribute("data-contrast", "high")
    await claire.write("Bonjour à tous")
    await require_accessible(page, "room", ON_DESKTOP)

    await press(claire, "search.open")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await require_accessible(page, "search", ON_DESKTOP)
    await page.keyboard.press("Escape")
    for button in ("settings.title", "rooms.add", "people.add", "call.start"):
        await press(claire, button)
        await expect(claire.dialog).to_be_visible()
        await require_accessible(page, button, ON_DESKTOP)
        await page.keyboard.press("Escape")
        await expect(claire.dialog).to_have_count(0)
    await press(claire, "place.board")
    await expect(page.get_by_test_id("board-canvas")).to_be_visible()
    await require_accessible(page, "board", ON_DESKTOP, without=EDITOR)
    await claire.open(space.server.url)
    await expect(page.get_by_role("link")).to_be_visible()
    await require_accessible(page, "who is here", ON_DESKTOP)


async def press(claire: Person, name: str) -> None:
    """Press the button with these words of the catalogue."""
    await claire.page.get_by_role("button", name=ARABIC[name]).first.click()
