"""What a test sees of a call from inside a browser: its peer connections' statistics, and pictures of known colours."""

import re
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser.person import Person

MEDIA_MS = 45_000
"""Milliseconds to wait for pictures or sound, with six browsers that encode on two cores."""

FRAMES_MIN = 5
"""Pictures by which a stream that goes on has grown: not the rest of a jitter buffer."""

AUDIO_ENERGY_MIN = 1e-6
"""By which the energy (webrtc-stats totalAudioEnergy) of a voice grows within one beep; silence adds nothing."""

COLOUR_STEP_MAX = 40
"""By how much encoding may change each part (0 to 255) of a colour."""

PEERS = """
window.__peers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    window.__peers.push(this);
  }
};
"""
"""Keeps every peer connection that the page makes, so that its statistics can be asked for from outside."""

PICTURE_WIDTH, PICTURE_HEIGHT, PICTURES_PER_SECOND = 320, 180, 10
"""Small pictures: six browsers encode and decode each other's on two cores."""

COLOURS = {
    "claire": (200, 30, 30),
    "ewa": (30, 160, 30),
    "leo": (30, 60, 210),
    "zoe": (200, 180, 20),
    "jan": (170, 40, 180),
    "ola": (20, 170, 180),
}
"""The colour of each one's camera: what tells, in a test, whose picture is seen. Far apart, also after encoding."""

CAMERA = """
(([red, green, blue], width, height, rate) => {
  if (navigator.mediaDevices === undefined) return; // about:blank is no secure context
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  function picture() {
    const element = document.createElement("canvas");
    Object.assign(element, { width, height });
    const context = element.getContext("2d", { alpha: false });
    let step = 0;
    const paint = () => {
      context.fillStyle = `rgb(${red} ${green} ${blue})`;
      context.fillRect(0, 0, width, height);
      context.fillStyle = `rgb(${red + 20} ${green + 20} ${blue + 20})`;
      context.fillRect((step += 5) % width, 0, 20, 20);
    };
    paint();
    const stream = element.captureStream(rate);
    const timer = setInterval(paint, 1000 / rate);
    const [track] = stream.getVideoTracks();
    const stop = track.stop.bind(track);
    track.stop = () => { clearInterval(timer); stop(); };
    return track;
  }
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const { video, ...others } = wanted;
    const stream = others.audio ? await ask(others) : new MediaStream();
    if (video) {
      stream.addTrack(picture());
    }
    return stream;
  };
  navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([picture()]);
})
"""
"""A camera of one colour in place of the browser's fake one; the microphone stays the fake one, which beeps."""

STATISTICS = """
window.__statistics = async () => {
  const found = [];
  for (const [index, peer] of window.__peers.entries()) {
    if (peer.connectionState === "closed") continue;
    const report = await peer.getStats();
    const all = [...report.values()];
    const pair = all.find((one) => one.type === "transport")?.selectedCandidatePairId;
    const chosen = pair === undefined ? undefined : report.get(pair);
    found.push({
      index,
      state: peer.connectionState,
      local: chosen && report.get(chosen.localCandidateId),
      remote: chosen && report.get(chosen.remoteCandidateId),
      inbound: all.filter((one) => one.type === "inbound-rtp"),
      outbound: all.filter((one) => one.type === "outbound-rtp"),
    });
  }
  return found;
};
window.__until = async (check, milliseconds) => {
  const end = performance.now() + milliseconds;
  for (;;) {
    if (await check()) return;
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
window.__colourOf = (video) => {
  if (video.readyState < 2 || video.videoWidth === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
window.__counted = async (kind, name) => {
  const counts = {};
  for (const { index, inbound } of await window.__statistics()) {
    for (const stream of inbound.filter((one) => one.kind === kind)) {
      counts[`${index}/${stream.mid}`] = stream[name] ?? 0;
    }
  }
  return counts;
};
window.__growing = async (kind, name, wanted, leastGrowth) => {
  const now = await window.__counted(kind, name);
  const key = `${kind}/${name}`;
  const before = ((window.__before ??= {})[key] ??= now);
  return Object.keys(now).filter((one) => now[one] - (before[one] ?? 0) >= leastGrowth).length >= wanted;
};
"""
"""W3C webrtc-stats of all open peer connections; whether so many incoming streams have gone on since first asked."""


@dataclass(frozen=True)
class Peer:
    """One peer connection: its state, both ends of its chosen path, and its streams (names of W3C webrtc-stats)."""

    index: int
    state: str
    local: dict[str, Any] | None
    remote: dict[str, Any] | None
    inbound: list[dict[str, Any]]
    outbound: list[dict[str, Any]]


