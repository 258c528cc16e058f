"""Languages to the last word (Arabic: test_right_to_left.py), and long words and names on the narrowest phone."""

import pytest
from playwright.async_api import Locator, Page, expect

from rtserver.shapes import NewClass, NewFounder, NewProject
from tests.browser.looks import SETTLED, require_fitting, require_language, sentences
from tests.browser.person import Person
from tests.browser.space import ORGANISATION, Space
from tests.browser.visits import Visit
from tests.browser.watcher import OUTAGE

NARROW = {"width": 360, "height": 740}
"""The smallest phones in use."""

NARROWEST = {"width": 320, "height": 640}
"""What a page has to fit without scrolling to the side (WCAG 1.4.10)."""

PUPILS = 4
"""In the class."""

USUAL_LETTERS = 16
"""Pixels."""

LONG_WORD = "Donaudampfschifffahrtsgesellschaft" * 6
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Przybyszewska-Konstantyn"
"""60 characters without a space."""


def words(language: str, key: str, **values: str) -> str:
    """A sentence of a catalogue."""
    sentence = sentences(language)[key]
    for name, value in values.items():
        sentence = sentence.replace(f"{{{{{name}}}}}", value)
    return sentence


def picker(person: Person, language: str) -> Locator:
    """The choice of languages, by its name in `language`."""
    return person.page.get_by_role("combobox", name=words(language, "language.label"))


@pytest.mark.parametrize("language", ["fr", "pl", "uk"])
async def test_no_english_is_left(visit: Visit, space: Space, language: str) -> None:
    """From the invitation to the dialogs every sentence is in the language that was chosen, and stays so."""
    claire = await visit("claire", space.server)
    page = claire.page

    async def check(where: str) -> None:
        await require_language(page, language, where)

    def button(key: str, **values: str) -> Locator:
        return page.get_by_role("button", name=words(language, key, **values), exact=True)

    await claire.open(await space.link("claire"))
    await picker(claire, "en").select_option(language)
    await expect(button("join.enter", name="Claire Martin")).to_be_visible()
    await check("invitation")
    await button("join.enter", name="Claire Martin").click()
    await claire.is_in()
    await check("empty room")
    await claire.write("Bonjour")
    await claire.sees("Bonjour")
    await page.reload()
    await claire.is_in()
    await claire.sees("Bonjour")
    await check("room")

    for opener in ("rooms.add", "people.add", "nav.signOut"):
        await button(opener).click()
        await expect(claire.dialog).to_be_visible()
        await check(opener)
        await page.keyboard.press("Escape")
        await expect(claire.dialog).to_have_count(0)
    await button("people.actions", name="Leo Girard").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    await check("menu")
    await page.get_by_role("menuitem", name=words(language, "people.invite")).click()
    await expect(claire.dialog.get_by_role("textbox")).to_be_visible()
    await check("invitation dialog")
    await page.keyboard.press("Escape")

    await claire.open(space.server.url)
    await expect(page.get_by_role("heading", name=words(language, "home.title"))).to_be_visible()
    await check("who is here")


@pytest.mark.parametrize(("locale", "language"), [("fr-BE", "fr"), ("pl-PL", "pl"), ("de-AT", "de"), ("ka-GE", "en")])
async def test_language_of_the_browser(visit: Visit, space: Space, locale: str, language: str) -> None:
    """A first visit speaks the browser's language, or English."""
    leo = await visit("leo", space.server, locale=locale)
    await leo.open(space.server.url)
    await expect(leo.page.get_by_role("heading", name=words(language, "home.emptyTitle"))).to_be_visible()
    assert await leo.page.evaluate("() => document.documentElement.lang") == language


@pytest.mark.parametrize("language", ["fr", "pl"])
async def test_what_a_pupil_is_told(visit: Visit, space: Space, language: str) -> None:
    """The reasons why a pupil cannot write, and the end, are in the pupil's language."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server, locale=language)
    leo.watcher.tolerate(OUTAGE)  # parts of the page that come some seconds later may be asked for without a network
    await claire.enter(await space.link("claire"))
    await leo.open(await space.link("leo"))
    await leo.page.get_by_role("main").get_by_role("button").first.click()
    await leo.is_in()
    await claire.switch("Open for pupils", on=False)
    await leo.may_not_write("room_closed", words(language, "blocked.title.room_closed"))
    await require_language(leo.page, language, "closed room")
    await leo.context.set_offline(True)
    await leo.sees_connection("offline")
    await require_language(leo.page, language, "offline")
    await leo.context.set_offline(False)
    await leo.sees_connection("online")
    await space.administration.remove_member(space.project, space.members["leo"])
    await leo.sees_connection("ended")
    await require_language(leo.page, language, "removed")


async def test_long_words_and_names_fit(visit: Visit, space: Space) -> None:
    """At 360 px nothing is wider than the window: not an unbroken word, not a name of 60 characters."""
    long_class = NewClass(LONG_NAME, LONG_NAME, "FR", "Europe/Paris", ("fr",))
    other_class = NewClass(f"{LONG_NAME}2", LONG_NAME, "PL", "Europe/Warsaw", ("pl",))
    founders = (NewFounder(LONG_NAME, f"{LONG_NAME}1", long_class), NewFounder(LONG_NAME, LONG_NAME, other_class))
    new = NewProject(LONG_NAME, founders, class_room_name=LONG_NAME, staff_room_name=LONG_NAME)
    project = await space.administration.open_project(ORGANISATION, new)
    url, _ = await space.administration.invite(project.id, project.founders[0].id)

    claire = await visit("claire", space.server, viewport=NARROW)
    page = claire.page

    async def check(where: str) -> None:
        await require_fitting(page, where)

    await claire.open(url)
    await expect(page.get_by_role("button", name="Enter as")).to_be_visible()
    await check("invitation")
    await page.get_by_role("button", name="Enter as").click()
    await claire.is_in()
    await claire.write(LONG_WORD[:200])
    await claire.write(f"https://example.org/{LONG_WORD[:200]}")
    await expect(claire.texts).to_have_count(2)
    await check("room")
    await claire.input.fill(LONG_WORD)
    await check("composer")
    await claire.press_on("https://example.org", "Edit message")
    await expect(page.get_by_role("textbox", name="Edit your message")).to_be_focused()
    await check("editing")
    await page.keyboard.press("Escape")
    await claire.press_on("https://example.org", "Delete message")
    await expect(claire.dialog).to_be_visible()
    await check("dialog")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Show rooms").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await check("rooms")
    await page.keyboard.press("Escape")
    await claire.bring("People")
    await expect(page.get_by_test_id("people")).to_be_visible()
    await check("people")
    await claire.open(space.server.url)
    await expect(page.get_by_role("heading", name="Who is here?")).to_be_visible()
    await check("who is here")


async def test_text_twice_as_large(visit: Visit, space: Space) -> None:
    """With the text at 200 % (WCAG 1.4.4) a phone's page still fits and one can write."""
    leo = await visit("leo", space.server, viewport=NARROW)
    claire = await visit("claire", space.server)
    for person in (claire, leo):
        await person.enter(await space.link(person.name))
    await leo.page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    await leo.write("Assez grand ?")
    await leo.sees("Assez grand ?")
    await require_fitting(leo.page, "text at 200 %")
    await expect(leo.input).to_be_in_viewport()


