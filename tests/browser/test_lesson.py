"""A teacher leads a lesson: everybody has the same time, votes unseen, and looks where they are asked to."""

import re
from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.boards import Painter
from tests.browser.calling import Caller
from tests.browser.looks import require_accessible, require_fitting
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import PHONE

Enter = Callable[..., Any]

FIVE_MINUTES_FAST = "{ const now = Date.now; Date.now = () => now() + 300_000; }"
"""A pupil's laptop whose clock is wrong."""

LOOKS_MAX = 20
"""So often two pages are looked at, one after the other, until both show the same time."""

LAG_SECONDS = 2
"""Seconds by which two pages may differ that are looked at one after the other."""


LATE_SECONDS = 2
"""Seconds by which answers come later than people go on."""


def of_lesson(person: Person, what: str) -> Locator:
    """A part of what all are shown."""
    return person.page.get_by_test_id("lesson-strip").get_by_test_id(what)


async def tools(teacher: Person) -> Locator:
    """The dialog "Lesson tools", which is open now."""
    await teacher.page.get_by_role("button", name="Lesson tools").click()
    await expect(teacher.dialog.get_by_role("heading", name="Timer")).to_be_visible()
    return teacher.dialog


async def seconds_left(person: Person) -> int:
    shown = await person.page.get_by_role("timer").inner_text()
    minutes, seconds = shown.split(":")
    return int(minutes) * 60 + int(seconds)


async def together(one: Person, other: Person) -> int:
    """Wait until two pages show the same time, give or take what they are late; the machine may stand still between."""
    looks = []
    for _ in range(LOOKS_MAX):
        before, theirs, after = await seconds_left(one), await seconds_left(other), await seconds_left(one)
        if after - LAG_SECONDS <= theirs <= before + LAG_SECONDS:
            return theirs
        looks.append((before, theirs, after))
    raise AssertionError(f"seconds left on the one page, on the other, and on the one again: {looks}")


async def test_timer(enter: Enter, space: Space) -> None:
    """Whoever's clock is wrong sees the right time too; only teachers stop it; it is there after a reload."""
    claire, leo = await enter("claire"), await enter("leo")
    await leo.page.add_init_script(FIVE_MINUTES_FAST)
    await leo.page.reload()
    await leo.is_in()
    await (await tools(claire)).get_by_role("button", name="5 minutes", exact=True).click()
    await expect(of_lesson(leo, "timer")).to_be_visible()
    await expect(claire.page.get_by_role("button", name="Lesson tools")).to_be_focused()
    left = await together(claire, leo)
    assert 300 - 60 <= left <= 300 + LAG_SECONDS
    await expect(of_lesson(leo, "timer").get_by_role("button")).to_have_count(0)
    await leo.page.reload()
    await expect(of_lesson(leo, "timer").get_by_role("timer")).to_have_text(re.compile(r"^[45]:\d\d$"))
    await of_lesson(claire, "timer").get_by_role("button", name="One minute more").click()
    await expect(leo.page.get_by_role("timer")).to_have_text(re.compile(r"^5:\d\d$"))
    await of_lesson(claire, "timer").get_by_role("button", name="Stop").click()
    await expect(of_lesson(leo, "timer")).to_have_count(0)


async def test_poll(enter: Enter, space: Space) -> None:
    """Asked and answered by keyboard, changed after a reload, in the end shown to all: nobody sees who chose what."""
    claire, leo, jan = await enter("claire"), await enter("leo"), await enter("jan")
    await tools(claire)
    await claire.dialog.get_by_label("My own").check(force=True)
    await claire.dialog.get_by_label("Question").fill("Which river is longer?")
    for number, answer in ((1, "Oder"), (2, "Loire")):
        await claire.dialog.get_by_label(f"Answer {number}").fill(answer)
    await require_accessible(claire.page, "the lesson's tools")
    await claire.dialog.get_by_label("Answer 2").press("Enter")

    for pupil, answer in ((leo, "Oder"), (jan, "Loire")):
        choice = of_lesson(pupil, "poll").get_by_role("button", name=answer)
        await choice.focus()
        await choice.press("Enter")
        await expect(pupil.page.get_by_test_id("own-vote")).to_contain_text(answer)
    await expect(of_lesson(claire, "votes")).to_have_text("2 votes")
    await leo.page.reload()
    await expect(leo.page.get_by_test_id("own-vote")).to_contain_text("Oder")
    await of_lesson(leo, "poll").get_by_role("button", name="Change").click()
    await require_accessible(leo.page, "a poll")
    await of_lesson(leo, "poll").get_by_role("button", name="Loire").click()
    await expect(leo.page.get_by_test_id("own-vote")).to_contain_text("Loire")

    await of_lesson(claire, "poll").get_by_role("button", name="Close, show the result").click()
    for person in (claire, leo, jan):
        rows = of_lesson(person, "poll-result").get_by_role("listitem")
        await expect(rows).to_have_text([re.compile("^Oder.*0 votes · 0%"), re.compile("^Loire.*2 votes · 100%")])
    await require_accessible(leo.page, "the result of a poll")
    await of_lesson(claire, "poll").get_by_role("button", name="Remove for all").click()
    await expect(of_lesson(jan, "poll")).to_have_count(0)


