"""A shared board in two browsers, drawn on with a real mouse."""

import re

from playwright.async_api import expect

from tests.browser.boards import Painter, at_the_board
from tests.browser.space import Space
from tests.browser.visits import PHONE, Visit
from tests.browser.watcher import OUTAGE

LEFT = ((-170.0, -60.0), (-120.0, 60.0), (-70.0, -60.0))
RIGHT = ((70.0, -60.0), (120.0, 60.0), (170.0, -60.0))
MIDDLE = ((-60.0, -60.0), (60.0, 60.0))
"""Where the editor puts what is on a board that is opened."""

LEFT_ON_A_PHONE, RIGHT_ON_A_PHONE = ((-80.0, -20.0), (-40.0, 20.0)), ((24.0, -60.0), (80.0, 60.0))
"""Where a phone has the left of what a large window shows, and where it has nothing of it."""

LOW = ((-60.0, 150.0), (0.0, 180.0), (60.0, 150.0))


async def test_strokes_are_seen_while_they_are_drawn(visit: Visit, space: Space) -> None:
    """Each sees the other's stroke before the button is let go, and then as an element of the board."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.begin(*LEFT)
    await leo.sees_ink(*LEFT)
    await leo.shows(0)
    await claire.page.mouse.up()
    for painter in (claire, leo):
        await painter.shows(1)
        await painter.sees_ink(*LEFT)

    await leo.begin(*RIGHT)
    await claire.sees_ink(*RIGHT)
    await claire.shows(1)
    await leo.page.mouse.up()
    for painter in (claire, leo):
        await painter.shows(2)
        await painter.sees_ink(*RIGHT)


async def test_pointers_have_names(visit: Visit, space: Space) -> None:
    """Where the other points stands their name, as this reader may know it."""
    claire, jan = await at_the_board(visit, space, "claire", "jan")
    await jan.point((50.0, 50.0))
    await expect(claire.page.get_by_test_id("board-cursor")).to_contain_text("Janek")
    await expect(claire.page.get_by_test_id("board-cursor")).not_to_contain_text("Kowalczyk")
    await claire.point((-50.0, 50.0))
    await expect(jan.page.get_by_test_id("board-cursor")).to_contain_text("Mme Claire")


async def test_offline_drawing_comes_along(visit: Visit, space: Space) -> None:
    """Who has no connection draws on, over a reload, too; both are on the board when it is back."""
    claire, leo = await at_the_board(visit, space, "claire", "leo", line=True)
    await claire.draw(*LEFT)
    await leo.shows(1)
    leo.person.watcher.tolerate(OUTAGE)
    await leo.person.line.cut()
    await leo.draw(*RIGHT)
    await leo.waits_with(1)
    await expect(leo.board).to_contain_text("You are offline: 1 change waits")
    await claire.draw(*LOW)
    await claire.shows(2)
    leo.person.line.mend()
    await leo.person.sees_connection("online")
    for painter in (claire, leo):
        await painter.shows(3)
        for places in (LEFT, RIGHT, LOW):
            await painter.sees_ink(*places)


async def test_undo_leaves_others_work(visit: Visit, space: Space) -> None:
    """What one takes back is one's own, however much others have drawn since."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.draw(*LEFT)
    await leo.shows(1)
    await leo.draw(*RIGHT)
    await claire.shows(2)
    await claire.undo()
    for painter in (claire, leo):
        await painter.shows(1)
        await painter.sees_no_ink(*LEFT)
        await painter.sees_ink(*RIGHT)
    await claire.page.keyboard.press("Control+z")
    await claire.draw(*LOW)
    await leo.shows(2)
    await leo.sees_ink(*RIGHT)


async def test_without_the_pen(visit: Visit, space: Space) -> None:
    """A pupil without the right looks on, and is told so; with it, draws at once."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await _let_draw(claire, "Teachers only")
    await expect(leo.page.get_by_test_id("board-view-only")).to_contain_text("Pupils ask theirs for the pen")
    await expect(leo.page.locator("[data-testid=toolbar-freedraw]")).to_have_count(0)
    await claire.draw(*LEFT)
    await leo.shows(1)
    await leo.sees_ink(*LEFT)
    await _let_draw(claire, "Everybody")
    await expect(leo.page.get_by_test_id("board-view-only")).to_have_count(0)
    await leo.draw(*RIGHT)
    await claire.shows(2)


async def test_teacher_clears_and_takes_it_back(visit: Visit, space: Space) -> None:
    """One person's work is gone for everybody, and back again with one press."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.draw(*LEFT)
    await leo.draw(*RIGHT)
    await claire.shows(2)
    await _for_teachers(claire, re.compile("^Clear"))
    await claire.person.dialog.get_by_label("Whose work").select_option(label="Leo Girard (1)")
    await claire.person.dialog.get_by_role("button", name="Clear", exact=True).click()
    for painter in (claire, leo):
        await painter.shows(1)
        await painter.sees_no_ink(*RIGHT)
    await claire.page.get_by_role("button", name="Take it back").click()
    for painter in (claire, leo):
        await painter.shows(2)
        await painter.sees_ink(*RIGHT)


