"""One place: each part of the classroom large, small or away, by mouse and by keyboard; what the device remembers."""

import itertools
import json
import re
from typing import Any

import pytest
from playwright.async_api import Locator, ViewportSize, expect

from tests.browser.boards import LOADING_MS, Painter
from tests.browser.calling import Caller
from tests.browser.calls import come_in_with
from tests.browser.looks import (
    ON_DESKTOP,
    SETTLED,
    TWO_VIEWS,
    require_accessible,
    require_fitting,
    tab_to,
)
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import DESKTOP, PHONE, Visit

SIDEWAYS: ViewportSize = {"width": 844, "height": 390}
TABLET: ViewportSize = {"width": 820, "height": 1180}
ABOVE_LETTERS = 5
"""Pixels at the top of a line of text that no letter needs."""

PROJECTOR: ViewportSize = {"width": 1920, "height": 1080}

NOT_OURS = ".excalidraw"

BOX_OF = """(element) => {
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  return { left, right, top, bottom, width, height };
}"""


def frame(person: Person, part: str) -> Locator:
    """The sheet of a part."""
    return person.page.get_by_test_id(f"part-{part}")


async def is_arranged(person: Person, **sizes: str) -> None:
    """Wait until these parts have these sizes, on their sheets and on their buttons."""
    for part, size in sizes.items():
        button = person.page.locator(f".part-button[data-part={part}]")
        await expect(button).to_have_attribute("data-size", size)
        if size == "away":
            await expect(frame(person, part)).not_to_be_visible()
        else:
            await expect(frame(person, part)).to_have_attribute("data-size", size)


async def box(locator: Locator) -> dict[str, float]:
    """Where something is on the page, in pixels."""
    return dict(await locator.evaluate(BOX_OF))


async def come_in(visit: Visit, space: Space, name: str = "claire", **options: Any) -> Person:
    """Somebody in the class room."""
    person = await visit(name, space.server, **options)
    await person.enter(await space.link(name))
    return person


async def in_a_lesson(visit: Visit, space: Space) -> Caller:
    """A teacher with board and call."""
    claire: Caller = await come_in_with(visit, space)("claire")
    await claire.join()
    await claire.person.bring("Board")
    await Painter(claire.person).is_ready()
    return claire


async def test_large_small_away_by_mouse(visit: Visit, space: Space) -> None:
    """Every part can be each of the three, and one of them is large at any time."""
    claire = (await in_a_lesson(visit, space)).person
    await is_arranged(claire, board="large", call="small", chat="small", people="away")
    for name, part in (("Call", "call"), ("Chat", "chat"), ("Board", "board")):
        await claire.page.get_by_role("button", name=f"{name}: make large").click()
        await is_arranged(claire, **{part: "large"})
        await expect(claire.page.locator(".part[data-size=large]:visible")).to_have_count(1)
    await claire.page.get_by_role("button", name="Chat: hide").click()
    await is_arranged(claire, chat="away", call="small")
    await claire.bring("People")
    await claire.page.get_by_role("button", name="People: make large").click()
    await is_arranged(claire, people="large", board="small", call="small")
    await claire.put_away("People")
    await is_arranged(claire, people="away", board="large", call="small")
    await claire.put_away("Board")
    await is_arranged(claire, call="large", board="away")


async def test_call_that_is_put_away_goes_on(visit: Visit, space: Space) -> None:
    """Its pictures go, its buttons stay: nobody forgets a microphone that is on."""
    claire = await in_a_lesson(visit, space)
    await claire.person.put_away("Call")
    await expect(claire.page.get_by_test_id("tile")).to_have_count(0)
    await expect(claire.bar).to_be_visible()
    await claire.press("Mic")
    await expect(claire.bar.get_by_role("button", name=re.compile("^Mic"))).to_have_attribute("aria-pressed", "false")
    await claire.person.bring("Call")
    await expect(claire.page.get_by_test_id("tile")).to_have_count(1)


