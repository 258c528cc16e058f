"""Without a connection one goes on writing; afterwards everybody has every message once, in one order."""

import re
from collections.abc import Callable

from playwright.async_api import expect

from tests.browser.person import Person
from tests.browser.space import Space, open_space
from tests.browser.visits import Visit
from tests.browser.watcher import OUTAGE
from tests.wire.server import Server

BEFORE = "Before the tunnel"
KEPT = "2 messages"
FIVE = tuple(f"From the tunnel, {number}" for number in range(1, 6))


async def teacher_and_pupil(visit: Visit, space: Space) -> tuple[Person, Person]:
    """Claire, and Jan of the other class, whose line can be cut; he has written once."""
    claire = await visit("claire", space.server)
    jan = await visit("jan", space.server, line=True)
    jan.watcher.tolerate(OUTAGE)
    for person in (claire, jan):
        await person.enter(await space.link(person.name))
    await jan.write(BEFORE)
    for person in (claire, jan):  # at Jan's too: else it may be on its way when his line is cut
        await person.sees(BEFORE)
    return claire, jan


async def wait_in(person: Person, *texts: str) -> None:
    """Check that all of `texts` are shown as not sent yet, in order."""
    await expect(person.on_their_way.locator(".message__text")).to_have_text(list(texts))
    await expect(person.page.locator("[data-testid=message][data-state=sending]")).to_have_count(len(texts))


async def test_written_offline_and_reloaded(visit: Visit, space: Space) -> None:
    """The line is cut, five messages are written, the page is reloaded, the line is back: each arrives once."""
    claire, jan = await teacher_and_pupil(visit, space)
    await jan.line.cut()
    await jan.sees_connection("waiting")
    for text in FIVE:
        await jan.write(text)
    await wait_in(jan, *FIVE)
    await expect(jan.on_their_way.first).to_contain_text("Waiting for the connection")
    await claire.write("Where is he?")
    await claire.sees(BEFORE, "Where is he?")

    await jan.page.reload()
    await jan.sees_connection("waiting")
    await jan.line.cut()
    jan.line.mend()
    await jan.is_in()
    everything = (BEFORE, "Where is he?", *FIVE)
    for person in (jan, claire):
        await person.sees(*everything)
    await jan.page.reload()
    await jan.sees(*everything)


async def test_kept_messages_show_while_there_is_no_connection(visit: Visit, space: Space) -> None:
    """After a reload without a connection the page tells that messages wait, and none was lost."""
    claire, jan = await teacher_and_pupil(visit, space)
    await jan.line.cut()
    await jan.sees_connection("waiting")
    for text in FIVE[:2]:
        await jan.write(text)
    await wait_in(jan, *FIVE[:2])
    await jan.page.reload()
    await jan.sees_connection("waiting")
    await expect(jan.page.get_by_role("main")).to_contain_text(KEPT)
    jan.line.mend()
    await jan.sees_connection("online")
    await claire.sees(BEFORE, *FIVE[:2])


async def test_browser_offline(visit: Visit, space: Space) -> None:
    """The browser itself says that it is offline; the page says so at once, keeps what is written, and sends it."""
    claire, jan = await teacher_and_pupil(visit, space)
    await jan.context.set_offline(True)
    await jan.sees_connection("offline")
    await expect(jan.connection).to_contain_text("You can go on writing")
    for text in FIVE:
        await jan.write(text)
    await wait_in(jan, *FIVE)
    await claire.write("Where is he?")
    await claire.sees(BEFORE, "Where is he?")
    await jan.context.set_offline(False)
    await jan.sees_connection("online")
    for person in (jan, claire):
        await person.sees(BEFORE, "Where is he?", *FIVE)


