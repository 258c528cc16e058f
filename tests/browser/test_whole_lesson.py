"""A lesson of two classes, from the invitation to goodbye: two teachers and four pupils at desktops and phones, in
English, French and Arabic. What each of them sees at each step is kept in build/lesson, to be looked at."""

import re
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.boards import Painter
from tests.browser.calling import MEDIA_MS, Caller
from tests.browser.cards import links_on_paper, open_links
from tests.browser.check_line import until_line_is_usable
from tests.browser.drawn_camera import draw_camera
from tests.browser.looks import require_fitting, require_language, sentences
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import DESKTOP, PHONE, Visit
from tests.browser.watcher import OUTAGE
from tests.rtserver.files.samples import corners, encoded

ALBUM = Path(__file__).parents[2] / "build" / "lesson"

LESSON_SECONDS = 400
"""For all of it, with six browsers that load and encode on two busy cores."""

CLASS_SIZE = 18
"""Pupils in the picture of the class camera."""

LANGUAGES = {"claire": "en-GB", "ewa": "fr-FR", "leo": "fr-FR", "zoe": "ar-EG", "jan": "en-GB", "ola": "ar-EG"}
PHONES = {"leo", "jan", "ola"}
TEACHERS = {"claire", "ewa"}
HUES = {"claire": 12, "ewa": 215, "leo": 45, "zoe": 150, "jan": 190, "ola": 280}
"""Of the wall behind each, in degrees."""

QUESTION, RIVERS = "Which river is longer?", ("Oder", "Loire")
"""Words of the teacher, the same in each language of the page."""

STROKE = ((-150.0, -60.0), (0.0, 40.0), (150.0, -60.0))

CAPTION = "Our river in spring"

WITHOUT_LINE = "written on a lost line"


def says(person: Person, key: str) -> str:
    """A sentence of the page in this person's language."""
    return sentences(LANGUAGES[person.name].partition("-")[0])[key]


def button(person: Person, key: str, within: Locator | None = None) -> Locator:
    """A button by what it says in this person's language."""
    return (within or person.page).get_by_role("button", name=re.compile(f"^{re.escape(says(person, key))}"))


class Class:
    """Everybody of the lesson, and the album of what they see."""

    def __init__(self, visit: Visit, space: Space) -> None:
        self._visit = visit
        self._space = space
        self._steps = 0
        self.people: dict[str, Person] = {}
        ALBUM.mkdir(parents=True, exist_ok=True)
        for old in ALBUM.glob("*.png"):
            old.unlink()

    async def arrive(self, name: str) -> Person:
        """A browser of this person's kind and language, with a camera."""
        view = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if name in PHONES else {"viewport": DESKTOP}
        person = await self._visit(
            name,
            self._space.server,
            line=name == "jan",
            locale=LANGUAGES[name],
            permissions=["camera", "microphone"],
            **view,
        )
        await draw_camera(person.context, HUES[name], CLASS_SIZE if name == "ewa" else 1)
        self.people[name] = person
        return person

    async def come_in(self, person: Person, link: str) -> None:
        """Follow a link and say yes, in whichever language."""
        await person.open(link)
        await (
            button(person, "join.enter", person.page.get_by_role("main"))
            .or_(person.page.get_by_role("main").get_by_role("button").first)
            .first.click()
        )
        await person.is_in()

    async def picture(self, step: str, *names: str) -> None:
        """Keep what these people (all) see; it fits, and is in their language."""
        self._steps += 1
        for name in names or self.people:
            person = self.people[name]
            await person.page.screenshot(path=ALBUM / f"{self._steps:02}-{step}-{name}.png")
            await require_fitting(person.page, f"{step}, {name}")
            language = LANGUAGES[name].partition("-")[0]
            if language != "en":
                await require_language(person.page, language, f"{step}, {name}")

    def __getitem__(self, name: str) -> Person:
        return self.people[name]


@pytest.mark.timeout(LESSON_SECONDS)
async def test_a_whole_lesson(visit: Visit, space: Space) -> None:
    """Each step works for all of them, whatever their device and language, and nothing that was said is lost."""
    lesson = Class(visit, space)
    await get_in(lesson, space)
    await write_to_each_other(lesson)
    await meet_in_a_call(lesson)
    await draw(lesson)
    await vote(lesson)
    await work_in_groups(lesson)
    await lose_the_line(lesson)
    await say_goodbye(lesson)


