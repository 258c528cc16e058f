"""Pupils of two classes in groups: arranged by rule, by the menu and by dragging; there, back, and never held there."""

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.calling import Caller
from tests.browser.looks import TWO_VIEWS, require_accessible, require_fitting
from tests.browser.person import Person
from tests.browser.watcher import OUTAGE

Enter = Callable[..., Any]


def box(teacher: Person, name: str) -> Locator:
    """The pupils of a group, in the teacher's dialog."""
    return teacher.dialog.get_by_role("grid", name=name, exact=True)


async def arrange(teacher: Person) -> None:
    """Open the dialog, and have the four pupils drawn into two groups."""
    await teacher.page.get_by_role("button", name="Work in groups").click()
    await draw_two(teacher)


async def draw_two(teacher: Person) -> None:
    """In the dialog, have the four pupils drawn into two groups."""
    await teacher.dialog.get_by_text("Everybody", exact=True).click()
    await teacher.dialog.get_by_text("Number of groups").click()
    await teacher.dialog.get_by_label("How many").select_option("2")
    for name in ("Group 1", "Group 2"):
        await expect(box(teacher, name).get_by_role("row")).to_have_count(2)


async def move(teacher: Person, pupil: str, group: str) -> None:
    """Choose a group in the menu beside a pupil, unless they are in it."""
    if await box(teacher, group).get_by_text(pupil, exact=True).count() == 0:
        await teacher.dialog.get_by_role("button", name=f"Move: {pupil}").click()
        await teacher.page.get_by_role("menuitem", name=group).click()
    await expect(box(teacher, group).get_by_text(pupil, exact=True)).to_be_visible()
    await expect(teacher.dialog.get_by_role("button", name=f"Move: {pupil}")).to_be_visible()


async def drag_by_keys(teacher: Person, pupil: str, group: str) -> None:
    """Go into the row of a pupil, take them up with Enter, go on to a group with Tab, and let go there."""
    page = teacher.page
    handle = page.get_by_role("button", name=f"Drag: {pupil}")
    await teacher.dialog.get_by_role("row").filter(has=handle).focus()
    await page.keyboard.press("ArrowRight")
    await expect(handle).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(handle).not_to_be_focused()  # the focus goes to the first place where one can let go
    for _ in range(4):
        if await page.evaluate("document.activeElement.getAttribute('aria-label')") == group:
            break
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(box(teacher, group).get_by_text(pupil, exact=True)).to_be_visible()


async def is_in(person: Person, room: str, words: str) -> None:
    """Wait until the page is in a room and says why."""
    await expect(person.page.get_by_test_id("room-title")).to_have_text(room)
    await expect(person.page.get_by_role("status").filter(has_text=words)).to_be_visible()
    await person.may_write()


async def test_there_and_back(enter: Enter) -> None:
    """Two classes in two groups: each pupil's page goes there by itself, follows when moved, and comes back."""
    claire, leo, jan = [await enter(name) for name in ("claire", "leo", "jan")]
    await jan.input.fill("half a sentence")
    await arrange(claire)
    await claire.dialog.get_by_label("Name of the group").first.fill("Oder")
    for pupil in ("Leo Girard", "Janek"):
        await move(claire, pupil, "Oder")
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await is_in(leo, "Oder", "You are in Oder with")
    await is_in(jan, "Oder", "You are in Oder with")
    await expect(leo.page.get_by_role("region", name="Your group")).to_contain_text("Janek")
    await expect(jan.page.get_by_role("region", name="Your group")).to_contain_text("Leo G.")
    await leo.write("an otter")
    await jan.sees("an otter")

    await jan.page.get_by_role("button", name="Back to Class room").click()
    await is_in(jan, "Class room", "Your group is at work: Oder")
    await expect(jan.input).to_have_value("half a sentence")
    await jan.page.reload()
    await is_in(jan, "Class room", "Your group is at work: Oder")
    await jan.page.get_by_role("button", name="Go to my group").click()
    await jan.sees("an otter")

    for pupil in ("Leo Girard", "Janek"):  # their rows stand still once it is known where they are
        row = box(claire, "Oder").get_by_role("row").filter(has_text=pupil)
        await expect(row).not_to_contain_text("in another room")
    await drag_by_keys(claire, "Leo Girard", "Group 2")
    await claire.dialog.get_by_role("button", name="Apply the changes").click()
    await is_in(leo, "Group 2", "You are in Group 2")
    await is_in(jan, "Oder", "You are in Oder")
    rooms = leo.page.get_by_role("navigation", name="Rooms")
    await expect(rooms.get_by_role("link", name="Oder")).to_have_count(0)

    await claire.dialog.get_by_role("button", name="Bring everybody back").click()
    for pupil, own in ((leo, "Group 2"), (jan, "Oder")):
        await is_in(pupil, "Class room", "The groups are over")
        await pupil.page.get_by_text("Earlier groups").click()
        await expect(pupil.page.locator(".rooms__earlier .room-link__name")).to_have_text([own])
    await expect(claire.dialog).to_have_count(0)
    await claire.page.get_by_role("button", name="Work in groups").click()
    await claire.dialog.get_by_role("button", name="Same groups as last time").click()
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await is_in(leo, "Group 2", "You are in Group 2")


