"""The board's part of the page for its reader: axe's rules on all that is ours, every language, phone and desktop."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.boards import LOADING_MS, at_the_board
from tests.browser.looks import (
    TWO_VIEWS,
    require_accessible,
    require_fitting,
    require_language,
    sentences,
    tab_to,
)
from tests.browser.space import Space
from tests.browser.visits import DESKTOP, PHONE, Visit

DIAMOND = {"fr-FR": "Losange", "pl-PL": "Romb"}
"""A tool of the editor, by its own catalogues."""

ARROW_HINT = {"fr-FR": "pour changer de type de flèche", "pl-PL": "aby zmienić rodzaj strzałki"}
"""What its own catalogues lack, by ours."""

NOT_OURS = ".excalidraw"
"""The editor itself: its toolbars are its makers'."""


async def test_axe(visit: Visit, space: Space) -> None:
    """A teacher's and a pupil's board, and every dialog of it, break none of axe's rules."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.draw((-60.0, -40.0), (60.0, 60.0), tool="rectangle")
    await leo.shows(1)
    await require_accessible(claire.page, "board, teacher", without=NOT_OURS)
    await require_accessible(leo.page, "board, pupil", TWO_VIEWS, without=NOT_OURS)
    await claire.page.set_viewport_size(DESKTOP)
    for item in ("Who may draw", "Clear"):
        await claire.page.get_by_role("button", name="Manage the board").click()
        await claire.page.get_by_role("menuitem", name=re.compile(f"^{item}")).click()
        await require_accessible(claire.page, item, TWO_VIEWS, without=NOT_OURS)
        await claire.page.set_viewport_size(DESKTOP)
        await claire.page.keyboard.press("Escape")
    for item in ("List of what is on the board", "Replay", "Save the board", "Templates", "Open a file"):
        await claire.page.get_by_test_id("board-menu").click()
        await claire.page.get_by_role("menuitem", name=item).click()
        await expect(claire.page.get_by_role("dialog", name=item)).to_be_visible()
        await require_accessible(claire.page, item, TWO_VIEWS, without=NOT_OURS)
        await claire.page.set_viewport_size(DESKTOP)
        await claire.page.keyboard.press("Escape")


@pytest.mark.parametrize("language", ["fr-FR", "pl-PL"])
async def test_every_language_and_size(visit: Visit, space: Space, language: str) -> None:
    """Nothing is cut off on a phone, and no English is left over, in the editor's own words neither."""
    ewa = await visit("ewa", space.server, locale=language)
    await ewa.open(await space.link("ewa"))
    await ewa.page.get_by_role("main").get_by_role("button").first.click()
    await ewa.is_in()
    await ewa.bring(sentences(language[:2])["place.board"])
    board = ewa.page.get_by_test_id("board")
    await expect(board).to_have_attribute("data-phase", "ready", timeout=LOADING_MS)
    await expect(ewa.page.locator(".excalidraw canvas.interactive")).to_be_visible(timeout=LOADING_MS)
    await require_language(ewa.page, language[:2], "board")
    assert "Rectangle" not in (
        await ewa.page.locator("[data-testid=toolbar-diamond]").get_attribute("aria-label") or ""
    )
    await ewa.page.locator("[data-testid=toolbar-arrow]").check(force=True)
    await expect(ewa.page.locator(".HintViewer")).to_contain_text(ARROW_HINT[language])
    for size in (PHONE, DESKTOP):
        await ewa.page.set_viewport_size(size)
        # The editor arranges itself anew once it has measured its place.
        await expect(ewa.page.locator(".excalidraw--mobile")).to_have_count(int(size == PHONE))
        await require_fitting(ewa.page, f"board in {language}, {size}")


async def test_keyboard_alone(visit: Visit, space: Space) -> None:
    """Every tool of ours is reached by Tab with a mark around it, and works by keys."""
    (claire,) = await at_the_board(visit, space, "claire")
    await claire.page.locator("body").press("Tab")
    await tab_to(claire.page, "Manage the board")
    await claire.page.keyboard.press("Enter")
    await claire.page.get_by_role("menuitem", name=re.compile("^Who may draw")).press("Enter")
    dialog = claire.page.get_by_role("dialog", name="Who may do what on this board")
    await expect(dialog).to_be_visible()
    await dialog.get_by_label("Who may draw").select_option(label="Nobody: the board is finished")
    await dialog.get_by_role("button", name="Save").press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(claire.page.get_by_test_id("board-view-only")).to_be_visible()
