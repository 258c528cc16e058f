"""What teachers switch, close and end shows on a pupil's open page at once, in words."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import expect

from rooms.model import Role
from rtserver.shapes import NewMember
from tests.browser.person import Person
from tests.browser.space import ROOM, Space, open_space
from tests.browser.visits import Visit
from tests.browser.watcher import FORBIDDEN
from tests.wire.server import Server, speak

Enter = Callable[..., Any]


async def test_room_closed_paused_and_opened(enter: Enter) -> None:
    """A teacher closes the room, pauses writing, and lets it go on; what was typed stays."""
    claire: Person = await enter("claire")
    leo: Person = await enter("leo")
    await leo.may_write()
    await leo.input.fill("half a sen")

    await claire.switch("Open for pupils", on=False)
    await leo.may_not_write("room_closed", "This room is closed")
    await expect(leo.page.locator(".room-header")).to_contain_text("Closed")
    await expect(leo.input).to_have_value("half a sen")
    await claire.may_write()

    await claire.switch("Open for pupils", on=True)
    await leo.may_write()
    await claire.switch("Pause writing", on=True)
    await leo.may_not_write("room_locked", "Writing is paused")
    await claire.switch("Pause writing", on=False)
    await leo.may_write()
    await expect(leo.page.get_by_role("switch")).to_have_count(0)
    await leo.input.press("Enter")
    await claire.sees("half a sen")


async def test_paused_while_one_changes_a_message(enter: Enter) -> None:
    """Whoever changes an own message cannot save it while writing is paused, is told why, and keeps the text."""
    claire: Person = await enter("claire")
    leo: Person = await enter("leo")
    await leo.write("La Siene")
    await leo.sees("La Siene")
    await leo.press_on("La Siene", "Edit message")
    edited = leo.page.get_by_role("textbox", name="Edit your message")
    save = leo.page.get_by_role("button", name="Save", exact=True)
    await edited.fill("La Seine")
    await save.focus()

    await claire.switch("Pause writing", on=True)
    await expect(save).to_be_disabled()
    await expect(edited).to_be_focused()
    told = leo.page.get_by_test_id("message").get_by_role("status")
    await expect(told).to_have_text(
        "Writing is paused. Your text stays here. You can save it as soon as you may write again."
    )
    await edited.press("Enter")
    await expect(edited).to_have_value("La Seine")

    await claire.switch("Pause writing", on=False)
    await expect(save).to_be_enabled()
    await expect(told).to_have_text("")
    await edited.press("Enter")
    await claire.sees("La Seine")


async def test_writing_switched_off_for_one(enter: Enter) -> None:
    """Of two pupils the one whose writing is switched off is told so, and the other goes on."""
    claire: Person = await enter("claire")
    leo: Person = await enter("leo")
    jan: Person = await enter("jan")
    await claire.act_on("Leo Girard", "Stop writing")
    await leo.may_not_write("capability_off", "Writing is switched off for you")
    await expect(claire.person("Leo Girard")).to_contain_text("writing switched off")
    await jan.write("I still can")
    await leo.page.reload()
    await leo.sees("I still can")
    await leo.may_not_write("capability_off", "Writing is switched off for you")
    await claire.act_on("Leo Girard", "Allow writing")
    await leo.may_write()


async def test_kept_out_of_a_room_and_let_in(enter: Enter) -> None:
    """A pupil who is asked to stay out of the room sees why, and is back in when let in."""
    claire: Person = await enter("claire")
    leo: Person = await enter("leo")
    await claire.write("Before")
    await leo.sees("Before")
    await claire.act_on("Leo Girard", "Keep out of this room")
    await expect(leo.page.get_by_role("heading", name="A teacher asks you to stay out of this room")).to_be_visible()
    await expect(leo.texts).to_have_count(0)
    await leo.page.reload()
    await expect(leo.page.get_by_role("heading", name="A teacher asks you to stay out of this room")).to_be_visible()
    await claire.act_on("Leo Girard", "Let into this room again")
    await leo.sees("Before")
    await leo.may_write()


async def test_teacher_gone_and_back(visit: Visit, own_server: Callable[..., Server]) -> None:
    """When the last teacher has left, pupils are told after a while; when one is back, they go on."""
    async with open_space(own_server(teacher_grace=0.5)) as space:
        claire, leo = await visit("claire", space.server), await visit("leo", space.server)
        for person in (claire, leo):
            await person.enter(await space.link(person.name))
        await leo.may_write()
        place = claire.page.url
        await claire.open("about:blank")
        await leo.may_not_write("no_teacher_present", "No teacher is here just now")
        await expect(leo.person("Mme Claire").or_(leo.person("Claire Martin"))).to_contain_text("not here")
        await claire.open(place)
        await leo.may_write()


async def test_removed(visit: Visit, space: Space) -> None:
    """A removed pupil's page says so at once; neither a reload nor the old link nor a new tab leads in again."""
    claire, leo = await visit("claire", space.server), await visit("leo", space.server)
    link = await space.link("leo")
    await claire.enter(await space.link("claire"))
    await leo.enter(link)
    leo.watcher.tolerate(FORBIDDEN)
    await leo.write("My last words")
    await claire.sees("My last words")  # else it may be on its way when he is removed
    await claire.act_on("Leo Girard", "Remove from the project")
    await expect(claire.dialog).to_contain_text("Remove Leo Girard from the project?")
    await claire.dialog.get_by_role("button", name="Remove", exact=True).click()

    await expect(leo.page.get_by_role("heading", name="You have left this project")).to_be_visible()
    await expect(leo.texts).to_have_count(0)
    place = leo.page.url
    await leo.page.reload()
    await leo.sees_connection("ended")
    await expect(leo.page.get_by_test_id("message-list")).to_have_count(0)
    await leo.open("about:blank")
    await leo.open(link)
    await expect(leo.page.get_by_role("heading", name="This link has been used or has expired")).to_be_visible()
    await leo.open(place)
    await leo.sees_connection("ended")
    await leo.open(space.server.url)
    await expect(leo.page.get_by_role("heading", name="Open your invitation link")).to_be_visible()

    await expect(claire.person("Leo Girard")).to_have_count(0)
    await claire.sees("My last words")