SLOW_LINE_SECONDS = 0.3
"""Seconds in which the page hears that the groups are over, and not yet what became of joining its group's room."""


async def test_brought_back_without_a_line(enter: Enter) -> None:
    """Whose line drops in a group that ends meanwhile is in the class room afterwards, and learns what was not sent."""
    claire, leo = await enter("claire"), await enter("leo", line=True)
    leo.watcher.tolerate(OUTAGE)
    await arrange(claire)
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await expect(leo.page.get_by_test_id("room-title")).to_have_text(re.compile("Group [12]"))
    await leo.may_write()
    await leo.line.cut()
    await leo.sees_connection("waiting")
    await leo.write("an otter that was too late")
    await claire.dialog.get_by_role("button", name="Bring everybody back").click()
    await expect(claire.dialog).to_have_count(0)
    leo.line.lag = SLOW_LINE_SECONDS
    leo.line.mend()
    await leo.is_in()
    await is_in(leo, "Class room", "The groups are over")
    await leo.write("here again")
    await claire.sees("here again")
    unsent = leo.page.get_by_test_id("unsent")
    await expect(unsent).to_contain_text("an otter that was too late")
    await expect(unsent).to_contain_text(re.compile("Your message did not reach Group [12]"))
    await require_accessible(leo.page, "a message that was not sent")
    await unsent.get_by_role("button", name="Send it here").click()
    await claire.sees("here again", "an otter that was too late")
    await expect(unsent).to_have_count(0)


async def visit(teacher: Person, group: str) -> None:
    """Go to a group's room, as a teacher who did not send anybody there."""
    await teacher.page.get_by_role("button", name="Show the groups").click()
    await teacher.dialog.get_by_role("button", name=f"Go to {group}").click()
    await expect(teacher.page.get_by_test_id("room-title")).to_have_text(group)


async def bring_back(teacher: Person) -> None:
    await teacher.page.get_by_role("button", name="Show the groups").click()
    await teacher.dialog.get_by_role("button", name="Bring everybody back").click()
    await expect(teacher.dialog).to_have_count(0)


async def test_a_second_teacher_comes_back(enter: Enter) -> None:
    """Who visits a group when a colleague ends the groups is back where the class is; who reads in one later stays."""
    claire, ewa = await enter("claire"), await enter("ewa", line=True)
    ewa.watcher.tolerate(OUTAGE)
    await arrange(claire)
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await claire.page.keyboard.press("Escape")
    await visit(ewa, "Group 1")
    await bring_back(claire)
    await is_in(ewa, "Class room", "The groups are over")
    await expect(claire.page.get_by_role("status").filter(has_text="The groups are over")).to_have_count(0)

    await ewa.page.get_by_text("Earlier groups").click()
    await ewa.go_to_room("Group 1")
    await ewa.page.reload()
    await ewa.is_in()
    await expect(ewa.page.get_by_test_id("room-title")).to_have_text("Group 1")
    await ewa.go_to_room("Staff room")

    await claire.page.get_by_role("button", name="Work in groups").click()
    await claire.dialog.get_by_role("button", name="Same groups as last time").click()
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await claire.page.keyboard.press("Escape")
    await visit(ewa, "Group 2")
    await ewa.line.cut()
    await ewa.sees_connection("waiting")
    await bring_back(claire)
    ewa.line.mend()
    await ewa.is_in()
    await is_in(ewa, "Class room", "The groups are over")