async def test_the_keyboard_stays_at_what_is_sent(visit: Visit, space: Space) -> None:
    """Whoever is at a waiting message, or at what it quotes, is there still when the message has been sent."""
    _, jan = await teacher_and_pupil(visit, space)
    quote = jan.page.get_by_role("button", name=re.compile("^In reply to"))

    await answer_without_a_line(jan, FIVE[0])
    await jan.message(FIVE[0]).focus()
    jan.line.mend()
    await expect(jan.message(FIVE[0])).to_have_attribute("data-state", "sent")
    await expect(jan.message(FIVE[0])).to_be_focused()
    await jan.page.keyboard.press("ArrowUp")
    await expect(jan.message(BEFORE)).to_be_focused()

    await answer_without_a_line(jan, FIVE[1])
    await jan.message(FIVE[1]).locator(quote).focus()
    jan.line.mend()
    await expect(jan.message(FIVE[1])).to_have_attribute("data-state", "sent")
    await expect(jan.message(FIVE[1]).locator(quote)).to_be_focused()


async def answer_without_a_line(person: Person, text: str) -> None:
    """Write an answer that waits for the line, which is cut."""
    await person.line.cut()
    await person.sees_connection("waiting")
    await person.press_on(BEFORE, "Reply")
    await person.write(text)
    await wait_in(person, text)


async def test_answer_lost(visit: Visit, space: Space) -> None:
    """The server has taken a message, its answer is lost: sent again after a reload, it is there once."""
    claire, jan = await teacher_and_pupil(visit, space)
    jan.line.deafen()
    await jan.write(FIVE[0])
    await claire.sees(BEFORE, FIVE[0])
    await wait_in(jan, FIVE[0])
    await jan.line.cut()
    await jan.sees_connection("waiting")
    await jan.write(FIVE[1])
    await wait_in(jan, *FIVE[:2])
    await jan.page.reload()
    jan.line.mend()
    await jan.sees_connection("online")
    for person in (jan, claire):
        await person.sees(BEFORE, *FIVE[:2])


async def test_server_killed_and_started_again(visit: Visit, own_server: Callable[..., Server]) -> None:
    """The server dies while both write: what it had said yes to is there, the rest is sent to the next one."""
    server = own_server()
    async with open_space(server) as space:
        claire, jan = await teacher_and_pupil(visit, space)
        claire.watcher.tolerate(OUTAGE)
        server.kill()
        for person in (claire, jan):
            await person.sees_connection("waiting")
        for text in FIVE:
            await jan.write(text)
        await wait_in(jan, *FIVE)
        server.start()
        for person in (claire, jan):
            await person.sees_connection("online")
        for person in (claire, jan):
            await person.sees(BEFORE, *FIVE)
        await claire.write("Welcome back")
        await jan.sees(BEFORE, *FIVE, "Welcome back")


async def test_two_tabs_of_one_person(visit: Visit, space: Space) -> None:
    """What waits is sent once, though two tabs of one person both come back."""
    claire, jan = await teacher_and_pupil(visit, space)
    second = Person("jan", jan.context, await jan.context.new_page(), jan.line, jan.watcher)
    await second.open(jan.page.url)
    await second.sees(BEFORE)
    await jan.line.cut()
    for tab in (jan, second):
        await tab.sees_connection("waiting")
    await jan.write(FIVE[0])
    await second.write(FIVE[1])
    for tab in (jan, second):
        await wait_in(tab, *FIVE[:2])
    jan.line.mend()
    for tab in (jan, second):
        await tab.sees_connection("online")
    for person in (jan, second, claire):
        await person.sees(BEFORE, *FIVE[:2])


async def test_refused_after_coming_back(visit: Visit, space: Space) -> None:
    """What was written offline in a room that was closed meanwhile is kept, with the reason and a way to try again."""
    claire, jan = await teacher_and_pupil(visit, space)
    await jan.line.cut()
    await jan.sees_connection("waiting")
    await jan.write(FIVE[0])
    await claire.switch("Open for pupils", on=False)
    jan.line.mend()
    await jan.sees_connection("online")
    await jan.may_not_write("room_closed", "This room is closed")
    await expect(jan.message(FIVE[0])).to_have_attribute("data-state", "failed")
    await expect(jan.message(FIVE[0])).to_contain_text("Not sent.")
    await claire.switch("Open for pupils", on=True)
    await jan.may_write()
    await jan.message(FIVE[0]).get_by_role("button", name="Try again").click()
    for person in (jan, claire):
        await person.sees(BEFORE, FIVE[0])
    await expect(jan.message(FIVE[0])).to_be_focused()