async def test_signing_out(enter: Enter, space: Space) -> None:
    """Signing out ends every tab of that person in this browser."""
    leo: Person = await enter("leo")
    leo.watcher.tolerate(FORBIDDEN)
    place = leo.page.url
    await leo.page.get_by_role("button", name="Sign out").click()
    await leo.dialog.get_by_role("button", name="Sign out").click()
    await expect(leo.page.get_by_role("heading", name="Open your invitation link")).to_be_visible()
    await leo.open(place)
    await expect(leo.page.get_by_role("heading", name="You are signed out")).to_be_visible()


async def test_invitation_link_from_the_page(visit: Visit, enter: Enter, space: Space) -> None:
    """A link that a teacher makes for a pupil works once: in a third browser, not in a fourth."""
    claire: Person = await enter("claire")
    await claire.act_on("Zoe Lambert", "New invitation link")
    await expect(claire.page.get_by_test_id("sheet-unreachable")).to_contain_text("127.0.0.1")
    box = claire.dialog.get_by_role("textbox", name="Link")
    link = await box.input_value()
    speak(link.partition("#")[2])
    await expect(claire.dialog).to_contain_text("It works once.")
    await claire.dialog.get_by_role("button", name="Close").click()
    await expect(claire.dialog).to_have_count(0)

    zoe = await visit("zoe", space.server)
    await zoe.enter(link)
    await zoe.write("Thank you for the link")
    await claire.sees("Thank you for the link")
    other = await visit("other", space.server)
    await other.open(link)
    await expect(other.page.get_by_role("heading", name="This link has been used or has expired")).to_be_visible()


async def test_adding_a_pupil(visit: Visit, enter: Enter, space: Space) -> None:
    """A teacher adds a pupil and gets the link with which the pupil comes in; the other class sees the alias."""
    claire: Person = await enter("claire")
    jan: Person = await enter("jan")
    await claire.page.get_by_role("button", name="Add somebody").click()
    await claire.dialog.get_by_role("textbox", name="Name", exact=True).fill("Amina Diallo")
    await claire.dialog.get_by_role("textbox", name="Name for the partner class").fill("Amina D.")
    await claire.dialog.get_by_role("button", name="Add and make a link").click()
    await expect(claire.dialog).to_contain_text("Invitation link for Amina Diallo")
    link = await claire.dialog.get_by_role("textbox", name="Link").input_value()
    speak(link.partition("#")[2])

    amina = await visit("amina", space.server)
    await amina.enter(link)
    await amina.write("Bonjour, je suis nouvelle")
    await jan.sees("Bonjour, je suis nouvelle")
    await expect(jan.page.locator(".group__author")).to_have_text("Amina D.")
    await expect(jan.person("Amina D.")).to_contain_text("here now")
    assert not jan.watcher.heard("Diallo")


async def test_group_room(enter: Enter) -> None:
    """A teacher makes a group room; pupils see it at once, closed, and write in it when it is open."""
    claire: Person = await enter("claire")
    leo: Person = await enter("leo")
    await claire.page.get_by_role("button", name="New group room").click()
    await claire.dialog.get_by_role("textbox", name="Name of the room").fill("Les fleuves")
    await claire.dialog.get_by_role("button", name="Make the room").click()
    await expect(claire.dialog).to_have_count(0)
    await leo.go_to_room("Les fleuves")
    await leo.may_not_write("room_closed", "This room is closed")
    await claire.go_to_room("Les fleuves")
    await claire.switch("Open for pupils", on=True)
    await leo.may_write()
    await leo.write("Ici, on parle de la Loire")
    await claire.sees("Ici, on parle de la Loire")
    await claire.go_to_room(ROOM)
    await expect(claire.texts).to_have_count(0)
    rooms = leo.page.get_by_role("navigation", name="Rooms")
    await expect(rooms.get_by_role("link")).to_have_count(2)  # a pupil is not told of the staff room
    await expect(claire.page.get_by_role("navigation", name="Rooms").get_by_role("link")).to_have_count(3)


async def test_visitor(visit: Visit, space: Space) -> None:
    """A visitor belongs to no class, reads along, and writes once a teacher has allowed it."""
    new = NewMember(Role.VISITOR, "Rosa Lindqvist", "Guest R.")
    space.members["visitor"] = (await space.administration.add_member(space.project, new)).id
    claire, visitor = await visit("claire", space.server), await visit("visitor", space.server)
    for person in (claire, visitor):
        await person.enter(await space.link(person.name))
    await visitor.may_not_write("capability_off", "Writing is switched off for you")
    await claire.act_on("Rosa Lindqvist", "Allow writing")
    await visitor.may_write()
    await visitor.write("I work at the water museum")
    await claire.sees("I work at the water museum")
    await expect(claire.page.get_by_role("heading", name="Visitors")).to_be_visible()