async def test_small_board_is_seen_whole_and_a_press_enlarges_it(visit: Visit, space: Space) -> None:
    """Small it shows all that is drawn, without tools; large it is as it was, and the pen draws where it points."""
    claire = await come_in(visit, space)
    painter = Painter(claire)
    await painter.open()
    await painter.draw((-200.0, -100.0), (200.0, 100.0), tool="rectangle")
    await painter.shows(1)
    await claire.page.get_by_role("button", name="Chat: make large").click()
    await is_arranged(claire, board="small", chat="large")
    await expect(painter.toolbar).not_to_be_visible()
    await expect(claire.page.get_by_test_id("toolbar-rectangle")).not_to_be_visible()
    await frame(claire, "board").locator(".part__cover").click()
    await is_arranged(claire, board="large", chat="small")
    await painter.sees_ink((-200.0, -100.0), (200.0, 100.0))


async def test_by_keyboard_alone(visit: Visit, space: Space) -> None:
    """Tab reaches the bar and the heads of small parts; the focus is never lost and always seen."""
    claire = await come_in(visit, space)
    page, press = claire.page, claire.page.keyboard.press
    await page.locator("body").press("Tab")
    await tab_to(page, "^Board, hidden$")
    await press("Enter")
    await is_arranged(claire, board="large", chat="small")
    # The editor takes the place of what says that it is coming, and with it of where Tab is by then.
    await expect(page.get_by_test_id("board")).to_have_attribute("data-phase", "ready", timeout=LOADING_MS)
    await expect(page.locator(".excalidraw canvas.interactive")).to_be_visible(timeout=LOADING_MS)
    await tab_to(page, "Canvas actions", steps=80)
    await tab_to(page, "^Chat: make large$", steps=80)
    await press("Enter")
    await is_arranged(claire, board="small", chat="large")
    await expect(frame(claire, "chat")).to_be_focused()
    await tab_to(page, "^Board: hide$", back=True, steps=80)
    await press("Enter")
    await is_arranged(claire, board="away", chat="large", people="small")
    await expect(claire.part("Board")).to_be_focused()
    await tab_to(page, "^People, small$", back=True)
    await press(" ")
    await is_arranged(claire, people="away", chat="large")
    await press(" ")
    await is_arranged(claire, people="small")
    await tab_to(page, "^People: make large$", steps=80)
    await press("Enter")
    await is_arranged(claire, people="large", chat="small")


async def test_device_remembers(visit: Visit, space: Space) -> None:
    """After a reload all is as it was, for each kind of room apart; another device has its own."""
    claire = await come_in(visit, space)
    await claire.bring("Board")
    await claire.page.get_by_role("button", name="Chat: make large").click()
    await is_arranged(claire, board="small", chat="large")
    await claire.page.reload()
    await claire.is_in()
    await is_arranged(claire, board="small", chat="large", people="away")
    await expect(claire.page.get_by_test_id("board")).to_have_attribute("data-phase", "ready", timeout=LOADING_MS)
    await claire.page.get_by_role("button", name="Show rooms").click()
    await claire.page.get_by_role("link", name=re.compile("Teachers only")).click()
    await is_arranged(claire, board="away", chat="large", people="small")
    other = await come_in(visit, space)
    await is_arranged(other, board="away", chat="large", people="small")


async def test_what_is_remembered_may_be_anything(visit: Visit, space: Space) -> None:
    """What another version of the page, or somebody's hand, has left is no reason for an empty page."""
    claire = await visit("claire", space.server)
    left = json.dumps({"isBoardOpen": 1, "arrangements": {"quiet": {"large": "garden", "small": 3}}})
    await claire.context.add_init_script(
        f"localStorage.setItem('rtserver.place.class-room', {json.dumps(left)});"
        "localStorage.setItem('rtserver.appearance', '{');"
    )
    await claire.enter(await space.link("claire"))
    await is_arranged(claire, chat="large", people="small", board="away")


