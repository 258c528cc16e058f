"""The page of a call for its reader: axe's rules, every size and language, the keyboard alone, devices that refuse."""

import re

import pytest
from playwright.async_api import ViewportSize, expect

from tests.browser.calling import Caller
from tests.browser.calls import come_in_with
from tests.browser.looks import TWO_VIEWS, require_accessible, require_fitting, require_language, tab_to
from tests.browser.space import Space
from tests.browser.visits import DESKTOP, PHONE, Visit

SIDEWAYS: ViewportSize = {"width": 844, "height": 390}
TABLET: ViewportSize = {"width": 820, "height": 1180}

NO_DEVICES = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };
"""
"""What a browser does when the person, or the school, has said no."""


ARRANGED = """() => [...document.querySelectorAll("[data-testid=scene]")]
  .every(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)"""
"""The tiles are arranged anew after the window has got its size."""


async def teacher_and_pupil(visit: Visit, space: Space) -> tuple[Caller, Caller]:
    """Claire and Jan in the call, and Jan's hand is up."""
    come_in = come_in_with(visit, space)
    claire, jan = await come_in("claire"), await come_in("jan")
    await claire.join()
    await jan.join(microphone=False)
    await jan.press("Hand")
    await expect(claire.page.get_by_test_id("hands")).to_contain_text("Janek")
    return claire, jan


async def test_axe_on_the_way_in_and_in_the_call(visit: Visit, space: Space) -> None:
    """The lobby, the call of a teacher and of a pupil, and its settings break none of axe's rules."""
    claire, jan = await teacher_and_pupil(visit, space)
    await require_accessible(claire.page, "call, teacher")
    await require_accessible(jan.page, "call, pupil", TWO_VIEWS)
    await claire.page.set_viewport_size(DESKTOP)
    await claire.press("Settings")
    await expect(claire.person.dialog).to_be_visible()
    await require_accessible(claire.page, "settings of the call", TWO_VIEWS)
    await claire.person.dialog.get_by_role("button", name="Close").click()
    await claire.leave()
    await claire.page.get_by_role("button", name="Join the call").click()
    await expect(claire.page.get_by_test_id("lobby")).to_be_visible()
    await require_accessible(claire.page, "lobby", TWO_VIEWS)


@pytest.mark.parametrize("language", ["fr-FR", "pl-PL"])
async def test_fits_every_size(visit: Visit, space: Space, language: str) -> None:
    """Nothing is cut off on a phone, upright or on its side, or on a tablet; and no English is left over."""
    _, jan = await teacher_and_pupil(visit, space)
    ewa = await visit("ewa", space.server, locale=language)
    await ewa.open(await space.link("ewa"))
    await ewa.page.get_by_role("main").get_by_role("button").first.click()
    await ewa.is_in()
    await ewa.page.get_by_test_id("call-strip").get_by_role("button").click()
    await require_language(ewa.page, language[:2], "lobby")
    await ewa.dialog.get_by_role("button").last.click()
    bar = ewa.page.get_by_test_id("call-bar")
    await expect(bar).to_be_visible()
    for size in (PHONE, SIDEWAYS, TABLET, DESKTOP):
        await ewa.page.set_viewport_size(size)
        await ewa.page.wait_for_function(ARRANGED)
        await require_fitting(ewa.page, f"call in {language}, {size}")
        for button in await bar.get_by_role("button").all():
            if await button.is_visible():
                await expect(button).to_be_in_viewport(ratio=0.9)
    await require_language(ewa.page, language[:2], "call")
    await expect(jan.tile("Ewa")).to_be_visible()


