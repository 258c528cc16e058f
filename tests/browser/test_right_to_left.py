"""The page in Arabic: everything begins on the right, and what is of another direction stays whole."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.boards import LOADING_MS
from tests.browser.looks import (
    SETTLED,
    TWO_VIEWS,
    require_accessible,
    require_fitting,
    require_language,
    sentences,
)
from tests.browser.person import Person
from tests.browser.space import TITLE, Space
from tests.browser.visits import DESKTOP, PHONE, Visit

ISOLATE = "\u2068{}\u2069"
"""How a name of Latin letters stands in an Arabic sentence (Unicode, UAX 9)."""

ON_THE_RIGHT, ON_THE_LEFT = "right", "left"

SIDES = """
(element) => {
  const box = element.getBoundingClientRect();
  const around = element.closest("[data-testid=message-list], body").getBoundingClientRect();
  return box.left - around.left > around.right - box.right ? "right" : "left";
}
"""
"""On which side of the list of messages (or of the page) something lies: where less space is beside it."""

LETTERS_BEGIN = """
(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const letters = range.getBoundingClientRect(), box = element.getBoundingClientRect();
  return Math.abs(letters.right - box.right) < 2 ? "right" : "left";
}
"""
"""On which side of its own box a text lies."""


def words(key: str, **values: str) -> str:
    """An Arabic sentence of the page, with names of Latin letters in it."""
    sentence = sentences("ar")[key]
    for name, value in values.items():
        sentence = sentence.replace(f"{{{{{name}}}}}", ISOLATE.format(value))
    return sentence


def button(page: Page, key: str, **values: str) -> Locator:
    """A button by its Arabic name."""
    return page.get_by_role("button", name=words(key, **values), exact=True)


async def require_arabic(person: Person, where: str) -> None:
    """The page says that it is Arabic and runs from right to left; it fits, and axe finds nothing, in both sizes."""
    page = person.page
    assert await page.evaluate("() => document.documentElement.dir") == "rtl", where
    await require_language(page, "ar", where)
    for size in (DESKTOP, PHONE):
        await page.set_viewport_size(size)
        await page.evaluate(SETTLED)
        await require_fitting(page, f"{where}, {size['width']} px")
    await require_accessible(page, where, TWO_VIEWS, without=".excalidraw")
    await page.set_viewport_size(DESKTOP)
    await page.evaluate(SETTLED)


async def come_in(visit: Visit, space: Space, name: str) -> Person:
    """Follow an invitation in a browser that asks for Arabic."""
    person = await visit(name, space.server, locale="ar")
    await person.open(await space.link(name))
    await person.page.get_by_role("main").get_by_role("button").first.click()
    await person.is_in()
    return person


async def test_before_coming_in(visit: Visit, space: Space) -> None:
    """The start page, an invitation and the list of people are Arabic from their first moment on."""
    claire = await visit("claire", space.server, locale="ar")
    page = claire.page
    await claire.open(space.server.url)
    await expect(page.get_by_role("heading", name=words("home.emptyTitle"))).to_be_visible()
    await require_arabic(claire, "start page")
    picker = page.get_by_role("combobox", name=words("language.label"))
    await expect(picker.locator("option:checked")).to_have_text("العربية")
    assert {"English", "Français", "Polski", "Українська"} <= set(await picker.locator("option").all_inner_texts())

    await claire.open(await space.link("claire"))
    await expect(page.get_by_role("heading", name=words("join.welcome", name="Claire Martin"))).to_be_visible()
    await require_arabic(claire, "invitation")
    await button(page, "join.enter", name="Claire Martin").click()
    await claire.is_in()
    await claire.open(space.server.url)
    await expect(page.get_by_role("heading", name=words("home.title"))).to_be_visible()
    await require_arabic(claire, "who is here")

    await picker.select_option("uk")  # and back again, on the open page
    await expect(page.locator("html")).to_have_attribute("dir", "ltr")
    await require_language(page, "uk", "who is here")
    await page.get_by_role("combobox").select_option("ar")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")


async def test_messages(visit: Visit, space: Space) -> None:
    """Others' messages begin on the right, one's own lie on the left; each text runs as its own language does."""
    claire, jan = await come_in(visit, space, "claire"), await come_in(visit, space, "jan")
    arabic, polish = "مرحبًا! نلتقي الساعة 10:05.", "Dzień dobry (klasa 7a)!"
    await jan.write(arabic)
    await jan.write(polish)
    await claire.sees(arabic, polish)
    await claire.write("Bonjour !")
    for person in (jan, claire):  # until it is in the log, and drawn as what is there
        await person.sees(arabic, polish, "Bonjour !")
    for text, side, direction in (
        (arabic, ON_THE_RIGHT, "rtl"),
        (polish, ON_THE_RIGHT, "ltr"),
        ("Bonjour !", ON_THE_LEFT, "ltr"),
    ):
        message = claire.message(text)
        assert await message.locator(".message__bubble").evaluate(SIDES) == side, text
        assert await message.locator(".message__text").evaluate("(text) => getComputedStyle(text).direction") == (
            direction
        )
    await expect(claire.page.get_by_test_id("room-title")).to_have_text(words("rooms.classRoom"))
    title = claire.page.get_by_text(TITLE, exact=True)
    assert await title.evaluate(LETTERS_BEGIN) == ON_THE_RIGHT, "a Latin name begins where the page's lines begin"
    assert await claire.input.evaluate("(box) => getComputedStyle(box).direction") == "rtl", "nothing is written yet"
    await claire.input.fill("Bonjour")
    assert await claire.input.evaluate("(box) => getComputedStyle(box).direction") == "ltr"
    send = claire.page.get_by_test_id("composer").get_by_role("button", name=words("composer.send"))
    assert await send.evaluate(SIDES) == ON_THE_LEFT
    await require_arabic(claire, "room, teacher")
    await require_arabic(jan, "room, pupil")


async def test_dialogs_and_drawers(visit: Visit, space: Space) -> None:
    """Dialogs fit and are Arabic; on a phone the list of rooms comes from the right."""
    claire = await come_in(visit, space, "claire")
    page = claire.page
    for opener in ("rooms.add", "people.add", "nav.signOut"):
        await button(page, opener).click()
        await expect(claire.dialog).to_be_visible()
        await require_language(page, "ar", opener)
        await require_fitting(page, opener)
        await require_accessible(page, opener, TWO_VIEWS[:1])
        await page.keyboard.press("Escape")
        await expect(claire.dialog).to_have_count(0)
    await button(page, "people.actions", name="Leo Girard").click()
    await page.get_by_role("menuitem", name=words("people.invite")).click()
    link = claire.dialog.get_by_role("textbox")
    await expect(link).to_have_value(re.compile("^http"))
    assert await link.evaluate("(box) => getComputedStyle(box).direction") == "ltr", "an address is read from the left"
    await page.keyboard.press("Escape")
    await expect(claire.dialog).to_have_count(0)

    await page.set_viewport_size(PHONE)
    await button(page, "nav.openRooms").click()
    await expect(claire.dialog).to_be_visible()
    assert await claire.dialog.evaluate(SIDES) == ON_THE_RIGHT
    await require_accessible(page, "rooms", TWO_VIEWS[1:])
    await require_fitting(page, "rooms")


async def test_board(visit: Visit, space: Space) -> None:
    """The editor speaks Arabic too, and leaves the page's language and direction alone."""
    claire = await come_in(visit, space, "claire")
    page = claire.page
    await page.locator(".part-button[data-part=board]").click()
    await expect(page.locator(".excalidraw canvas.interactive")).to_be_visible(timeout=LOADING_MS)
    await expect(page.locator(".excalidraw [data-testid=main-menu-trigger]")).to_be_visible()
    tool = page.locator(".excalidraw label:has([data-testid=toolbar-rectangle])")
    await expect(tool).to_have_attribute("title", re.compile("[\u0600-\u06ff]"))
    assert await page.evaluate("() => document.documentElement.lang") == "ar"
    await require_arabic(claire, "board")
