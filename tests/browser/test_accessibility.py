"""The page for those who cannot see it, or use no pointer: axe's rules, and everything by keyboard alone."""

from collections.abc import Callable

from playwright.async_api import expect

from tests.browser.looks import ON_DESKTOP, ON_PHONE, TWO_VIEWS, focus, require_accessible, tab_to
from tests.browser.person import Person
from tests.browser.space import Space, open_space
from tests.browser.visits import Visit
from tests.browser.watcher import FORBIDDEN, OUTAGE
from tests.wire.server import Server


async def test_axe_before_coming_in(visit: Visit, space: Space) -> None:
    """The invitation, a spent link, and the page of who is in this browser."""
    leo = await visit("leo", space.server)
    link = await space.link("leo")
    await leo.open(space.server.url)
    await expect(leo.page.get_by_role("heading", name="Open your invitation link")).to_be_visible()
    await require_accessible(leo.page, "start page", TWO_VIEWS)
    await leo.open(link)
    await expect(leo.page.get_by_role("button", name="Enter as")).to_be_visible()
    await require_accessible(leo.page, "invitation")
    await leo.page.get_by_role("button", name="Enter as").click()
    await leo.is_in()
    await leo.open(space.server.url)
    await expect(leo.page.get_by_role("heading", name="Who is here?")).to_be_visible()
    await require_accessible(leo.page, "who is here", TWO_VIEWS)
    other = await visit("other", space.server)
    await other.open(link)
    await expect(other.page.get_by_role("heading", name="This link has been used")).to_be_visible()
    await require_accessible(other.page, "spent link", TWO_VIEWS)


async def lively(visit: Visit, space: Space) -> tuple[Person, Person]:
    """A teacher and a pupil of the other class in a room in which messages of every kind stand."""
    claire, jan = await visit("claire", space.server), await visit("jan", space.server)
    for person in (claire, jan):
        await person.enter(await space.link(person.name))
    await jan.write("Dzień dobry! Zobacz https://example.org/wisla")
    await jan.write("To be deleted")
    await claire.write("Bonjour\nà tous")
    await jan.press_on("To be deleted", "Delete message")
    await jan.dialog.get_by_role("button", name="Delete").click()
    for person in (claire, jan):
        await person.sees("Dzień dobry! Zobacz https://example.org/wisla", "Bonjour\nà tous")
    return claire, jan


async def test_axe_in_the_room_as_teacher(visit: Visit, space: Space) -> None:
    """The room with its list, switches and people, and on a phone its drawer and the people."""
    claire, jan = await lively(visit, space)
    await jan.input.fill("Piszę")
    await require_accessible(claire.page, "room, teacher")
    await claire.page.get_by_role("button", name="Show rooms").click()
    await expect(claire.page.get_by_role("dialog", name="Rooms")).to_be_visible()
    await require_accessible(claire.page, "drawer of the rooms", ON_PHONE)
    await claire.page.keyboard.press("Escape")
    await expect(claire.page.get_by_role("button", name="Show rooms")).to_be_focused()
    await claire.bring("People")
    await expect(claire.page.get_by_test_id("people")).to_be_visible()
    await require_accessible(claire.page, "people", ON_PHONE)


async def test_axe_in_the_room_as_pupil(visit: Visit, space: Space) -> None:
    """The room as a pupil sees it: open, with a message being edited, one that was refused, and closed."""
    claire, jan = await lively(visit, space)
    await jan.press_on("Dzień dobry!", "Edit message")
    await require_accessible(jan.page, "room, pupil, editing", TWO_VIEWS)
    await jan.page.keyboard.press("Escape")
    await claire.switch("Open for pupils", on=False)
    await jan.may_not_write("room_closed", "This room is closed")
    await require_accessible(jan.page, "closed room", TWO_VIEWS)


async def test_axe_in_dialogs(visit: Visit, space: Space) -> None:
    """Every dialog and the menu of a person."""
    claire, _ = await lively(visit, space)
    page = claire.page

    async def check(where: str) -> None:
        await expect(claire.dialog).to_be_visible()
        await require_accessible(page, where, ON_DESKTOP)
        await page.keyboard.press("Escape")
        await expect(claire.dialog).to_have_count(0)

    await page.get_by_role("button", name="New group room").click()
    await check("new room")
    await page.get_by_role("button", name="Add somebody").click()
    await check("add somebody")
    await page.get_by_role("button", name="Actions for Leo Girard").click()
    await expect(page.get_by_role("menu")).to_be_visible()
    await require_accessible(page, "menu", ON_DESKTOP)
    await page.get_by_role("menuitem", name="New invitation link").click()
    await expect(claire.dialog.get_by_role("textbox", name="Link")).to_be_visible()
    await check("invitation")
    await claire.act_on("Leo Girard", "Remove from the project")
    await check("remove")