async def test_ten_letters_in_a_line(visit: Visit, space: Space) -> None:
    """On the narrowest window, with letters twice as large, nothing is cut off, and nothing is without any height."""
    leo = await visit("leo", space.server, viewport=NARROWEST)
    page = leo.page
    await twice_as_large(page)
    await leo.open(space.server.url)
    await expect(page.get_by_role("heading", name=words("en", "home.emptyTitle"))).to_be_visible()
    await require_fitting(page, "start page")
    await leo.open(await space.link("leo"))
    await page.get_by_role("button", name="Enter as").click()
    await leo.may_not_write("no_teacher_present", "No teacher is here just now")
    await expect(page.get_by_test_id("message-list")).to_be_visible()  # beside so many words
    await require_fitting(page, "room without a teacher")
    await page.get_by_role("button", name="Show rooms").click()
    await expect(
        page.get_by_role("navigation", name="Rooms").get_by_role("link", name="Class room")
    ).to_be_in_viewport()
    await require_fitting(page, "rooms")
    await page.keyboard.press("Escape")

    claire = await visit("claire", space.server, viewport=NARROWEST)
    await twice_as_large(claire.page)
    await claire.enter(await space.link("claire"))
    await leo.may_write()
    await claire.page.get_by_role("button", name="Lesson tools").click()
    await claire.dialog.get_by_role("button", name="5 minutes", exact=True).click()
    await expect(claire.page.get_by_test_id("timer").get_by_role("button", name="Stop")).to_be_visible()
    await require_fitting(claire.page, "timer")
    for label in await page.locator(".part-button__label").all():
        assert await label.evaluate(PARTED) == [], "a word is parted below its sign"


async def test_what_a_teacher_opens_with_ten_letters_in_a_line(visit: Visit, space: Space) -> None:
    """A menu lies beside its button and not over it, where a slow press would choose of it; names are whole words."""
    claire = await visit("claire", space.server, viewport=NARROWEST)
    page = claire.page
    await twice_as_large(page)
    await claire.enter(await space.link("claire"))
    search = page.get_by_role("button", name=words("en", "search.open")).locator(".chat-bar__words")
    assert await search.evaluate("({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth"), "it is cut off"

    await page.get_by_role("button", name="Show rooms").click()
    await page.get_by_role("button", name=words("en", "rooms.groups")).click()
    await claire.dialog.get_by_text(words("en", "groups.rule.everybody"), exact=True).click()
    names = claire.dialog.locator(".pupil__name")
    await expect(names).to_have_count(PUPILS)
    for name in await names.all():
        assert await name.evaluate(PARTED) == [], "a name is parted"
    await require_fitting(page, "groups")
    await page.keyboard.press("Escape")

    await claire.bring("Board")
    button, menu = page.get_by_role("button", name=words("en", "board.teacher")), page.get_by_role("menu")
    await button.hover()
    await page.mouse.down()
    await expect(menu).to_be_visible()
    await page.evaluate(SETTLED)
    await page.mouse.up()
    await page.evaluate(SETTLED)
    await expect(menu).to_be_visible()  # nothing is chosen
    box = await menu.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= NARROWEST["width"]
    last = menu.get_by_role("menuitem", name=words("en", "board.clear.open"))
    await last.scroll_into_view_if_needed()
    await expect(last).to_be_in_viewport(ratio=0.9)


PARTED = """
(label) => {
  const text = label.firstChild;
  const range = document.createRange();
  return [...text.data.matchAll(/\\S+/g)]
    .filter(({ 0: word, index }) => {
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      return range.getClientRects().length > 1;
    })
    .map(([word]) => word);
}
"""
"""The words of a label that are on two lines."""


async def twice_as_large(page: Page) -> None:
    """As somebody sets it in the browser."""
    session = await page.context.new_cdp_session(page)
    await session.send("Page.enable")
    sizes = {"standard": 2 * USUAL_LETTERS, "fixed": 2 * USUAL_LETTERS}
    await session.send("Page.setFontSizes", {"fontSizes": sizes})
