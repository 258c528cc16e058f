"""A problem report: shown before it goes anywhere, found in the server's log, without anybody's words."""

import json
import re

from playwright.async_api import expect

from tests.browser.looks import ON_DESKTOP, TWO_VIEWS, require_accessible
from tests.browser.space import Space
from tests.browser.visits import Visit

BREAK = """
() => Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
  get() { throw new TypeError("on purpose: Léa"); },
})
"""
"""A fault in the page: times of messages are written with it."""

ON_PURPOSE = re.compile("on purpose|error occurred in the")


async def test_sent_from_the_settings(visit: Visit, space: Space) -> None:
    """What is sent is what was shown; the number that the person is told finds it in the log."""
    claire = await visit("claire", space.server)
    await claire.enter(await space.link("claire"))
    await claire.write("Nobody else's business")
    settings = claire.page.get_by_role("button", name="Settings")
    await settings.click()
    await claire.dialog.get_by_role("button", name="Report a problem").click()
    dialog = claire.page.get_by_role("dialog", name="Report a problem")
    shown = await dialog.get_by_role("textbox", name="The report").input_value()
    assert f"member: {space.members['claire']}" in shown
    assert re.search(r"history:\n \+\d+\.\ds connecting\n \+\d+\.\ds online websocket\n", shown)
    for secret in ("Claire", "Martin", "business", "http"):
        assert secret not in shown
    await require_accessible(claire.page, "problem report", ON_DESKTOP)
    await dialog.get_by_role("button", name="Send to the server").click()
    said = dialog.get_by_role("status")
    await expect(said).to_contain_text("this is its number")
    number = re.sub(r"\s", "", (await said.inner_text()).rpartition(":")[2])
    await space.server.wrote(number)
    logged = [json.loads(line) for line in space.server.log().splitlines() if number in line]
    assert [line["event"] for line in logged] == ["problem.reported"]
    assert (logged[0]["member"], logged[0]["signed_in"]) == (space.members["claire"], True)
    assert all(str(ms) in shown for ms in logged[0]["round_trips"])
    await claire.page.keyboard.press("Escape")
    await expect(claire.dialog.get_by_role("button", name="Report a problem")).to_be_focused()
    await claire.page.keyboard.press("Escape")
    await expect(settings).to_be_focused()


async def test_when_the_page_itself_fails(visit: Visit, space: Space) -> None:
    """Instead of an empty page: whose fault it is, what is not lost, and how to go on. Its words are not reported."""
    claire = await visit("claire", space.server)
    claire.watcher.tolerate(ON_PURPOSE)
    await claire.enter(await space.link("claire"))
    await claire.page.evaluate(BREAK)
    await claire.input.fill("What was written")
    await claire.input.press("Enter")
    await expect(claire.page.get_by_role("heading", name="Something on this page went wrong")).to_be_visible()
    await require_accessible(claire.page, "fault", TWO_VIEWS)
    await claire.page.get_by_role("button", name="Report a problem").click()
    shown = await claire.dialog.get_by_role("textbox", name="The report").input_value()
    assert re.search(r" fault TypeError", shown)
    assert "Léa" not in shown
    await claire.page.keyboard.press("Escape")
    await claire.page.get_by_role("button", name="Reload the page").click()
    await claire.is_in()
    await claire.sees("What was written")