async def test_axe_when_sent_away_or_cut_off(visit: Visit, own_server: Callable[..., Server]) -> None:
    """The page of somebody who was removed, and the room without a connection, with messages that wait."""
    async with open_space(own_server()) as space:
        leo, zoe = await visit("leo", space.server), await visit("zoe", space.server)
        leo.watcher.tolerate(OUTAGE)
        zoe.watcher.tolerate(FORBIDDEN, OUTAGE)
        for person in (leo, zoe):
            await person.enter(await space.link(person.name))
        await space.administration.remove_member(space.project, space.members["zoe"])
        await zoe.sees_connection("ended")
        await require_accessible(zoe.page, "removed", TWO_VIEWS)
        claire = await visit("claire", space.server)
        claire.watcher.tolerate(OUTAGE)
        await claire.enter(await space.link("claire"))
        await leo.may_write()
        space.server.stop()
        await leo.sees_connection("waiting")
        await leo.write("This waits")
        await expect(leo.on_their_way).to_have_count(1)
        await require_accessible(leo.page, "no connection", TWO_VIEWS)


async def test_keyboard_alone(visit: Visit, space: Space) -> None:
    """Without a pointer: come in, write, edit, delete, use a person's menu and a dialog; the focus always shows."""
    claire = await visit("claire", space.server)
    page, press = claire.page, claire.page.keyboard.press
    await claire.open(await space.link("claire"))
    await expect(page.get_by_role("button", name="Enter as Claire Martin")).to_be_focused()
    await press("Enter")
    await claire.is_in()

    await tab_to(page, "^Skip to the message box$")
    await press("Enter")
    await tab_to(page, "^Message to ", steps=4)  # past the ways to add pictures and emoji
    await page.keyboard.type("Written by keyboard")
    await press("Enter")
    await claire.sees("Written by keyboard")
    await expect(claire.input).to_be_focused()

    await press("ArrowUp")
    await expect(page.get_by_role("textbox", name="Edit your message")).to_be_focused()
    await page.keyboard.type(", and edited")
    await press("Enter")
    await claire.sees("Written by keyboard, and edited")
    await expect(claire.input).to_be_focused()

    await tab_to(page, "^Written by keyboard", back=True)
    await tab_to(page, "^Delete message$")
    await press("Enter")
    await expect(claire.dialog).to_contain_text("Delete this message?")
    await expect(claire.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert (await focus(page))["isVisible"]
    await press("Escape")
    await expect(claire.message("Written by keyboard")).to_be_focused()
    assert (await focus(page))["isVisible"]
    await tab_to(page, "^Delete message$")
    await press("Enter")
    await tab_to(page, "^Delete$")
    await press("Enter")
    await expect(claire.texts).to_have_count(0)
    assert await page.evaluate("() => document.activeElement !== document.body"), "the focus was lost"

    await tab_to(page, "^Actions for Leo Girard$")
    await press("Enter")
    await expect(page.get_by_role("menuitem", name="Stop writing")).to_be_focused()
    await press("Escape")
    await expect(page.get_by_role("button", name="Actions for Leo Girard")).to_be_focused()
    await press("Enter")
    await press("n")
    await expect(page.get_by_role("menuitem", name="New invitation link")).to_be_focused()
    await press("Enter")
    await expect(claire.dialog.get_by_role("textbox", name="Link")).to_be_visible()
    await press("Escape")
    await expect(claire.dialog).to_have_count(0)
    await expect(page.get_by_role("button", name="Actions for Leo Girard")).to_be_focused()


async def test_messages_by_arrow_keys(visit: Visit, space: Space) -> None:
    """In the list the arrow keys go from message to message; Tab leaves it."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    for text in ("First", "Second", "Third"):
        await claire.write(text)
    await claire.sees("First", "Second", "Third")
    await tab_to(claire.page, "Third", back=True)
    for key, text in (("ArrowUp", "Second"), ("ArrowUp", "First"), ("End", "Third"), ("Home", "First")):
        await claire.page.keyboard.press(key)
        await expect(claire.message(text)).to_be_focused()
        assert (await focus(claire.page))["isVisible"]


async def test_new_messages_are_announced(visit: Visit, space: Space) -> None:
    """A screen reader is told who wrote what, once; one's own messages are not read out."""
    claire, jan = await visit("claire", space.server), await visit("jan", space.server)
    for person in (claire, jan):
        await person.enter(await space.link(person.name))
    await claire.write("Mine")
    await jan.write("Dzień dobry")
    said = claire.page.get_by_test_id("announcer")
    await expect(said).to_have_text("Janek: Dzień dobry")
    await expect(said).to_have_attribute("aria-live", "polite")


async def test_lost_connection_is_said_once(visit: Visit, space: Space) -> None:
    """What is read out when the connection is lost does not count seconds."""
    leo = await visit("leo", space.server, line=True)
    leo.watcher.tolerate(OUTAGE)
    await leo.enter(await space.link("leo"))
    await leo.line.cut()
    await leo.sees_connection("waiting")
    said = leo.connection.get_by_role("status")
    await expect(said).to_contain_text("Connection lost.")
    await expect(said.locator("[aria-hidden=true]")).to_contain_text("second")