async def get_in(lesson: Class, space: Space) -> None:
    """A teacher prints cards; a pupil scans one, checks the device, and comes in; so do all others."""
    claire = await lesson.arrive("claire")
    await lesson.come_in(claire, await space.link("claire"))
    await lesson.picture("empty-room")
    await open_links(claire, 2)
    await claire.page.get_by_role("button", name="Make 2 cards").click()
    links = await links_on_paper(claire)
    await lesson.picture("cards")
    await claire.page.keyboard.press("Escape")
    await claire.page.get_by_role("alertdialog").get_by_role("button", name="Close").click()
    await claire.page.keyboard.press("Escape")
    await expect(claire.dialog).to_have_count(0)

    leo = await lesson.arrive("leo")
    await leo.open(links["Leo Girard"])
    await expect(button(leo, "join.check")).to_be_visible()
    await lesson.picture("invitation", "leo")
    await button(leo, "join.check").click()
    await until_line_is_usable(leo, says(leo, "rehearsal.again"))
    await button(leo, "rehearsal.tryDevices").click()
    await expect(leo.page.locator("[data-line=microphone]")).to_have_attribute("data-colour", "green", timeout=MEDIA_MS)
    await lesson.picture("rehearsal", "leo")
    await leo.page.keyboard.press("Escape")
    await leo.is_in()

    for name in ("zoe", "ewa", "jan", "ola"):
        person = await lesson.arrive(name)
        await lesson.come_in(person, links["Zoe Lambert"] if name == "zoe" else await space.link(name))
    await lesson.picture("all-here")


async def write_to_each_other(lesson: Class) -> None:
    """Greetings in four languages, an answer, a reaction, a mention, a pin, a picture, and a word found again."""
    claire, jan, ola = lesson["claire"], lesson["jan"], lesson["ola"]
    await claire.write("Good morning! Today: rivers. https://example.org/rivers")
    await lesson["leo"].write("Bonjour de Lyon, ici il fait très beau ce matin")
    await lesson["zoe"].write("Salut tout le monde !")
    await jan.write("Cześć! U nas pada deszcz, ale rzeka jest piękna")
    await ola.write("مرحبا بكم جميعا")
    await claire.press_on("U nas pada", "Reply")
    await claire.input.press_sequentially("Here too! @jan")
    await claire.page.get_by_role("option", name="Janek").click()
    await claire.input.press("Enter")
    await claire.press_on("مرحبا بكم", "Heart")
    await claire.press_on("Today: rivers", "More actions")
    await claire.page.get_by_role("menuitem", name="Pin for everybody").click()
    picture: FilePayload = {"name": "river.png", "mimeType": "image/png", "buffer": encoded(corners(), "PNG")}
    await jan.page.get_by_test_id("file-chooser").set_input_files([picture])
    await jan.write(CAPTION)
    for person in lesson.people.values():
        await expect(person.page.locator("[data-state=sent] .files__picture img")).to_be_visible()
        await expect(person.page.get_by_test_id("chat-bar")).to_contain_text("Today: rivers")
        await expect(person.on_their_way).to_have_count(0)
    await expect(jan.message("Here too!")).to_have_attribute("data-for-me", "true")
    await lesson.picture("chat")

    await claire.page.get_by_role("button", name="Search messages").click()
    panel = claire.page.get_by_role("search")
    await panel.get_by_role("searchbox").fill("rzeka")
    await expect(panel.get_by_role("button", name=re.compile("U nas pada deszcz"))).to_be_visible()
    await lesson.picture("search", "claire")
    await claire.page.keyboard.press("Escape")


async def meet_in_a_call(lesson: Class) -> None:
    """A class camera and four people see each other; a hand goes up."""
    callers = [Caller(lesson[name]) for name in ("claire", "ewa", "leo", "jan", "ola")]
    for caller in callers:
        person = caller.person
        await button(person, "call.start").or_(button(person, "call.join")).first.click()
        await expect(person.dialog).to_be_visible()
        if person.name == "ewa":
            await person.dialog.get_by_role("radio", name=re.compile(says(person, "call.lobby.asCamera"))).check()
        if person.name in ("claire", "ola"):
            await expect(person.dialog.locator("video")).to_have_js_property("readyState", 4, timeout=MEDIA_MS)
            await lesson.picture("lobby", person.name)
        begin = button(person, "call.lobby.begin", person.dialog).or_(button(person, "call.lobby.join", person.dialog))
        await begin.click()
        await expect(caller.bar).to_be_visible()
    for caller in callers:
        shown = caller.page.locator("[data-testid=tile] video:not([data-covered=true])")
        await expect(shown.nth(1)).to_be_visible(timeout=MEDIA_MS)
    await button(lesson["jan"], "call.bar.hand", callers[3].bar).click()
    await expect(lesson["claire"].page.get_by_test_id("hands")).to_be_visible()
    await lesson.picture("call")


async def draw(lesson: Class) -> None:
    """The teacher has everybody look at the board; what a pupil draws is there for all."""
    claire, zoe = lesson["claire"], lesson["zoe"]
    await tools(claire)
    await claire.dialog.get_by_role("button", name="The board").click()
    for person in lesson.people.values():
        await Painter(person).is_ready()
    await Painter(zoe).draw(*STROKE)
    for person in lesson.people.values():
        await Painter(person).shows(1)
    await lesson.picture("board")
    for person in lesson.people.values():
        await expect(person.page.get_by_test_id("attention")).to_have_count(0, timeout=MEDIA_MS)  # it goes by itself


