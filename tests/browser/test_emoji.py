"""The emoji for messages: with the pointer, by the keyboard alone, on a phone, in Arabic."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, expect

from rooms.countries import countries
from tests.browser.looks import ON_PHONE, focus, require_accessible, require_fitting, require_language
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import PHONE, Visit

ENTERED = "input => [input.value, input.selectionStart]"


def button(person: Person) -> Locator:
    return person.composer.get_by_role("button", name="Add an emoji")


def group(person: Person, name: str) -> Locator:
    return person.dialog.get_by_role("group", name=name)


async def test_emoji_go_where_the_caret_is(enter: Callable[..., Any]) -> None:
    """One is chosen by a press or found by a word, and stands at the caret; what was used last
    is at the top. Behind a draft of before, it stands at its end."""
    claire = await enter("claire")
    page = claire.page
    await claire.input.fill("Il fait beau")
    await claire.input.evaluate("(input, caret) => input.setSelectionRange(caret, caret)", len("Il fait"))
    await button(claire).click()
    await expect(group(claire, "Flags").get_by_role("button")).to_have_count(len(countries()))
    await group(claire, "Animals").get_by_role("button", name="sun", exact=True).click()
    await expect(claire.input).to_be_focused()
    assert await claire.input.evaluate(ENTERED) == ["Il fait☀️ beau", len("Il fait☀️")]

    await button(claire).click()
    await expect(claire.dialog.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type("part pop")
    await expect(claire.dialog.get_by_role("status")).to_have_text("1 emoji found")
    await page.keyboard.press("Enter")
    await expect(claire.dialog).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(claire.texts).to_have_text(["Il fait☀️🎉 beau"])

    await claire.input.fill("À demain")
    await page.reload()
    await expect(claire.input).to_have_value("À demain")
    await button(claire).click()
    await expect(group(claire, "Used last").get_by_role("button")).to_have_text(["🎉", "☀️"])
    await group(claire, "Faces").get_by_role("button", name="winking face", exact=True).click()
    await expect(claire.input).to_have_value("À demain😉")


async def test_emoji_by_the_keyboard_alone(enter: Callable[..., Any]) -> None:
    """Arrow keys go through all groups as if they were one; Escape gives the focus back."""
    claire = await enter("claire")
    page = claire.page
    await claire.input.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(claire.dialog.get_by_role("searchbox")).to_be_focused()
    for key, name in (
        ("Tab", "Faces"),
        ("ArrowRight", "People"),
        ("Enter", "waving hand"),
        ("ArrowLeft", "grinning cat"),
        ("ArrowRight", "waving hand"),
        ("ArrowUp", "angry face"),
        ("ArrowDown", "waving hand"),
        ("ArrowDown", "thumbs up"),
    ):
        await page.keyboard.press(key)
        assert await focus(page) == {"name": name, "tag": "button", "isVisible": True}
    await page.keyboard.press("Escape")
    await expect(button(claire)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(claire.dialog.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(claire.input).to_be_focused()
    await expect(claire.input).to_have_value("😀")


async def test_emoji_on_a_phone_in_arabic(visit: Visit, space: Space) -> None:
    """They fit, speak the reader's language, and bring no keyboard before one wants to search."""
    claire = await visit("claire", space.server, locale="ar", viewport=PHONE, has_touch=True)
    await claire.open(await space.link("claire"))
    await claire.page.get_by_role("main").get_by_role("button").first.click()
    await claire.is_in()
    await claire.composer.get_by_role("button", name="رمز").tap()
    await expect(claire.dialog.get_by_role("button", name="وجه بابتسامة عريضة", exact=True)).to_be_focused()
    await require_fitting(claire.page, "the emoji")
    await require_language(claire.page, "ar", "the emoji")
    await require_accessible(claire.page, "the emoji", ON_PHONE)
    await claire.dialog.get_by_role("button", name="مدرسة", exact=True).tap()
    await expect(claire.input).to_have_value("🏫")
