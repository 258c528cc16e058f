"""What goes on in a lesson, a slim line each above the parts: all of it at once leaves the parts their height."""

import re

from playwright.async_api import ViewportSize, expect

from tests.browser.boards import Painter
from tests.browser.calls import come_in_with
from tests.browser.looks import SETTLED, require_fitting, sentences
from tests.browser.person import Person
from tests.browser.space import ROOM, Space
from tests.browser.visits import PHONE, Visit

LAPTOP: ViewportSize = {"width": 1280, "height": 720}
LOW_LAPTOP: ViewportSize = {"width": 1280, "height": 600}
"""With a browser's bars of bookmarks and tabs."""

PARTS_SHARE_MIN = {"laptop": 0.6, "phone": 0.5}
"""Of the height of the window, with all strips there may be: what is left for what one works on."""

LINES_MAX = {"laptop": 1, "phone": 2}
"""In which the strips stand side by side."""

LEADING = 1
"""A line more on a phone for whoever leads: they have buttons in each strip."""

COVERED_MAX = 0.5
"""Of the parts, by the card of a poll that waits for an answer."""

STRIPS = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [parts, card] = [box(".parts"), box("[data-testid=poll]")];
  const strips = [...document.querySelectorAll(".strip:not([data-open=true])")];
  return {
    count: strips.length,
    lines: new Set(strips.map((strip) => Math.round(strip.getBoundingClientRect().top))).size,
    share: parts.height / innerHeight,
    covered: (card.width * card.height) / (parts.width * parts.height),
  };
}"""

WORDS = sentences("en")


async def begin_all(claire: Person, leo: Person) -> None:
    """A teacher begins groups, a timer and a poll; a pupil comes back from his group, and has not answered yet."""
    dialog, tools = claire.dialog, claire.page.get_by_role("button", name=WORDS["teacher.lesson"])
    await claire.page.get_by_role("button", name=WORDS["rooms.groups"]).click()
    await dialog.get_by_text(WORDS["groups.rule.everybody"], exact=True).click()
    await dialog.get_by_role("button", name=WORDS["groups.start"]).click()
    await leo.page.get_by_role("button", name=re.compile("^Back to")).click()
    await expect(leo.page.get_by_test_id("room-title")).to_have_text(ROOM)
    await claire.page.keyboard.press("Escape")
    await tools.click()
    await dialog.get_by_role("button", name="5 minutes", exact=True).click()
    await tools.click()
    await dialog.get_by_role("button", name=WORDS["lesson.poll.ask"]).click()
    await expect(leo.page.get_by_test_id("poll").get_by_role("button", name="Yes")).to_be_visible()


async def test_strips_leave_the_parts_their_height(visit: Visit, space: Space) -> None:
    """Groups, a timer, a call and a poll: one line above the board, which keeps its form; on a phone two."""
    come = come_in_with(visit, space)
    claire, leo = await come("claire", viewport=LAPTOP), (await come("leo", viewport=LAPTOP)).person
    await begin_all(claire.person, leo)
    await claire.join(camera=False, microphone=False)
    await leo.bring("Board")
    await Painter(leo).is_ready()

    async def measure(person: Person, window: str, count: int, more: int = 0) -> None:
        await person.page.set_viewport_size(LAPTOP if window == "laptop" else PHONE)
        await person.page.evaluate(SETTLED)
        await expect(person.page.locator(".strip:not([data-open=true])")).to_have_count(count)
        seen = await person.page.evaluate(STRIPS)
        where = f"{person.name}, {window}, {count} strips: {seen}"
        assert seen["lines"] <= LINES_MAX[window] + more, where
        assert seen["share"] >= PARTS_SHARE_MIN[window], where
        assert seen["covered"] <= COVERED_MAX, where
        await require_fitting(person.page, where)

    for window in ("laptop", "phone"):
        await measure(leo, window, 3)
    await leo.page.get_by_test_id("poll").get_by_role("button", name="Yes").click()
    for window in ("phone", "laptop"):
        await measure(leo, window, 4)
    for size in (LAPTOP, LOW_LAPTOP):
        await leo.page.set_viewport_size(size)
        await leo.page.evaluate(SETTLED)
        await expect(leo.page.get_by_test_id("main-menu-trigger")).to_be_visible()
        await expect(leo.page.locator(".excalidraw")).not_to_have_class(re.compile("excalidraw--mobile"))
    await measure(claire.person, "laptop", 3)
    await measure(claire.person, "phone", 3, LEADING)