async def vote(lesson: Class) -> None:
    """A timer runs; all pupils vote; the result is everybody's."""
    claire = lesson["claire"]
    await (await tools(claire)).get_by_role("button", name="5 minutes", exact=True).click()
    await tools(claire)
    await claire.dialog.get_by_label("My own").check(force=True)
    await claire.dialog.get_by_label("Question").fill(QUESTION)
    for number, river in enumerate(RIVERS, 1):
        await claire.dialog.get_by_label(f"Answer {number}").fill(river)
    await claire.dialog.get_by_label("Answer 2").press("Enter")
    for name, river in (("leo", "Loire"), ("zoe", "Loire"), ("jan", "Oder"), ("ola", "Loire")):
        poll = lesson[name].page.get_by_test_id("poll")
        await poll.get_by_role("button", name=river).click()
        await expect(lesson[name].page.get_by_test_id("own-vote")).to_contain_text(river)
    await lesson.picture("poll")
    await button(claire, "lesson.poll.close").click()
    for person in lesson.people.values():
        await expect(person.page.get_by_test_id("poll-result").get_by_role("listitem")).to_have_count(len(RIVERS))
        await expect(person.page.get_by_role("timer")).to_be_visible()
    await lesson.picture("result")
    await button(claire, "lesson.poll.putAway").click()
    await button(claire, "lesson.timer.stop").click()


async def work_in_groups(lesson: Class) -> None:
    """Two groups of both classes; each pupil's page goes there, with their call if they are in it, and comes back."""
    claire = lesson["claire"]
    await (await tools(claire)).get_by_role("button", name="Groups").click()
    await claire.dialog.get_by_text("Number of groups").click()
    await claire.dialog.get_by_label("How many").select_option("2")
    await expect(claire.dialog.get_by_role("grid", name="Group 2", exact=True).get_by_role("row")).to_have_count(2)
    for number, river in enumerate(RIVERS):
        await claire.dialog.get_by_label("Name of the group").nth(number).fill(river)
    await lesson.picture("groups-before", "claire")
    await claire.dialog.get_by_role("button", name="Start the groups").click()
    pupils = [person for name, person in lesson.people.items() if name not in TEACHERS]
    for pupil in pupils:
        await expect(pupil.page.get_by_test_id("room-title")).to_have_text(re.compile("|".join(RIVERS)))
        await show_chat(pupil)
        await pupil.may_write()
        await pupil.write("ready")
    for pupil in pupils:
        await pupil.sees("ready", "ready")
    await lesson.picture("groups")
    await claire.dialog.get_by_role("button", name="Bring everybody back").click()
    for pupil in pupils:
        await expect(pupil.page.get_by_test_id("room-title")).to_have_text(says(pupil, "rooms.classRoom"))
        if pupil.name != "zoe":  # the only one who is in no call
            await expect(pupil.page.get_by_text(says(pupil, "groups.strip.backInCall"))).to_be_visible(timeout=MEDIA_MS)
    await expect(claire.dialog).to_have_count(0)
    await lesson.picture("back")


async def lose_the_line(lesson: Class) -> None:
    """A phone loses its line: it says so, keeps what is written, and sends it once when the line is back."""
    claire, jan = lesson["claire"], lesson["jan"]
    jan.watcher.tolerate(OUTAGE)
    await jan.bring("Chat")
    await jan.line.cut()
    await jan.sees_connection("waiting")
    await jan.write(WITHOUT_LINE)
    await claire.bring("Chat")
    await claire.write("Are you all back?")
    await lesson.picture("lost-line", "jan", "claire")
    jan.line.mend()
    await jan.sees_connection("online")
    for person in (claire, jan):
        await expect(person.message(WITHOUT_LINE)).to_have_count(1)
        await expect(person.message("Are you all back?")).to_have_count(1)
    await expect(jan.on_their_way).to_have_count(0)


async def say_goodbye(lesson: Class) -> None:
    """The teacher ends the lesson: nobody is in the call, pupils read on and write no more; what was said stays."""
    claire = lesson["claire"]
    await claire.write("Goodbye, see you on Thursday!")
    await (await tools(claire)).get_by_role("button", name="End the lesson").click()
    await expect(claire.dialog.get_by_role("button", name="Save the chat first")).to_be_visible()
    await lesson.picture("question-of-the-end", "claire")
    await claire.dialog.get_by_role("button", name="End the lesson").click()
    for name, person in lesson.people.items():
        await expect(Caller(person).bar).to_have_count(0)
        await show_chat(person)
        await expect(person.message("Goodbye, see you")).to_be_visible()
        if name not in TEACHERS:
            await expect(person.composer).to_contain_text(says(person, "blocked.title.lesson_over"))
    await lesson.picture("goodbye")
    await lesson["ola"].page.reload()
    await lesson["ola"].is_in()
    await expect(lesson["ola"].message(CAPTION)).to_have_count(1)


async def show_chat(person: Person) -> None:
    """Have the chat shown, in whichever language its button is."""
    chat = person.page.locator(".part-button[data-part=chat]")
    if await chat.get_attribute("aria-pressed") == "false":
        await chat.click()


async def tools(teacher: Person) -> Locator:
    """The dialog "Lesson tools", which is open now."""
    await teacher.page.get_by_role("button", name="Lesson tools").click()
    await expect(teacher.dialog.get_by_role("heading", name="Timer")).to_be_visible()
    return teacher.dialog
