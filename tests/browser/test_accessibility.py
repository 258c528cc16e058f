"""The page for those who cannot see it, or use no pointer: axe's rules, and everything by keyboard alone."""

import re
from collections.abc import Callable

from playwright.async_api import FilePayload, expect

from tests.browser.cards import open_links
from tests.browser.looks import (
    ON_DESKTOP,
    ON_PHONE,
    TWO_VIEWS,
    focus,
    require_accessible,
    require_accessible_in_all_looks,
    sentences,
    tab_to,
)
from tests.browser.person import Person
from tests.browser.space import Space, open_space
from tests.browser.visits import Visit
from tests.browser.watcher import FORBIDDEN, OUTAGE
from tests.rtserver.files.samples import corners, encoded
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


DIALOG = "[role=dialog]"

WORDS = sentences("en")


async def press(person: Person, words: str) -> None:
    """Press the button, on the page or in the dialog that is open, with these words of the catalogue."""
    await person.page.get_by_role("button", name=WORDS[words], exact=True).click()


async def test_axe_in_all_looks_as_teacher(visit: Visit, space: Space) -> None:
    """What a teacher opens in a lesson, and what all are shown of it: light, dark, high contrast, large letters."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    for person in (claire, leo):
        await person.enter(await space.link(person.name))
    page, dialog = claire.page, claire.dialog

    async def check(where: str, within: str = DIALOG, of: Person = claire) -> None:
        await require_accessible_in_all_looks(of.page, where, within)

    async def check_and_close(where: str) -> None:
        await check(where)
        await page.keyboard.press("Escape")

    await press(claire, "teacher.lesson")
    await dialog.get_by_role("radio", name=WORDS["lesson.poll.free"]).check(force=True)
    await dialog.get_by_label(WORDS["lesson.poll.question"]).fill("Which river is longer?")
    for number, answer in enumerate(("Oder", "Loire"), 1):
        await dialog.get_by_label(WORDS["lesson.poll.answer"].replace("{{number}}", str(number))).fill(answer)
    await check("lesson tools")
    await press(claire, "lesson.poll.ask")
    poll = leo.page.get_by_test_id("poll")
    await expect(poll.get_by_role("button", name="Oder")).to_be_visible()
    await check("open poll", "[data-testid=poll]", leo)
    await poll.get_by_role("button", name="Oder").click()
    await press(claire, "teacher.lesson")
    await dialog.get_by_role("button", name="5 minutes", exact=True).click()
    await press(claire, "rooms.groups")
    await expect(dialog.get_by_role("row").first).to_be_visible()
    await check("groups")
    await press(claire, "groups.start")
    await leo.page.get_by_role("button", name=re.compile("^Back to ")).click()
    await check_and_close("groups at work")
    await check("strips of a pupil", ".strips", leo)
    await check("strips of a teacher", ".strips")
    await press(claire, "lesson.poll.close")
    await expect(leo.page.get_by_test_id("poll-result")).to_be_visible()
    await check("result of a poll", "[data-testid=poll]", leo)

    await open_links(claire, 2)
    await check("links of a class")
    await dialog.get_by_role("button", name=re.compile("^Make ")).click()
    await expect(page.get_by_test_id("paper-card").first).to_be_visible()
    await check_and_close("cards")
    await page.get_by_role("alertdialog").get_by_role("button", name=WORDS["common.close"]).click()
    await page.keyboard.press("Escape")  # the list behind the cards
    await press(claire, "transcript.open")
    await check_and_close("save the chat")


async def test_axe_in_all_looks_of_what_everybody_opens(visit: Visit, space: Space) -> None:
    """Files, emoji, settings, a problem report, the check of the device, and the page without a connection."""
    claire = await visit("claire", space.server, line=True)
    claire.watcher.tolerate(OUTAGE)
    await claire.enter(await space.link("claire"))
    page, dialog = claire.page, claire.dialog

    async def check_and_close(where: str) -> None:
        await expect(dialog.last).to_be_visible()
        await require_accessible_in_all_looks(page, where, DIALOG)
        await page.keyboard.press("Escape")

    file = FilePayload(name="corners.png", mimeType="image/png", buffer=encoded(corners(), "PNG"))
    await page.get_by_test_id("file-chooser").set_input_files(file)
    await expect(page.get_by_test_id("tray").get_by_role("listitem")).to_be_visible()
    await require_accessible_in_all_looks(page, "a file that is chosen", "[data-testid=composer]")
    await claire.composer.get_by_role("button", name=WORDS["composer.send"], exact=True).click()
    picture = page.locator("[data-state=sent] button.files__picture")
    await expect(picture).to_be_visible()
    await require_accessible_in_all_looks(page, "a picture in the chat", "[data-testid=message-list]")
    await picture.click()
    await check_and_close("a picture, large")
    await claire.composer.get_by_role("button", name=WORDS["composer.emoji"]).click()
    await check_and_close("emoji")
    await page.get_by_role("button", name=WORDS["settings.title"]).click()
    await press(claire, "common.reportProblem")
    await expect(page.get_by_role("textbox", name=WORDS["report.content"])).to_be_visible()
    await check_and_close("problem report")
    await check_and_close("settings")
    await page.get_by_role("button", name=WORDS["settings.title"]).click()
    await press(claire, "settings.check")
    await check_and_close("check before a lesson")
    await claire.line.cut()
    await page.reload()
    await expect(page.get_by_test_id("no-connection")).to_be_visible()
    await require_accessible_in_all_looks(page, "no connection", "main")


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
    await page.wait_for_function("() => document.activeElement !== document.body")  # with the next frame

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