async def test_a_late_answer_takes_nothing_away(enter: Enter, space: Space) -> None:
    """Not the focus of who writes on after a vote, not the groups that a teacher arranges after the timer has begun."""
    claire, leo, jan = await enter("claire", line=True), await enter("leo", line=True), await enter("jan")
    await (await tools(claire)).get_by_role("button", name="Ask").click()
    yes = of_lesson(leo, "poll").get_by_role("button", name="Yes")
    await expect(yes).to_be_visible()
    leo.line.lag = claire.line.lag = LATE_SECONDS
    await yes.click()
    await leo.input.press_sequentially("La Seine")
    await expect(leo.page.get_by_test_id("own-vote")).to_be_visible()
    await leo.page.keyboard.type(" est longue")
    await expect(leo.input).to_have_value("La Seine est longue")

    await expect(claire.dialog).to_have_count(0)
    await (await tools(claire)).get_by_role("button", name="5 minutes", exact=True).click()
    await claire.dialog.get_by_role("button", name="Groups").click()
    await expect(of_lesson(jan, "timer")).to_be_visible()
    await jan.write("Po tym")  # after the answer
    await expect(claire.message("Po tym")).to_be_attached()
    await expect(claire.dialog.get_by_role("heading", name="Groups", exact=True)).to_be_visible()


async def test_pressed_twice(enter: Enter, space: Space) -> None:
    """One room is made by who presses Enter twice while the answer is on its way."""
    claire = await enter("claire", line=True)
    claire.line.lag = LATE_SECONDS
    await claire.page.get_by_role("button", name="New group room").click()
    await claire.dialog.get_by_label("Name of the room").fill("Rivers of France")
    for _ in ("once", "twice"):
        await claire.page.keyboard.press("Enter")
    await expect(claire.dialog).to_have_count(0)
    await claire.write("After that")
    await claire.sees("After that")
    await expect(claire.page.get_by_role("link", name="Rivers of France")).to_have_count(1)


async def test_everybody_look_here(enter: Enter, space: Space) -> None:
    """The part comes to the front for whoever is in the room, once; who is elsewhere is shown the way."""
    claire, ewa, leo = await enter("claire"), await enter("ewa"), await enter("leo")
    await ewa.go_to_room("Staff room")
    await (await tools(claire)).get_by_role("button", name="The board").click()
    await expect(of_lesson(leo, "attention")).to_contain_text("Claire Martin asks everybody to look at the board.")
    await expect(leo.part("Board")).to_have_attribute("aria-pressed", "true")
    # At once: in the room it goes by itself after some seconds.
    await of_lesson(leo, "attention").get_by_role("button", name="Dismiss").click()
    await expect(of_lesson(leo, "attention")).to_have_count(0)
    await expect(of_lesson(claire, "attention")).to_contain_text("Everybody here has been asked to look.")
    await expect(claire.part("Board")).to_have_attribute("aria-pressed", "true")
    await leo.put_away("Board")
    await expect(leo.part("Board")).to_have_attribute("aria-pressed", "false")
    await expect(ewa.part("Board")).to_have_attribute("aria-pressed", "false")
    await of_lesson(ewa, "attention").get_by_role("button", name="Go there").click()
    await expect(ewa.page.get_by_test_id("room-title")).to_have_text("Class room")
    await expect(ewa.part("Board")).to_have_attribute("aria-pressed", "true")


async def test_two_devices_are_one_person(enter: Enter, space: Space) -> None:
    """Whoever is in the call already is told so before coming in once more, and counts once."""
    claire, leo, phone = await enter("claire"), await enter("leo"), await enter("leo", viewport=PHONE)
    callers = [Caller(leo), Caller(phone)]
    await go_in(callers[0])
    strip = phone.page.get_by_test_id("call-strip")
    await expect(strip).to_contain_text("You are already in this call")
    await expect(claire.page.get_by_test_id("call-strip")).not_to_contain_text("You are already in this call")
    await strip.get_by_role("button", name="Join the call").click()
    await expect(phone.dialog.get_by_role("status").filter(has_text="mute one")).to_be_visible()
    await callers[1].join(camera=False)
    await expect(claire.page.get_by_test_id("people")).to_be_visible()
    await expect(claire.page.get_by_test_id("call-strip")).to_contain_text("A call is on, with 1 person.")
    await (await tools(claire)).get_by_role("button", name="End the lesson").click()
    await expect(claire.dialog.get_by_role("listitem").first).to_contain_text("1 person")
    await require_fitting(phone.page, "one person's second device in a call")


