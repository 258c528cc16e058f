"""A lesson by keyboard alone: each stop on every way shows that it has the focus, and the focus is never lost."""

from playwright.async_api import expect

from tests.browser.calling import keep_peers
from tests.browser.looks import focus, tab_to
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import Visit

ASKED = "Jak ma na imię wasza rzeka?"
ANSWER = "La Seine"


async def test_a_lesson_by_keyboard_alone(visit: Visit, space: Space) -> None:
    """Enter, write, answer, react, search, change a setting, open the board, join a call and leave it, sign out."""
    jan, claire = await visit("jan", space.server), await visit("claire", space.server)
    await keep_peers(claire.context, "claire")
    press = claire.page.keyboard.press
    await claire.open(await space.link("claire"))
    await expect(claire.page.get_by_role("button", name="Enter as Claire Martin")).to_be_focused()
    await press("Enter")
    await claire.is_in()
    await jan.enter(await space.link("jan"))
    await jan.write(ASKED)
    await claire.sees(ASKED)

    await answer(claire)
    await jan.sees(ASKED, ANSWER)
    await react(claire)
    await expect(jan.message(ASKED)).to_contain_text("👍")
    await search(claire)
    await change_the_colours(claire)
    await open_the_board(claire)
    await call(claire)
    await sign_out(claire)


async def answer(claire: Person) -> None:
    """To the message box by the skip link, from there back to the message, and its reply."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, "^Skip to the message box$")
    await press("Enter")
    await tab_to(page, "^Message to ", steps=3)
    await tab_to(page, f"^{ASKED[:-1]}", back=True)
    await expect(claire.message(ASKED).get_by_role("button", name="Reply")).to_be_visible()
    await tab_to(page, "^Language: Polish", steps=1)
    await tab_to(page, "^Reply$", steps=6)
    await press("Enter")
    await expect(claire.input).to_be_focused()
    await page.keyboard.type(ANSWER)
    await press("Enter")
    await claire.sees(ASKED, ANSWER)
    await expect(claire.input).to_be_focused()


async def react(claire: Person) -> None:
    """With the first of the quick reactions; the focus stays where it was."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, f"^{ASKED[:-1]}", back=True)
    await expect(claire.message(ASKED).get_by_role("button", name="Thumbs up")).to_be_visible()
    await tab_to(page, "Thumbs up", steps=6)
    await press("Enter")
    await expect(claire.message(ASKED).first).to_contain_text("👍")
    assert (await focus(page))["isVisible"], "the focus was lost with the reaction"


async def search(claire: Person) -> None:
    """Opened, used, closed with Escape; the focus is back."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, "^Search messages$", back=True)
    await press("Enter")
    await expect(page.get_by_role("searchbox", name="Words to look for")).to_be_focused()
    await page.keyboard.type("Seine")
    await expect(page.get_by_text("1 message found")).to_be_visible()
    await press("Escape")
    await expect(page.get_by_role("button", name="Search messages")).to_be_focused()


async def change_the_colours(claire: Person) -> None:
    """In the settings, with the arrow keys, and back."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, "Settings$", back=True)
    await press("Enter")
    await expect(claire.dialog).to_be_visible()
    await page.get_by_role("radio", name="As on this device").first.wait_for()
    await tab_to_group(claire, "Colours")
    await press("ArrowRight")
    await press("ArrowRight")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await press("Escape")
    await expect(page.get_by_role("button", name="Settings")).to_be_focused()


async def tab_to_group(claire: Person, group: str) -> None:
    """Go by Tab until the focus is in a group of radio buttons."""
    radio = claire.page.get_by_role("radiogroup", name=group).or_(claire.page.get_by_role("group", name=group))
    for _ in range(10):
        await claire.page.keyboard.press("Tab")
        if await radio.evaluate("(element) => element.contains(document.activeElement)"):
            return
    raise AssertionError(f"Tab does not reach {group}")


async def open_the_board(claire: Person) -> None:
    """Brought and put away again by its button."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, "^Board")
    await press("Enter")
    await expect(page.get_by_test_id("board-canvas")).to_be_visible()
    await expect(claire.part("Board")).to_be_focused()
    await press("Enter")
    await expect(page.get_by_test_id("board-canvas")).to_have_count(0)
    await expect(claire.part("Board")).to_be_focused()


async def call(claire: Person) -> None:
    """Through the lobby into the call, and out of it."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, "^Start a call$", back=True)
    await press("Enter")
    await expect(page.get_by_test_id("lobby")).to_be_visible()
    await tab_to(page, "^Start the call$")
    await press("Enter")
    await expect(page.get_by_test_id("call")).to_be_visible()
    await tab_to(page, "^Leave")
    await press("Enter")
    await expect(page.get_by_test_id("call")).to_have_count(0)
    await expect(page.get_by_role("button", name="Start a call")).to_be_focused()


async def sign_out(claire: Person) -> None:
    """Asked once more, then at the start page."""
    page, press = claire.page, claire.page.keyboard.press
    await tab_to(page, "^Sign out$", back=True)
    await press("Enter")
    await expect(claire.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await tab_to(page, "^Sign out$", steps=2)
    await press("Enter")
    await expect(page.get_by_role("heading", name="Open your invitation link")).to_be_visible()
