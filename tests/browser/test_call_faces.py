"""A face never stands over another's name, however often the one picture that is sent changes from one to another."""

import pytest

from tests.browser.calling import COLOURS, Caller
from tests.browser.calls import all_in, come_in_with, shown_to
from tests.browser.space import Space
from tests.browser.visits import Visit

ROUNDS = 2
"""How often each of the others is chosen."""

LONG_SECONDS = 240
"""For five browsers and a dozen changes."""

LAG = 0.3
"""Seconds by which the server's words come later than its packets: a new face would be there before its name."""

FACES_MIN = 60
"""Looks that must have found a picture: else nothing was proved."""

COLOUR_DISTANCE_MAX = 120
"""Summed over red, green and blue: what encoding may change. The nearest two colours are 200 apart."""

LOOK_AT_EVERY_FRAME = """
([people, most]) => {
  const found = (window.__faces = { right: 0, wrong: [] });
  const look = () => {
    for (const tile of document.querySelectorAll("[data-testid=tile][data-medium=video]")) {
      const video = tile.querySelector("video:not([data-covered=true])");
      const isSeen = video !== null && getComputedStyle(video).visibility === "visible";
      const colour = isSeen ? window.__colourOf(video) : null;
      const person = people.find(([name]) => tile.textContent.includes(name));
      if (colour === null || person === undefined) continue;
      const distance = colour.reduce((sum, part, i) => sum + Math.abs(part - person[1][i]), 0);
      if (distance <= most) found.right += 1;
      else found.wrong.push([person[0], colour]);
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


@pytest.mark.timeout(LONG_SECONDS)
async def test_slot_shows_whose_name_it_bears(visit: Visit, space: Space) -> None:
    """One person takes one picture only and chooses whose, again and again: every frame seen is of that person."""
    come_in = come_in_with(visit, space)
    others = ("claire", "ewa", "leo")
    await all_in(come_in, *others)
    viewer: Caller = await come_in("jan", line=True)
    viewer.person.line.lag = LAG
    await viewer.join(camera=False, microphone=False)
    await viewer.press("Settings")
    await viewer.person.dialog.get_by_role("radio", name="One picture and the sound").check()
    await viewer.person.dialog.get_by_role("button", name="Close").first.click()

    people = [[shown_to("jan", name), COLOURS[name]] for name in others]
    await viewer.page.evaluate(LOOK_AT_EVERY_FRAME, [people, COLOUR_DISTANCE_MAX])
    for _ in range(ROUNDS):
        for name in others:
            await viewer.act_on(shown_to("jan", name), "Show large")
            await viewer.sees_colour(shown_to("jan", name), name)
    faces = await viewer.page.evaluate("window.__faces")
    assert faces["wrong"] == []
    assert faces["right"] >= FACES_MIN
