"""Two pupils of two classes in two browsers: they come in by their links and write to each other."""

import re

from playwright.async_api import expect

from tests.browser.person import Person
from tests.browser.space import ROOM, TITLE, Space
from tests.browser.visits import Visit

SEEN_MS = 3_000
"""Milliseconds in which others see that one types; some seconds later it goes by itself."""


async def types_until_seen(writer: Person, reader: Person) -> None:
    """Somebody types on until the other one sees it; a machine that stood still may have been too late for it."""
    typing = reader.page.get_by_test_id("typing")
    for patience in (SEEN_MS, SEEN_MS, None):
        await writer.input.press_sequentially("Chwileczkę")
        try:
            await expect(typing).to_have_text("Janek is writing…", timeout=patience)
        except AssertionError:
            if patience is None:
                raise
        else:
            return


async def test_link_shows_whom_it_is_for_and_one_button_enters(visit: Visit, space: Space) -> None:
    """An invitation says who is meant, waits for one press, and leads into the class room."""
    leo = await visit("leo", space.server)
    await leo.open(await space.link("leo"))
    await expect(leo.page.get_by_role("heading", name="Welcome, Leo Girard")).to_be_visible()
    for fact in (TITLE, "4e B", "Collège Jean-Moulin", "France", "Pupil"):
        await expect(leo.page.get_by_role("main")).to_contain_text(fact)
    enter = leo.page.get_by_role("main").get_by_role("button").first
    await expect(enter).to_have_count(1)
    await expect(enter).to_be_focused()
    await leo.page.keyboard.press("Enter")

    await leo.is_in()
    await expect(leo.page.get_by_test_id("room-title")).to_have_text(ROOM)
    await expect(leo.page.get_by_text("Nobody has written here yet")).to_be_visible()
    await expect(leo.page).to_have_title(f"{ROOM} · {TITLE} · TwinSpace")
    assert "#" not in leo.page.url
    await leo.page.go_back()
    assert "#" not in leo.page.url, "the spent token is still in the history"


async def test_link_enters_once_and_the_browser_remembers(visit: Visit, space: Space) -> None:
    """The same link again: in the same browser it welcomes back, in another one it is spent."""
    link = await space.link("leo")
    leo = await visit("leo", space.server)
    await leo.enter(link)

    await leo.open("about:blank")
    await leo.open(link)
    await expect(leo.page.get_by_role("heading", name="Welcome back, Leo Girard")).to_be_visible()
    await leo.page.get_by_role("button", name="Continue as Leo Girard").click()
    await leo.is_in()

    await leo.open(space.server.url)
    await leo.page.get_by_role("link", name=re.compile("Leo Girard")).click()
    await leo.is_in()

    thief = await visit("thief", space.server)
    await thief.open(link)
    await expect(thief.page.get_by_role("heading", name="This link has been used or has expired")).to_be_visible()
    await expect(thief.page.locator("body")).not_to_contain_text("Girard")


async def test_two_classes_write_edit_and_delete(visit: Visit, space: Space) -> None:
    """What one writes, changes and takes back shows in the other's browser, both ways."""
    claire, leo, jan = [await visit(name, space.server) for name in ("claire", "leo", "jan")]
    for person in (claire, leo, jan):
        await person.enter(await space.link(person.name))

    await leo.write("Salut, ici Lyon !")
    await jan.sees("Salut, ici Lyon !")
    await jan.write("Dzień dobry, tu Kraków")
    await jan.write("Jaka u was pogoda?")
    await leo.sees("Salut, ici Lyon !", "Dzień dobry, tu Kraków", "Jaka u was pogoda?")

    await jan.press_on("Jaka u was pogoda?", "Edit message")
    box = jan.page.get_by_role("textbox", name="Edit your message")
    await box.fill("Jaka jest u was pogoda?")
    await box.press("Enter")
    for person in (jan, leo):
        await person.sees("Salut, ici Lyon !", "Dzień dobry, tu Kraków", "Jaka jest u was pogoda?")
        await expect(person.message("Jaka jest u was pogoda?")).to_contain_text("edited")

    await leo.press_on("Salut, ici Lyon !", "Delete message")
    await leo.dialog.get_by_role("button", name="Delete").click()
    for person in (leo, jan):
        await person.sees("Dzień dobry, tu Kraków", "Jaka jest u was pogoda?")
        await expect(person.message("This message was deleted.")).to_have_count(1)

    await leo.message("Dzień dobry").hover()
    await expect(leo.message("Dzień dobry").get_by_role("button", name="Reply")).to_be_visible()
    delete = leo.message("Dzień dobry").get_by_role("button", name="Delete message")
    await expect(delete).to_have_count(0)  # not a pupil's to delete
    await claire.press_on("Dzień dobry, tu Kraków", "Delete message")
    await expect(claire.dialog).to_contain_text("The message of Janek disappears for everybody.")
    await claire.dialog.get_by_role("button", name="Delete").click()
    for person in (claire, leo, jan):
        await person.sees("Jaka jest u was pogoda?")
        await expect(person.message("This message was deleted.")).to_have_count(2)


