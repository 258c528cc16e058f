"""What a teacher decides about a call holds at the server: seen in what others receive, not on the page only."""

from collections.abc import Callable

from playwright.async_api import expect

from tests.browser.calling import Caller
from tests.browser.calls import all_in, come_in_with, see_each_other, shown_to
from tests.browser.space import ROOM, Space, open_space
from tests.browser.visits import Visit
from tests.wire.server import Server

STILL_LOOKS = 10
"""Looks at the counters in a row, together two seconds, in which nothing may come any more: ten beeps' time."""

KEEP_SENDING = """
for (const peer of window.__peers) {
  for (const sender of peer.getSenders()) {
    if (sender.track !== null) sender.track.enabled = true;
    sender.replaceTrack = async () => {};
  }
}
"""
"""A page that does not obey: whatever it is told, its tracks go on being sent."""


async def packets_from(viewer: Caller, kind: str) -> int:
    """RTP packets of one kind that a page has received in all."""
    counts = await viewer.page.evaluate("(kind) => window.__counted(kind, 'packetsReceived')", kind)
    return sum(counts.values())


async def nothing_comes(viewer: Caller, kind: str) -> None:
    """Wait until the packets of a kind stand still for some looks in a row."""
    await viewer.page.evaluate("() => { window.__still = { looks: 0, count: -1 }; }")
    await viewer.until(
        """async ([kind, looks]) => {
          const counts = await window.__counted(kind, "packetsReceived");
          const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
          const still = window.__still;
          still.looks = count === still.count ? still.looks + 1 : 0;
          still.count = count;
          return still.looks >= looks;
        }""",
        [kind, STILL_LOOKS],
    )


async def test_muted_pupil_is_not_forwarded(visit: Visit, space: Space) -> None:
    """A pupil's page that goes on sending against a teacher's will is not heard, until the teacher lets it."""
    come_in = come_in_with(visit, space)
    claire, ewa, leo = await come_in("claire"), await come_in("ewa"), await come_in("leo")
    await leo.join()
    await claire.join(microphone=False, camera=False)
    await ewa.join(microphone=False, camera=False)
    await ewa.receives(pictures=1, voices=1)
    await leo.page.evaluate(KEEP_SENDING)
    await claire.act_on("Leo Girard", "Switch the microphone off")
    await expect(leo.page.get_by_text("A teacher has switched your microphone off.")).to_be_visible()
    await nothing_comes(ewa, "audio")
    await ewa.receives(pictures=1)

    await leo.page.reload()
    await leo.person.is_in()
    await leo.join(microphone=False)
    await ewa.receives(pictures=1)
    await nothing_comes(ewa, "audio")
    await expect(leo.bar.get_by_role("button", name="Mic")).to_be_disabled()


async def test_removed_pupil_is_not_forwarded(visit: Visit, space: Space) -> None:
    """Whoever is removed from the call is gone at once, is told so, and cannot come in again until let in."""
    callers = await all_in(come_in_with(visit, space), "claire", "ewa", "leo")
    await see_each_other(callers)
    claire, ewa, leo = callers.values()
    await leo.page.evaluate(KEEP_SENDING)
    await claire.act_on("Leo Girard", "Remove from the call")
    await claire.person.dialog.get_by_role("button", name="Remove").click()
    await expect(leo.page.get_by_test_id("call-over")).to_contain_text("A teacher has asked you to leave this call")
    await expect(ewa.tile(shown_to("ewa", "leo"))).to_have_count(0)
    await ewa.receives(pictures=1)
    await expect(leo.page.get_by_role("button", name="Join the call")).to_have_count(0)
    await leo.page.reload()
    await leo.person.is_in()
    await expect(leo.page.get_by_test_id("call-over")).to_be_visible()
    await expect(leo.page.get_by_role("button", name="Join the call")).to_have_count(0)

    await claire.person.bring("People")
    await claire.page.get_by_test_id("people").get_by_role("button", name="Actions for Leo Girard").click()
    await claire.page.get_by_role("menuitem", name="Let into the call").click()
    await leo.join()
    await see_each_other(callers)


async def test_pupils_pause_without_a_teacher(visit: Visit, own_server: Callable[..., Server]) -> None:
    """When the last teacher has gone, pupils neither see nor hear each other; when one is back, they do."""
    async with open_space(own_server(teacher_grace=0.5)) as space:
        callers = await all_in(come_in_with(visit, space), "claire", "leo", "jan")
        await see_each_other(callers)
        claire, leo, jan = callers.values()
        place = claire.page.url
        await claire.person.open(space.server.url)
        await expect(leo.page.get_by_text("No teacher is here just now. Pupils are not heard")).to_be_visible()
        await nothing_comes(jan, "video")
        await nothing_comes(jan, "audio")
        await claire.person.open(place)
        await expect(leo.page.get_by_text("No teacher is here just now. Pupils are not heard")).to_have_count(0)
        await jan.receives(pictures=1, voices=1)


async def test_closed_room_ends_pupils_call(visit: Visit, space: Space) -> None:
    """A teacher closes the room: its pupils are out of the call, its teachers go on."""
    callers = await all_in(come_in_with(visit, space), "claire", "ewa", "leo")
    await see_each_other(callers)
    claire, ewa, leo = callers.values()
    await claire.person.switch("Open for pupils", on=False)
    await expect(leo.bar).to_have_count(0)
    await expect(leo.page.get_by_test_id("room-title")).to_have_text(ROOM)
    await expect(ewa.tile(shown_to("ewa", "leo"))).to_have_count(0)
    await ewa.receives(pictures=1)
    assert await leo.peers() == []


async def test_all_pupils_muted_and_one_let_speak(visit: Visit, space: Space) -> None:
    """Everybody's microphones are off, one raises a hand and is let speak: that one is heard, the other is not."""
    callers = await all_in(come_in_with(visit, space), "claire", "leo", "jan")
    await see_each_other(callers)
    claire, leo, jan = callers.values()
    await claire.press("Pupils")
    await claire.page.get_by_role("menuitem", name="Switch all pupils’ microphones off").click()
    for pupil in (leo, jan):
        await expect(pupil.bar.get_by_role("button", name="Mic")).to_be_disabled()
    await claire.press("Mic")
    await nothing_comes(leo, "audio")
    await jan.press("Hand")
    await claire.page.get_by_role("button", name="Ask Janek to speak").click()
    await jan.page.get_by_role("button", name="Switch on", exact=True).click()
    await leo.receives(pictures=2, voices=1)
    await expect(leo.bar.get_by_role("button", name="Mic")).to_be_disabled()