async def test_kept_out_of_the_group(enter: Enter) -> None:
    """A pupil whom a visiting teacher keeps out of the group's room reads so, and the time; teachers see who it is."""
    claire, ewa, leo = [await enter(name) for name in ("claire", "ewa", "leo")]
    await arrange(claire)
    await move(claire, "Leo Girard", "Group 1")
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await is_in(leo, "Group 1", "You are in Group 1")
    await visit(ewa, "Group 1")
    await ewa.page.get_by_role("button", name="Lesson tools").click()
    await ewa.dialog.get_by_role("button", name="5 minutes", exact=True).click()
    await ewa.act_on("Leo G.", "Keep out of this room")

    strip = leo.page.get_by_role("region", name="Your group")
    await expect(strip).to_contain_text("You cannot be in Group 1 with your group just now. Wait for a teacher.")
    await expect(strip).not_to_contain_text("You are in")
    await expect(leo.page.get_by_role("timer")).to_be_visible()
    await require_fitting(leo.page, "kept out of a group")
    row = box(claire, "Group 1").get_by_role("row").filter(has_text="Leo Girard")
    await expect(row).to_contain_text("kept out of this room")
    await claire.page.keyboard.press("Escape")
    waiting = claire.page.get_by_role("status").filter(has_text=re.compile("Not in a group yet:.*Leo Girard"))
    await expect(waiting).to_be_visible()
    await strip.get_by_role("button", name="Back to Class room").click()
    await leo.may_write()
    await expect(strip).to_contain_text("You cannot be in Group 1")
    await expect(strip.get_by_role("button")).to_have_count(0)
    await ewa.act_on("Leo G.", "Let into this room again")
    await strip.get_by_role("button", name="Go to my group").click()
    await is_in(leo, "Group 1", "You are in Group 1")


async def test_looks(enter: Enter) -> None:
    """The dialog before and while there are groups, and both strips: accessible, and nothing sticks out."""
    claire, leo = [await enter(name) for name in ("claire", "leo")]
    await arrange(claire)
    await require_accessible(claire.page, "groups, before", TWO_VIEWS)
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    await expect(claire.dialog.get_by_role("button", name="Apply the changes")).to_be_focused()
    await expect(leo.page.get_by_role("button", name="Back to Class room")).to_be_visible()
    await require_accessible(claire.page, "groups, while there are some", TWO_VIEWS)
    await claire.page.keyboard.press("Escape")
    await expect(claire.page.get_by_text("2 groups are at work.")).to_be_visible()
    for person in (claire, leo):
        await require_accessible(person.page, "strip of the groups", TWO_VIEWS)
        await require_fitting(person.page, "strip of the groups")
    await leo.page.get_by_role("button", name="Back to Class room").click()
    await expect(claire.page.get_by_role("status").filter(has_text="Still in Class room: Leo Girard.")).to_be_visible()
    await require_fitting(claire.page, "strip of the groups, with who has not gone")


ASKS_NO_MORE = """() => {
  window.__asked = 0;
  navigator.mediaDevices.getUserMedia = async () => {
    window.__asked += 1;
    throw new DOMException("once more", "NotAllowedError");
  };
}"""
"""Somebody who allows devices once, and not each time that the browser asks."""


async def has_devices(caller: Caller, camera: bool, microphone: bool) -> None:
    """Wait until one is in a call with these devices, for which the browser was not asked again."""
    for device, is_on in (("Camera", camera), ("Mic", microphone)):
        button = caller.bar.get_by_role("button", name=re.compile(f"^{device}"))
        await expect(button).to_have_attribute("aria-pressed", str(is_on).lower())
    assert await caller.page.evaluate("window.__asked") == 0