async def test_phone_shows_one_part_and_the_call_above_it(visit: Visit, space: Space) -> None:
    """The bar below changes between the parts; whoever is in the call sees it as a strip above the others."""
    ewa: Caller = await come_in_with(visit, space)("ewa", viewport=PHONE)
    page = ewa.page
    bar = page.get_by_test_id("part-bar")
    assert (await box(bar))["bottom"] == PHONE["height"]
    await ewa.person.bring("People")
    await expect(page.get_by_test_id("people")).to_be_visible()
    await expect(page.get_by_test_id("message-list")).not_to_be_visible()
    await ewa.person.bring("Board")
    await Painter(ewa.person).is_ready()
    await ewa.person.bring("Chat")
    await ewa.join()
    await ewa.person.bring("Chat")
    call, chat = frame(ewa.person, "call"), frame(ewa.person, "chat")
    await expect(ewa.page.get_by_test_id("tile")).to_have_count(1)
    strip, messages = await box(call), await box(chat)
    assert strip["bottom"] <= messages["top"]
    assert strip["height"] < messages["height"] / 3
    await ewa.press("Mic")
    await expect(ewa.bar.get_by_role("button", name=re.compile("^Leave"))).not_to_be_visible()
    await require_fitting(page, "chat and call on a phone")
    await require_accessible(page, "chat and call on a phone", ((PHONE, "light"), (PHONE, "dark")))
    await ewa.person.bring("Call")
    await expect(ewa.bar.get_by_role("button", name=re.compile("^Leave"))).to_be_visible()
    await expect(ewa.page.get_by_test_id("message-list")).not_to_be_visible()


@pytest.mark.parametrize("size", [PHONE, SIDEWAYS, TABLET, DESKTOP, PROJECTOR])
async def test_lesson_fits_every_window(visit: Visit, space: Space, size: ViewportSize) -> None:
    """Board and call in one place: nothing sticks out, no part covers another, whatever is large."""
    claire = await in_a_lesson(visit, space)
    await claire.page.set_viewport_size(size)
    await claire.page.evaluate(SETTLED)
    for part in ("Board", "Call", "Chat", "People"):
        if size == PHONE:
            await claire.person.bring(part)
        elif await claire.person.part(part).get_attribute("data-size") != "large":
            await claire.person.bring(part)
            await claire.page.get_by_role("button", name=f"{part}: make large").click()
        await expect(claire.person.part(part)).to_have_attribute("data-size", "large")
        await require_fitting(claire.page, f"{part} large, {size}")
        boxes = [await box(sheet) for sheet in await claire.page.locator(".part:visible").all()]
        for number, one in enumerate(boxes):
            assert one["bottom"] <= size["height"] + 1
            for other in boxes[number + 1 :]:
                across = min(one["right"], other["right"]) - max(one["left"], other["left"])
                down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
                assert across <= 1 or down <= 1, f"{part} large, {size}: {one} and {other}"


async def test_right_to_left_is_mirrored(visit: Visit, space: Space) -> None:
    """With the other direction the rooms and the small parts change sides, and nothing sticks out."""
    claire = await come_in(visit, space)
    rooms, people = claire.page.get_by_role("navigation", name="Rooms"), frame(claire, "people")
    before = [await box(rooms), await box(people)]
    await claire.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    after = [await box(rooms), await box(people)]
    for one, other in zip(before, after, strict=True):
        assert abs(one["left"] - (DESKTOP["width"] - other["right"])) <= 1
    await require_fitting(claire.page, "right to left")
    left = await claire.page.evaluate(
        "() => [...document.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().left < -1"
        " && !e.closest('.visually-hidden, .skip-link')).map((e) => e.className)"
    )
    assert left == []
    # In a narrow chat the tools of a message are cut off at neither side, in neither direction.
    await claire.write("Oui")
    await claire.page.get_by_role("button", name="People: make large").click()
    await is_arranged(claire, people="large", chat="small")
    for direction in ("rtl", "ltr"):
        await claire.page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
        await claire.message("Oui").hover()
        tools, messages = await box(claire.page.locator(".tools")), await box(claire.page.locator(".messages"))
        assert messages["left"] <= tools["left"], direction
        assert tools["right"] <= messages["right"], direction
    # The pointer is at one message, the focus at another: the tools of one are in sight, and they cover no words of it.
    await claire.write("Non")
    await expect(claire.message("Non")).to_have_attribute("data-state", "sent")
    await claire.message("Non").focus()
    await claire.message("Oui").locator(".message__text").hover()
    seen = claire.page.locator(".tools:not([data-past])")
    await expect(claire.page.locator(".tools")).to_have_count(2)
    await expect(seen).to_have_count(1)
    await expect(claire.message("Oui").locator(seen)).to_be_visible()
    words = await box(claire.message("Oui").locator(".message__text"))
    assert (await box(seen))["bottom"] <= words["top"] + ABOVE_LETTERS


