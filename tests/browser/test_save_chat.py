"""A teacher takes the chat of a room home: as a page to read, which needs nothing else, and as a table."""

import csv
import io
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.looks import TWO_VIEWS, require_accessible, require_fitting
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import PHONE, Visit
from tests.browser.watcher import OUTAGE


async def save(person: Person, button: str, folder: Path) -> Path:
    """Press a button of the dialog; where the file is."""
    async with person.page.expect_download() as coming:
        await person.dialog.get_by_role("button", name=button).click()
    download = await coming.value
    await expect(person.dialog.get_by_role("status")).to_have_text("The file is in your downloads.")
    file = folder / download.suggested_filename
    await download.save_as(file)
    return file


async def come_through_a_hole(person: Person, part: str) -> None:
    """A part of the page that cannot be had is missed; nothing else suffers, and with the network it comes."""
    person.watcher.tolerate(OUTAGE)
    files = f"**/{part}-*.js"
    await person.page.route(files, lambda route: route.abort())
    await person.page.reload()
    await person.is_in()
    notice = person.page.get_by_role("status").filter(has_text="A part of this page could not be loaded.")
    await expect(notice).to_be_visible()
    await person.may_write()
    await require_accessible(person.page, "a part that is missing", TWO_VIEWS)
    await require_fitting(person.page, "a part that is missing")
    await person.page.unroute(files)
    await expect(notice.get_by_role("button", name="Reload the page")).to_be_visible()
    for is_offline in (True, False):
        await person.context.set_offline(is_offline)
    await expect(notice).to_have_count(0)
    await person.is_in()


async def test_a_page_and_a_table(browser: Browser, visit: Visit, space: Space, tmp_path: Path) -> None:
    """With the names that this teacher sees; in a browser of its own the page shows the same, and fetches nothing."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    await come_through_a_hole(claire, "SaveChat")
    leo = await visit("leo", space.server)
    await leo.enter(await space.link("leo"))
    jan = await visit("jan", space.server)
    await jan.enter(await space.link("jan"))
    await leo.write("<b>Bonjour</b> !")
    await jan.write("=1+1")
    await claire.sees("<b>Bonjour</b> !", "=1+1")
    await expect(leo.page.get_by_role("button", name="Save the chat")).to_have_count(0)

    opener = claire.page.get_by_role("button", name="Save the chat")
    await opener.click()
    await require_accessible(claire.page, "the dialog that saves a chat", TWO_VIEWS)
    page = await save(claire, "To read and print", tmp_path)
    table = await save(claire, "As a table", tmp_path)
    await claire.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()

    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"), newline="")))
    assert [(row["Name"], row["Text"]) for row in rows] == [("Leo Girard", "<b>Bonjour</b> !"), ("Janek", "'=1+1")]

    reader = await browser.new_page()
    fetched: list[str] = []
    reader.on("request", lambda request: fetched.append(request.url))
    await reader.goto(page.as_uri())
    assert fetched == [page.as_uri()]
    articles = reader.get_by_role("article")
    await expect(articles.nth(0)).to_contain_text("Leo Girard")
    await expect(articles.nth(0).locator(".text")).to_have_text("<b>Bonjour</b> !")
    await expect(articles.nth(1)).to_contain_text("Janek")
    await expect(reader.get_by_text("Kowalczyk")).to_have_count(0)
    await require_accessible(reader, "the saved chat", TWO_VIEWS)
    await reader.close()


async def test_on_a_phone_from_right_to_left(visit: Visit, space: Space) -> None:
    """The dialog fits, in a language that is written the other way, and the file's words are in it."""
    claire = await visit("claire", space.server, viewport=PHONE)
    await claire.enter(await space.link("claire"))
    await claire.write("Bonjour !")
    await claire.sees("Bonjour !")
    await claire.page.evaluate("localStorage.setItem('rtserver.language', 'ar')")
    await claire.page.reload()
    await claire.page.get_by_role("button", name="حفظ الدردشة").click()
    await expect(claire.dialog).to_be_visible()
    await require_fitting(claire.page, "the dialog that saves a chat, from right to left")
    async with claire.page.expect_download() as coming:
        await claire.dialog.get_by_role("listitem").first.get_by_role("button").click()
    saved = Path(await (await coming.value).path()).read_text(encoding="utf-8")
    assert '<html lang="ar" dir="rtl">' in saved
    assert "Bonjour !" in saved