async def keep_peers(context: BrowserContext, name: str | None = None) -> None:
    """Before the first page opens: keep its peer connections. `name`: whose colour its camera shows."""
    await context.add_init_script(PEERS + STATISTICS)
    if name is not None:
        given = f"({list(COLOURS[name])}, {PICTURE_WIDTH}, {PICTURE_HEIGHT}, {PICTURES_PER_SECOND});"
        await context.add_init_script(CAMERA + given)


async def peers(page: Page) -> list[Peer]:
    """The open peer connections of a page, the oldest first."""
    return [Peer(**found) for found in await page.evaluate("window.__statistics()")]


class Caller:
    """A person in the call of the room that is open."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page = person.page

    # --- Coming and going ---

    async def open_lobby(self) -> None:
        """Go where one sees and hears oneself, to start or to join the call."""
        await self.page.get_by_role("button", name=re.compile("^(Start a call|Join the call)$")).click()
        await expect(self.person.dialog).to_be_visible()

    async def join(self, camera: bool = True, microphone: bool = True, class_camera: bool = False) -> None:
        """Start or join the call by way of the lobby."""
        lobby = self.person.dialog
        if not await lobby.is_visible():
            await self.open_lobby()
        await self._set(lobby, "Camera", camera)
        await self._set(lobby, "Mic", microphone)
        if class_camera:
            await lobby.get_by_role("radio", name=re.compile("^As class camera")).check()
        await lobby.get_by_role("button", name=re.compile("^(Start the call|Join now)$")).click()
        await expect(self.bar).to_be_visible()

    @property
    def leave_button(self) -> Locator:
        """The one in the bar; it has a menu for a teacher who is not alone."""
        return self.bar.get_by_role("button", name=re.compile("^Leave"))

    async def leave(self) -> None:
        """Leave it; a teacher who is not alone lets the others go on."""
        asks = await self.leave_button.get_attribute("aria-haspopup")
        await self.leave_button.click()
        if asks is not None:
            await self.page.get_by_role("menuitem", name="Leave, the others go on").click()
        await expect(self.bar).to_have_count(0)

    async def press(self, button: str) -> None:
        """Press a button of the bar, by the beginning of its name."""
        await self.bar.get_by_role("button", name=re.compile(f"^{button}")).click()

    async def act_on(self, name: str, action: str) -> None:
        """Choose an action in the menu of somebody's tile."""
        await self.tile(name).hover()
        await self.tile(name).get_by_role("button", name=re.compile("^Actions for")).click()
        await self.page.get_by_role("menuitem", name=action, exact=True).click()

    # --- What there is ---

    @property
    def bar(self) -> Locator:
        """The buttons of whoever is in the call."""
        return self.page.get_by_test_id("call-bar")

    def tile(self, name: str, medium: str = "video") -> Locator:
        """The tile of somebody, by a part of the name it shows."""
        return self.page.locator(f"[data-testid=tile][data-medium={medium}]").filter(has_text=name)

    # --- What is seen and heard ---

    async def sees_colour(self, name: str, colour: str) -> None:
        """Wait until the tile of `name` shows an uncovered picture of the colour of `colour`."""
        # Looked for anew each time: the tile becomes another one when somebody's way changes.
        await self.until(
            """([name, wanted, step]) => {
              const tiles = [...document.querySelectorAll("[data-testid=tile][data-medium=video]")];
              const tile = tiles.find(({ textContent }) => textContent.includes(name));
              const video = tile?.querySelector("video:not([data-covered=true])") ?? null;
              const seen = video === null ? null : window.__colourOf(video);
              return seen !== null && seen.every((part, i) => Math.abs(part - wanted[i]) <= step);
            }""",
            [name, COLOURS[colour], COLOUR_STEP_MAX],
        )

    async def receives(self, pictures: int, voices: int = 0) -> None:
        """Wait until so many incoming pictures and voices go on from now."""
        await self.page.evaluate("() => { window.__before = {}; }")
        await self.until(
            "async (asked) => (await Promise.all(asked.map((one) => window.__growing(...one)))).every(Boolean)",
            [
                ["video", "framesDecoded", pictures, FRAMES_MIN],
                ["audio", "totalAudioEnergy", voices, AUDIO_ENERGY_MIN],
            ],
        )

    async def peers(self) -> list[Peer]:
        """See `peers`."""
        return await peers(self.page)

    async def until(self, check: str, given: object = None, milliseconds: int = MEDIA_MS) -> None:
        """Wait until a JavaScript function of `given`, which may be async, says yes: statistics have no event."""
        await self.page.evaluate(
            f"(given) => window.__until(() => ({check})(given), {milliseconds})",
            given,
        )

    @staticmethod
    async def _set(lobby: Locator, device: str, wanted: bool) -> None:
        button = lobby.get_by_role("button", name=re.compile(f"^{device}"))
        if (await button.get_attribute("aria-pressed") == "true") is not wanted:
            await button.click()