async def test_class_camera_is_seen_from_afar(visit: Visit, space: Space) -> None:
    """A class camera's screen: the others large, names big, and controls only while somebody moves the pointer."""
    come = come_in_with(visit, space)
    ewa = await come("ewa", viewport=PROJECTOR)
    await ewa.page.clock.install()
    leo = await come("leo")
    await leo.join(microphone=False)
    await ewa.join(class_camera=True)
    tile = ewa.tile("Leo")
    await expect(tile).to_have_attribute("data-large", "true")
    caption = tile.locator(".tile__caption")
    size = await caption.evaluate("(element) => parseFloat(getComputedStyle(element).fontSize)")
    assert size >= 24, "a name of less than 24 pixels is not read from the last row"
    head = ewa.page.locator(".room-header")
    await ewa.page.mouse.move(200, 300)
    await expect(ewa.page.locator(".columns")).to_have_attribute("data-idle", "false")
    await ewa.page.evaluate("() => document.activeElement?.blur()")
    await ewa.page.clock.fast_forward(5_000)
    for controls in (head, ewa.bar):
        await expect(controls).to_have_css("opacity", "0")
    await moves_until_shown(ewa, head, ewa.bar)
    await require_accessible(ewa.page, "class camera", ON_DESKTOP)
    await ewa.leave()
    assert await ewa.page.evaluate("() => document.documentElement.dataset.seenFrom") is None


SHOWN_MS = 3_000
"""Milliseconds in which controls show when the mouse was moved; a second later they go again."""

FAR_ENOUGH = 270
"""Pixels from the left: six moves of ten pixels."""


async def moves_until_shown(caller: Caller, *controls: Locator) -> None:
    """Move the mouse until the controls are there: they go again by themselves, maybe before a busy machine looks."""
    for place in itertools.count(220, 10):
        await caller.page.mouse.move(place, 320)
        try:
            for part in controls:
                await expect(part).to_have_css("opacity", "1", timeout=SHOWN_MS)
        except AssertionError:
            if place >= FAR_ENOUGH:
                raise
        else:
            return


async def open_settings(person: Person) -> None:
    """By one's own name."""
    await person.page.get_by_role("button", name=re.compile("^You are .*Settings$", re.DOTALL)).click()
    await expect(person.page.get_by_role("dialog", name="Settings")).to_be_visible()


async def test_settings_are_kept(visit: Visit, space: Space) -> None:
    """What is chosen holds at once, after a reload, and before the first paint."""
    claire = await come_in(visit, space)
    root = claire.page.locator("html")
    await open_settings(claire)
    for choice in ("Dark", "High", "Large", "Less"):
        await claire.dialog.get_by_role("radio", name=choice, exact=True).check(force=True)
    expected = {"theme": "dark", "contrast": "high", "text": "large", "motion": "less"}
    for name, value in expected.items():
        await expect(root).to_have_attribute(f"data-{name}", value)
    await expect(root).to_have_css("font-size", "20px")
    await claire.dialog.get_by_role("combobox").select_option("fr")
    await expect(root).to_have_attribute("lang", "fr")
    await claire.dialog.get_by_role("combobox").select_option("en")
    await claire.page.keyboard.press("Escape")
    # Before anything of the page itself runs.
    await claire.page.route("**/assets/first-*.js", lambda route: route.abort())
    claire.watcher.tolerate(re.compile("ERR_FAILED"))
    await claire.page.reload(wait_until="commit")
    await expect(root).to_have_attribute("data-theme", "dark")
    await expect(claire.page.locator("body")).to_have_css("background-color", "rgb(0, 0, 0)")
    await expect(claire.page.locator("#root")).to_be_empty()
    await claire.page.unroute("**/assets/first-*.js")
    await claire.page.reload()
    await claire.is_in()
    for name, value in expected.items():
        await expect(root).to_have_attribute(f"data-{name}", value)


