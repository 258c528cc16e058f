"""One person in two tabs of one browser: what is typed in one of them is not the other's to lose or to send."""

from playwright.async_api import FilePayload, expect

from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import Visit

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""A picture, as small as can be."""


LOST = "was not kept. Add it again."

NO_DRAFTS = "() => !/half a|another one/.test(JSON.stringify(localStorage))"


async def another_tab(person: Person) -> Person:
    """A second tab of somebody's browser, in the same room."""
    page = await person.context.new_page()
    await page.goto(person.page.url)
    tab = Person(f"{person.name}, another tab", person.context, page, person.line, person.watcher)
    await tab.is_in()
    return tab


async def come_back(person: Person) -> None:
    """Load the page anew."""
    await person.page.reload()
    await person.is_in()


async def test_each_tab_keeps_what_is_typed_in_it(visit: Visit, space: Space) -> None:
    """Sent, or typed and deleted, in one tab: the text of the other is there, over a reload, too, and only there."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    for person in (claire, leo):
        await person.enter(await space.link(person.name))
    second = await another_tab(leo)
    await leo.input.press_sequentially("long text")
    await second.write("short")
    await second.input.press_sequentially("x")
    await second.input.press("Backspace")
    await come_back(leo)
    await expect(leo.input).to_have_value("long text")

    await claire.act_on("Leo Girard", "Keep out of this room")
    for tab in (leo, second):
        await expect(tab.composer).to_have_count(0)
    await claire.act_on("Leo Girard", "Let into this room again")
    await expect(leo.input).to_have_value("long text")
    await second.may_write()
    await expect(second.input).to_have_value("")


async def test_one_tab_takes_what_the_closed_one_left(visit: Visit, space: Space) -> None:
    """Who closes the browser and comes back finds the text, in the first tab that they open; signed out, in none."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    for person in (claire, leo):
        await person.enter(await space.link(person.name))
    url = leo.page.url
    await leo.input.press_sequentially("half a sentence")
    await leo.page.close()
    leo.page = await leo.context.new_page()
    await leo.open(url)
    await leo.is_in()
    await expect(leo.input).to_have_value("half a sentence")
    second = await another_tab(leo)
    await expect(second.input).to_have_value("")

    await second.input.press_sequentially("another one")
    await leo.page.get_by_role("button", name="Sign out").click()
    await leo.dialog.get_by_role("button", name="Sign out").click()
    for tab in (leo, second):
        await tab.page.wait_for_function(NO_DRAFTS)


async def test_a_file_that_was_not_kept_is_named(visit: Visit, space: Space) -> None:
    """After a reload the text is there and the file is not: it is said which one to add again, until it is sent."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    for person in (claire, leo):
        await person.enter(await space.link(person.name))
    river: FilePayload = {"name": "river.png", "mimeType": "image/png", "buffer": PIXEL}
    note = leo.composer.get_by_text(LOST)
    await leo.input.press_sequentially("See this")
    await leo.composer.locator("input[type=file]").set_input_files(river)
    await expect(leo.composer.get_by_test_id("tray")).to_contain_text("river.png")
    for _ in range(2):
        await come_back(leo)
        await expect(leo.input).to_have_value("See this")
        await expect(leo.composer.get_by_role("listitem").filter(has_text=LOST)).to_contain_text("river.png")
    await leo.composer.locator("input[type=file]").set_input_files(river)
    await expect(note).to_have_count(0)
    await leo.input.press("Enter")
    await claire.sees("See this")
    await come_back(leo)
    await expect(leo.input).to_have_value("")
    await expect(note).to_have_count(0)