async def test_the_end(enter: Enter, space: Space) -> None:
    """By keyboard a teacher ends a call for all, then the lesson: all may read, until she opens the room again."""
    claire, leo = await enter("claire"), await enter("leo", viewport=PHONE)
    callers = [Caller(claire), Caller(leo)]
    for caller in callers:
        await go_in(caller)
    leave = callers[0].bar.get_by_role("button", name="Leave")
    await leave.focus()
    await leave.press("Enter")
    await expect(claire.page.get_by_role("menuitem", name="Leave, the others go on")).to_be_focused()
    await require_accessible(claire.page, "the ways to leave a call")
    await claire.page.keyboard.press("ArrowDown")
    await claire.page.keyboard.press("Enter")
    await expect(callers[1].bar).to_have_count(0)
    await expect(leo.page.get_by_test_id("call-over")).to_contain_text("Claire Martin has ended the call")
    await expect(claire.page.get_by_test_id("call-over")).to_contain_text("You have ended the call")

    await (await tools(claire)).get_by_role("button", name="1 minute", exact=True).click()
    for caller in callers:
        await go_in(caller)
    await (await tools(claire)).get_by_role("button", name="End the lesson").click()
    await expect(claire.dialog.get_by_role("listitem")).to_have_text(
        [re.compile("2 people"), re.compile("timer"), re.compile("Class room.* closes")]
    )
    await require_accessible(claire.page, "the question before the end of a lesson")
    await expect(claire.dialog.get_by_role("button", name="Cancel")).to_be_focused()
    await claire.dialog.get_by_role("button", name="Save the chat first").click()
    await expect(claire.dialog.get_by_role("heading", name="Save the chat")).to_be_visible()
    await claire.page.keyboard.press("Escape")
    await claire.dialog.get_by_role("button", name="End the lesson").press("Enter")
    for caller in callers:
        await expect(caller.bar).to_have_count(0)
        await expect(of_lesson(caller.person, "timer")).to_have_count(0)
    await expect(claire.page.get_by_role("button", name="Lesson tools")).to_be_focused()
    await expect(leo.composer).to_contain_text("The lesson is over")
    await expect(leo.page.get_by_test_id("message-list")).to_contain_text("Nobody wrote here")
    await expect(leo.page.get_by_test_id("part-bar").get_by_role("button", name="call")).to_have_count(0)
    await require_accessible(leo.page, "a lesson that is over")
    await go_in(callers[0])
    await expect(claire.page.get_by_test_id("scene")).to_contain_text("only teachers can come in")
    await leo.page.reload()
    await expect(leo.composer).to_contain_text("You can still read everything.")
    await expect(leo.page.get_by_test_id("call-strip")).to_have_count(0)

    await of_lesson(claire, "lesson-over").get_by_role("button", name="Open the room").click()
    await leo.may_write()
    await expect(leo.input).to_have_attribute("placeholder", re.compile("Write to Class room|Your message"))
    await expect(leo.page.get_by_test_id("message-list")).to_contain_text("Nobody has written here yet")
    await expect(of_lesson(claire, "lesson-over")).to_have_count(0)
    await expect(claire.page.get_by_role("button", name="Lesson tools")).to_be_focused()


async def test_a_stroke_at_the_end(enter: Enter, space: Space) -> None:
    """A pupil whose pen is down when the lesson ends reads that this stroke was not kept; what was done before is."""
    claire, leo = await enter("claire"), await enter("leo")
    painter = Painter(leo)
    await painter.open()
    await painter.draw((-60, -60), (60, -60))
    await painter.shows(1)
    await painter.begin((-60, 60), (60, 60))
    await tools(claire)
    for _ in ("the tool", "the question"):
        await claire.dialog.get_by_role("button", name="End the lesson").click()
    await expect(leo.page.get_by_test_id("board-view-only")).to_be_visible()
    notes = leo.page.get_by_test_id("board-notes")
    await expect(notes).not_to_contain_text("was not kept")
    await leo.page.mouse.up()
    await expect(notes).to_contain_text("What you were just drawing was not kept")
    await painter.shows(1)
    await painter.sees_no_ink((0, 60))


async def go_in(caller: Caller) -> None:
    """Into the call, as somebody who has no camera."""
    await caller.page.get_by_test_id("part-bar").locator("[data-part=call]").click()
    await expect(caller.person.dialog).to_be_visible()
    await caller.join(camera=False)