async def test_keyboard_alone(visit: Visit, space: Space) -> None:
    """Tab reaches every control with a mark around it; a tile's menu, the queue and the bar work by keys."""
    claire, jan = await teacher_and_pupil(visit, space)
    await expect(claire.page.locator("#call")).to_be_focused()  # the button that led into the call has gone
    await tab_to(claire.page, "Actions for Janek")
    await claire.page.keyboard.press("Enter")
    await claire.page.get_by_role("menuitem", name="Show large").press("Enter")
    await expect(claire.page.locator("[data-testid=tile][data-large=true]")).to_contain_text("Janek")
    await tab_to(claire.page, "Lower the hand of Janek")
    await claire.page.keyboard.press("Enter")
    await expect(jan.page.get_by_test_id("hands")).to_have_count(0)
    await tab_to(claire.page, "^Leave$")
    await claire.page.keyboard.press("Enter")
    ways_out = claire.page.get_by_role("menuitem", name="Leave, the others go on")
    await expect(ways_out).to_be_focused()
    await jan.leave()
    await expect(claire.page.get_by_role("menu")).to_have_count(1)
    await expect(ways_out).to_be_focused()  # alone now, and the menu stays until one has answered it
    await claire.page.keyboard.press("Escape")
    leave = claire.bar.get_by_role("button", name="Leave")
    await expect(leave).to_be_focused()
    await expect(leave).not_to_have_attribute("aria-haspopup", "menu")
    await claire.page.keyboard.press("Enter")
    await expect(claire.bar).to_have_count(0)


async def test_space_bar_talks_while_it_is_held(visit: Visit, space: Space) -> None:
    """With the microphone off the space bar switches it on for as long, but not where it writes a space."""
    claire, jan = await teacher_and_pupil(visit, space)
    silent = claire.tile("Janek").locator("[data-sound=off]")
    await expect(silent).to_be_visible()
    await jan.page.evaluate("() => document.activeElement?.blur()")
    await jan.page.keyboard.down(" ")
    await expect(silent).to_have_count(0)
    await jan.page.keyboard.up(" ")
    await expect(silent).to_be_visible()
    await jan.person.input.focus()
    await jan.page.keyboard.press(" ")
    await expect(jan.person.input).to_have_value(" ")
    await expect(silent).to_be_visible()


async def test_messages_can_be_put_away(visit: Visit, space: Space) -> None:
    """Without the messages the pictures have all the space, and the button counts what comes meanwhile."""
    claire, jan = await teacher_and_pupil(visit, space)
    await claire.person.put_away("Chat")
    await expect(claire.person.input).to_be_hidden()
    await jan.person.write("Widać mnie?")
    await expect(claire.person.part("Chat").locator(".part-button__count")).to_have_text("1")
    await claire.person.bring("Chat")
    await expect(claire.person.message("Widać mnie?")).to_be_visible()


async def test_devices_that_are_not_allowed(visit: Visit, space: Space) -> None:
    """The lobby says what to do, and one comes in all the same."""
    leo = await visit("leo", space.server)
    await leo.context.add_init_script(NO_DEVICES)
    claire = await come_in_with(visit, space)("claire")
    await claire.join()
    await leo.enter(await space.link("leo"))
    await leo.page.get_by_role("button", name="Join the call").click()
    await expect(leo.dialog).to_contain_text(re.compile("do(es)? not work yet"))
    await expect(leo.dialog).to_contain_text("You can join all the same")
    await leo.dialog.get_by_role("button", name="Join now").click()
    await expect(leo.page.get_by_test_id("call-bar")).to_be_visible()
    await expect(claire.tile("Leo Girard")).to_be_visible()


async def test_going_to_another_room_asks_first(visit: Visit, space: Space) -> None:
    """Whoever is in a call is asked before another room takes them out of it."""
    claire, _ = await teacher_and_pupil(visit, space)
    await claire.page.get_by_role("button", name="Show rooms").click()
    await claire.page.get_by_role("link", name=re.compile("Teachers only")).click()
    question = claire.page.get_by_role("alertdialog", name="Leave the call?")
    await question.get_by_role("button", name="Cancel").click()
    await expect(question).to_have_count(0)
    await claire.page.keyboard.press("Escape")
    await expect(claire.bar).to_be_visible()