async def test_the_call_goes_along(enter: Enter) -> None:
    """Those in the class's call meet in their group's, where the teacher joins them, and are back in the class's
    afterwards, with their devices as they were and what they had not sent yet."""
    claire, leo, jan = [Caller(await enter(name)) for name in ("claire", "leo", "jan")]
    await claire.join()
    await leo.join(microphone=False)
    await jan.join(camera=False)
    for caller in (leo, jan):
        await caller.page.evaluate(ASKS_NO_MORE)
    await has_devices(leo, camera=True, microphone=False)
    await has_devices(jan, camera=False, microphone=True)

    await claire.page.get_by_role("button", name="Lesson tools").click()
    await claire.person.dialog.get_by_role("button", name="Groups").click()
    await draw_two(claire.person)
    for pupil in ("Leo Girard", "Janek"):
        await move(claire.person, pupil, "Group 1")
    await claire.person.dialog.get_by_role("button", name="Start the groups").click()
    for caller, other in ((leo, "Janek"), (jan, "Leo G.")):
        await is_in(caller.person, "Group 1", "You are in your group’s call.")
        await expect(caller.tile(other)).to_be_visible()
    await has_devices(leo, camera=True, microphone=False)
    await has_devices(jan, camera=False, microphone=True)
    await claire.person.dialog.get_by_role("button", name="Go to Group 1").click()
    await expect(claire.tile("Janek")).to_be_visible()

    await leo.person.input.fill("half a sentence")
    await claire.page.get_by_role("button", name="Show the groups").click()
    await claire.person.dialog.get_by_role("button", name="Bring everybody back").click()
    for caller in (leo, jan):
        await is_in(caller.person, "Class room", "You are back in the call.")
        await expect(caller.tile("Mme Claire").or_(caller.tile("Claire Martin"))).to_be_visible()
    await has_devices(leo, camera=True, microphone=False)
    await has_devices(jan, camera=False, microphone=True)
    await leo.leave()
    await leo.page.get_by_text("Earlier groups").click()
    await leo.person.go_to_room("Group 1")
    await expect(leo.person.input).to_have_value("half a sentence")


async def test_a_visiting_teachers_call_comes_back(enter: Enter) -> None:
    """The call of a second teacher goes back with her from a group; when the lesson ends, her page does without it."""
    claire, ewa, leo = [Caller(await enter(name)) for name in ("claire", "ewa", "leo")]
    await ewa.join(camera=False)
    await leo.join(camera=False)
    await arrange(claire.person)
    await claire.person.dialog.get_by_role("button", name="Start the groups").click()
    await claire.page.keyboard.press("Escape")
    group = re.compile("Group [12]")
    await expect(leo.page.get_by_test_id("room-title")).to_have_text(group)
    name = await leo.page.get_by_test_id("room-title").inner_text()
    await visit(ewa.person, name)
    await expect(ewa.tile("Leo G.")).to_be_visible()
    await bring_back(claire.person)
    for caller in (ewa, leo):
        await is_in(caller.person, "Class room", "You are back in the call.")
    await expect(ewa.tile("Leo G.")).to_be_visible()

    await claire.page.get_by_role("button", name="Work in groups").click()
    await claire.person.dialog.get_by_role("button", name="Same groups as last time").click()
    await claire.person.dialog.get_by_role("button", name="Start the groups").click()
    await claire.page.keyboard.press("Escape")
    await visit(ewa.person, name)
    await expect(ewa.tile("Leo G.")).to_be_visible()
    await claire.page.get_by_role("button", name="Lesson tools").click()
    for _ in ("the tool", "the question"):
        await claire.person.dialog.get_by_role("button", name="End the lesson").click()
    await expect(ewa.page.get_by_test_id("room-title")).to_have_text("Class room")
    await expect(ewa.page.get_by_test_id("lesson-over")).to_contain_text("The lesson is over")
    await expect(ewa.bar).to_have_count(0)