async def test_put_aside_for_review(visit: Visit, space: Space) -> None:
    """What a teacher puts aside, pupils do not see any more; the other teacher does; shown again, all do."""
    claire, leo, ewa = await at_the_board(visit, space, "claire", "leo", "ewa")
    await leo.draw((-60.0, -40.0), (60.0, 60.0), tool="rectangle")
    await claire.shows(1)
    await claire.take("selection")
    await claire.click((-60.0, 0.0))
    await _for_teachers(claire, "Put aside for review")
    await leo.shows(0)
    await leo.sees_no_ink((-60.0, -40.0), (60.0, 60.0))
    await ewa.shows(1)
    await _for_teachers(ewa, re.compile("^Put aside \\(1\\)"))
    await ewa.person.dialog.get_by_role("button", name="Show again").first.click()
    await leo.shows(1)


async def test_everybody_is_brought_here(visit: Visit, space: Space) -> None:
    """Wherever a pupil looks, one press shows them what the teacher sees; a phone opens the board for it."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    zoe = Painter(await visit("zoe", space.server, viewport=PHONE))
    await zoe.person.enter(await space.link("zoe"))
    await claire.draw(*LEFT)
    await leo.sees_ink(*LEFT)
    await leo.point((0.0, 0.0))
    await leo.page.mouse.wheel(0, 1_500)
    await leo.sees_no_ink(*LEFT)
    await expect(zoe.board).to_have_count(0)
    await _for_teachers(claire, "Bring everybody to this place")
    for painter in (leo, zoe):  # the note goes by itself: before anything else is looked at
        await expect(painter.page.get_by_test_id("board-notes")).to_contain_text("brought everybody here")
    await leo.sees_ink(*LEFT)
    await zoe.is_ready()
    await zoe.sees_ink(*LEFT_ON_A_PHONE)
    await zoe.sees_no_ink(*RIGHT_ON_A_PHONE)


async def test_whoever_comes_late_is_offered_the_view(visit: Visit, space: Space) -> None:
    """A teacher shows her view since before somebody has come in: the board is opened for them, and they can be led."""
    (claire,) = await at_the_board(visit, space, "claire")
    await claire.draw(*LEFT)
    await claire.draw(*RIGHT)
    await claire.shows(2)
    await _for_teachers(claire, "Show my view")
    leo = Painter(await visit("leo", space.server))
    await leo.person.enter(await space.link("leo"))
    await expect(leo.page.get_by_test_id("attention")).to_contain_text("Claire Martin asks everybody to look")
    await leo.is_ready()
    await leo.sees_ink(*LEFT)
    await expect(leo.page.get_by_test_id("board-notes")).to_contain_text("Claire Martin offers to show you the board.")
    await leo.page.get_by_role("button", name=re.compile("^Follow")).click()
    await claire.point((0.0, 0.0))
    await claire.page.mouse.wheel(0, 1_500)
    await leo.sees_no_ink(*LEFT, *RIGHT)


async def test_further_boards(visit: Visit, space: Space) -> None:
    """A teacher adds a board by name and shows it; what is on one is not on the other; both come back as they were."""
    claire, leo = await at_the_board(visit, space, "claire", "leo")
    await claire.draw(*LEFT)
    await leo.shows(1)
    await claire.page.get_by_role("button", name="Add a board").click()
    await claire.person.dialog.get_by_label("Name of the board").fill("Rivers")
    await claire.person.dialog.get_by_role("button", name="Add the board").click()
    await claire.is_ready()
    await claire.shows(0)
    await claire.draw(*RIGHT)
    await claire.shows(1)
    await _for_teachers(claire, "Show my view")
    await expect(leo.page.get_by_role("tab", name="Rivers", selected=True)).to_be_visible()
    await leo.is_ready()
    await leo.shows(1)
    await leo.sees_ink(*MIDDLE)
    await leo.page.get_by_role("button", name=re.compile("^Follow")).click()
    await leo.sees_no_ink(*LEFT)
    await leo.sees_ink(*RIGHT)
    await leo.page.get_by_role("tab", name="Board", exact=True).click()
    await leo.is_ready()
    await leo.shows(1)
    await leo.page.reload()
    await leo.open()
    await leo.sees_ink(*MIDDLE)


async def _let_draw(teacher: Painter, who: str) -> None:
    await _for_teachers(teacher, re.compile("^Who may draw"))
    await teacher.person.dialog.get_by_label("Who may draw").select_option(label=who)
    await teacher.person.dialog.get_by_role("button", name="Save").click()
    await expect(teacher.page.get_by_role("heading", name="Who may do what on this board")).to_have_count(0)


async def _for_teachers(teacher: Painter, item: str | re.Pattern[str]) -> None:
    await teacher.page.get_by_role("button", name="Manage the board").click()
    await teacher.page.get_by_role("menuitem", name=item).click()