async def test_settings_by_keyboard(visit: Visit, space: Space) -> None:
    """Opened from one's own name, changed with the arrow keys, closed with Escape, and the focus is back."""
    leo = await come_in(visit, space, "leo")
    page = leo.page
    await page.locator("body").press("Tab")
    await tab_to(page, "Settings")
    await page.keyboard.press("Enter")
    await expect(leo.dialog).to_be_visible()
    await leo.dialog.get_by_role("radio", name="As on this device").first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("html")).to_have_attribute("data-theme", "light")
    await page.keyboard.press("Escape")
    await expect(leo.dialog).to_have_count(0)
    await expect(page.get_by_role("button", name=re.compile("Settings"))).to_be_focused()


@pytest.mark.parametrize(("theme", "contrast"), [("light", "high"), ("dark", "high"), ("dark", "no-preference")])
async def test_axe_in_all_colours(visit: Visit, space: Space, theme: str, contrast: str) -> None:
    """Chat, people, settings and board break none of axe's rules in any of the four sets of colours.

    The fourth, light with usual contrast, is that of all other tests.
    """
    claire = await come_in(visit, space)
    jan = await come_in(visit, space, "jan")
    await jan.write("Dzień dobry!")
    await claire.write("Bonjour")
    await claire.page.emulate_media(contrast="more" if contrast == "high" else "no-preference")
    colours = "dark" if theme == "dark" else "light"
    views = ((DESKTOP, colours), (PHONE, colours))
    await require_accessible(claire.page, f"room, {theme}, {contrast}", views)  # type: ignore[arg-type]
    await expect(claire.page.locator("html")).to_have_attribute(
        "data-contrast", "high" if contrast == "high" else "normal"
    )
    await claire.page.set_viewport_size(DESKTOP)
    await open_settings(claire)
    await require_accessible(claire.page, f"settings, {theme}, {contrast}", views)  # type: ignore[arg-type]
    await claire.page.set_viewport_size(DESKTOP)
    await claire.page.keyboard.press("Escape")
    await claire.page.get_by_role("button", name="People: make large").click()
    await require_accessible(claire.page, f"people, {theme}, {contrast}", views[:1])  # type: ignore[arg-type]
    await claire.bring("Board")
    await Painter(claire).is_ready()
    await require_accessible(claire.page, f"board, {theme}, {contrast}", views[:1], without=NOT_OURS)  # type: ignore[arg-type]


async def test_forced_colours(visit: Visit, space: Space) -> None:
    """With the colours of the system one still sees which parts are shown, and what is chosen."""
    claire = await come_in(visit, space)
    await claire.page.emulate_media(forced_colors="active")
    styles = await claire.page.evaluate(
        """() => ["people", "chat", "board"].map((part) => {
          const button = document.querySelector(`.part-button[data-part=${part}]`);
          const { borderTopColor, borderTopStyle, backgroundColor } = getComputedStyle(button);
          return [borderTopStyle, borderTopColor, backgroundColor].join(" ");
        })"""
    )
    assert len(set(styles)) == 3, styles
    await require_accessible(claire.page, "colours of the system", TWO_VIEWS)


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 720}])
async def test_nothing_is_cut_with_very_large_letters(visit: Visit, space: Space, size: ViewportSize) -> None:
    """Very large letters of ours, in a browser whose own are a quarter larger, 200 % in all: it fits, one can write."""
    claire = await visit("claire", space.server, viewport=size)
    await claire.context.add_init_script("""localStorage.setItem("rtserver.appearance", '{"text":"huge"}')""")
    await claire.enter(await space.link("claire"))
    await expect(claire.page.locator("html")).to_have_css("font-size", "25.6px")
    await claire.page.evaluate(
        "() => { document.documentElement.style.fontSize = '200%'; dispatchEvent(new Event('resize')); }"
    )
    await claire.write("Assez grand ?")
    await claire.sees("Assez grand ?")
    for part in ("People", "Board", "Chat"):
        await claire.bring(part)
        await require_fitting(claire.page, f"{part} with very large letters, {size}")
    await expect(claire.input).to_be_in_viewport()
    for button in await claire.page.get_by_test_id("part-bar").get_by_role("button").all():
        await expect(button).to_be_in_viewport(ratio=0.95)