async def test_partner_class_sees_aliases_only(visit: Visit, space: Space) -> None:
    """A French pupil sees a Polish pupil's alias, a Polish one the roster name: on the page and in what was sent."""
    ewa, leo, jan, ola = [await visit(name, space.server) for name in ("ewa", "leo", "jan", "ola")]
    for person in (ewa, leo, jan, ola):
        await person.enter(await space.link(person.name))
    await jan.write("Cześć!")

    for person, seen in ((leo, "Janek"), (ola, "Jan Kowalczyk")):
        await person.sees("Cześć!")
        await expect(person.page.locator(".group__author")).to_have_text(seen)
        await expect(person.person(seen)).to_contain_text(seen)
        await expect(person.person(seen)).to_contain_text("here now")

    document = await leo.page.content()
    for secret in ("Kowalczyk", "Zawadzka", "Ewa Nowak"):
        assert secret not in document
        assert not leo.watcher.heard(secret)
    for secret in ("Girard", "Lambert"):
        assert secret not in await ewa.page.content()
        assert not ewa.watcher.heard(secret)
    assert ola.watcher.heard("Kowalczyk"), "nothing was recorded of what the server sent"
    assert leo.watcher.heard("Janek")


async def test_what_others_do_shows_at_once(visit: Visit, space: Space) -> None:
    """Who is there, who writes just now, and the time in both countries."""
    claire, jan = await visit("claire", space.server), await visit("jan", space.server)
    await claire.enter(await space.link("claire"))
    await expect(claire.person("Janek")).to_contain_text("not here")
    await jan.enter(await space.link("jan"))
    await expect(claire.person("Janek")).to_contain_text("here now")
    await expect(claire.page.locator(".room-header")).to_contain_text("2 people here")

    await types_until_seen(jan, claire)
    await jan.input.fill("")
    await expect(claire.page.get_by_test_id("typing")).to_have_count(0)

    people = claire.page.get_by_test_id("people")
    await expect(people.get_by_role("region", name="klasa 7a")).to_contain_text(re.compile(r"\d{1,2}:\d{2}"))
    await jan.context.close()
    await expect(claire.person("Janek")).to_contain_text("not here")


async def test_text_is_never_markup(visit: Visit, space: Space) -> None:
    """What looks like HTML is shown as it was typed; a web address can be followed, in a window of its own."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    for person in (claire, leo):
        await person.enter(await space.link(person.name))
    nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script> & <b>bold</b>'
    await leo.write(nasty)
    await leo.write("voir https://example.org/fleuves?a=1&b=2, c'est bien; javascript:alert(1)")
    await expect(claire.texts.first).to_have_text(nasty)
    await expect(claire.texts.locator("img, script, b")).to_have_count(0)
    link = claire.texts.get_by_role("link")
    await expect(link).to_have_count(1)
    await expect(link).to_have_attribute("href", "https://example.org/fleuves?a=1&b=2")
    await expect(link).to_have_attribute("rel", re.compile("noopener"))
