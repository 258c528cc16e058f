"""What goes on in a lesson, a slim line each above the parts: all of it at once leaves the parts their height."""

import re

from playwright.async_api import ViewportSize, expect

from tests.browser.boards import Painter
from tests.browser.calling import Caller
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

TABLET: ViewportSize = {"width": 768, "height": 1024}

ON_THE_BAR = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const [bar, card] = [box("[data-testid=call-bar]"), box("[data-testid=poll][data-open=true]")];
  const across = Math.min(bar.right, card.right) - Math.max(bar.left, card.left);
  const down = Math.min(bar.bottom, card.bottom) - Math.max(bar.top, card.top);
  const linesOf = (button) => {
    const words = document.createRange();
    words.selectNodeContents(button);
    return new Set([...words.getClientRects()].map(({ top }) => Math.round(top))).size;
  };
  const words = [...document.querySelectorAll("[data-testid=poll] .lesson-strip__buttons .button > span")];
  return {
    covered: across > 0 && down > 0,
    isWhole: card.left >= 0 && card.right <= innerWidth && card.bottom <= innerHeight,
    buttonLines: Math.max(...words.map(linesOf)),
    bar: [bar.top, bar.bottom],
    card: [card.top, card.bottom],
  };
}"""
"""Whether the open card of a poll lies over the buttons of the call."""

NARROWEST: ViewportSize = {"width": 320, "height": 640}
"""What a page has to fit without scrolling to the side (WCAG 1.4.10)."""

LANGUAGES = ("en", "ar", "de", "es", "fr", "it", "pl", "uk")

AHEAD = """() => {
  const now = performance.now.bind(performance);
  globalThis.ahead = 0;
  performance.now = () => now() + ahead;
}"""
"""A page that can be told that time has passed; the server's clock is counted on from when it was told."""

FIVE_MINUTES = "() => { ahead = 301_000; }"

STICKING_OUT = """() => {
  const shortened = ".visually-hidden, .lesson-poll__question, .lesson-poll__state, .lesson-poll__state *";
  const isOut = (element) => {
    const { left, right } = element.getBoundingClientRect();
    const isWider = element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
    return left < -1 || right > innerWidth + 1 || isWider;
  };
  return {
    over: document.documentElement.scrollWidth - innerWidth,
    elements: [...document.querySelectorAll(".strip, .strip *")]
      .filter((element) => !element.matches(shortened) && isOut(element))
      .map((element) => `${element.tagName} ${element.className}: ${element.innerText}`),
  };
}"""
"""What of the strips is wider than its place; but a poll's question, of which a press shows the rest."""

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


async def require_bar_uncovered(caller: Caller) -> None:
    """The card of a poll lies over the board, the call or the chat, whichever is large: never over the call's buttons,
    so that one can always leave. Its own buttons are whole words in one line."""
    page = caller.page
    for part in ("Call", "Board", "Chat"):
        await page.set_viewport_size(PHONE)
        await caller.person.part(part).click()  # on a phone it is large then, and stays so
        for size in (PHONE, TABLET, LAPTOP, LOW_LAPTOP):
            await page.set_viewport_size(size)
            await page.evaluate(SETTLED)
            seen = await page.evaluate(ON_THE_BAR)
            where = f"{part} is large, {size}: {seen}"
            assert not seen["covered"], where
            assert seen["isWhole"], where
            assert seen["buttonLines"] == 1, where


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
    await claire.page.get_by_test_id("poll").get_by_role("button", name=WORDS["lesson.poll.show"], exact=True).click()
    await require_bar_uncovered(claire)


async def test_strips_fit_in_every_language(visit: Visit, space: Space) -> None:
    """A timer that runs, and one that is up, beside a poll, for who leads and for a pupil: on the narrowest phone, too,
    nothing of them sticks out."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    for person in (claire, leo):
        await person.page.add_init_script(f"({AHEAD})()")
        await person.enter(await space.link(person.name))
    tools = claire.page.get_by_role("button", name=WORDS["teacher.lesson"])
    await tools.click()
    await claire.dialog.get_by_role("button", name="5 minutes", exact=True).click()
    await tools.click()
    await claire.dialog.get_by_role("button", name=WORDS["lesson.poll.ask"]).click()
    await leo.page.get_by_test_id("poll").get_by_role("button", name="Yes").click()
    for language in LANGUAGES:
        for person in (claire, leo):
            await require_fitting_strips(person, language)


async def require_fitting_strips(person: Person, language: str) -> None:
    """Read the page in a language, with the timer running, and with it up."""
    page = person.page
    await page.evaluate("(language) => localStorage.setItem('rtserver.language', language)", language)
    await page.reload()
    await person.is_in()
    timer = page.get_by_test_id("timer")
    for is_up in ("false", "true"):
        if is_up == "true":
            await page.evaluate(FIVE_MINUTES)
        await expect(timer).to_have_attribute("data-up", is_up)
        for size in (PHONE, NARROWEST):
            await page.set_viewport_size(size)
            await page.evaluate(SETTLED)
            where = f"{person.name}, {language}, {size['width']} px, up: {is_up}"
            assert await page.evaluate(STICKING_OUT) == {"over": 0, "elements": []}, where


async def test_a_strip_does_not_move_the_board_under_a_pen(visit: Visit, space: Space) -> None:
    """A timer begins while somebody draws: its strip lies over the board until the pen is up."""
    claire, leo = [(await come_in_with(visit, space)(name, viewport=LAPTOP)).person for name in ("claire", "leo")]
    painter = Painter(leo)
    await painter.open()
    await claire.page.get_by_role("button", name=WORDS["teacher.lesson"]).click()
    begins = claire.dialog.get_by_role("button", name="5 minutes", exact=True)
    await expect(begins).to_be_visible()
    board = leo.page.locator(".board-stage")
    before = await board.bounding_box()
    await painter.begin((-150.0, 0.0), (0.0, 0.0))
    await begins.click()
    await expect(leo.page.get_by_role("timer")).to_be_visible()
    assert await board.bounding_box() == before
    await leo.page.mouse.up()
    await leo.page.evaluate(SETTLED)
    after = await board.bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] > before["y"], "with the pen up it makes room"
