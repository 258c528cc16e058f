"""What people wait for in calls, measured in real browsers: `make bench-calls`. Nothing here is asserted in tests.

Joining until the first picture and until the best ones, the longest gap while a call goes over from mesh to sfu,
freezes at 5 % loss, and the time without pictures after a media worker was killed. Prints a table and, as its last
line, JSON. All times are ms.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Browser

import hatch_build
from loadtests.topology.process import free_port
from tests.browser import chromium
from tests.browser.calling import Caller
from tests.browser.calls import ComeIn, all_in, come_in_with, see_each_other, shown_to
from tests.browser.drawn_camera import draw_camera
from tests.browser.media_line import FRONT, MediaLine
from tests.browser.space import open_space
from tests.browser.visits import Visitors
from tests.wire.server import Server

ROOT = Path(__file__).resolve().parents[2]
MILLISECONDS = 1000

JOINS = 20
PERCENTILE = 95

CLIMBS = 10
"""Joins until the best layer, of which each takes some seconds."""

LARGE_LINES, GALLERY_LINES = 720, 360
"""Lines of the best layer: of a picture that has the screen to itself, and of one of many."""

GALLERY = ("claire", "ewa", "leo", "zoe", "jan")
"""Who is in the call already when the sixth comes."""

LOSS = 0.05
LOSSY_SECONDS = 20
SETTLING_SECONDS = 15
"""Until layers have been chosen, on the line that loses: each better one begins with a keyframe."""

SERVER_ONLY: dict[str, Any] = {"mesh_participants_max": 0}

FIRST_PICTURE = """
() => {
  window.__first = new Promise((resolve) => {
    document.addEventListener("click", () => {
      const pressed = performance.now();
      const look = () => {
        const videos = [...document.querySelectorAll("[data-testid=tile] video:not([data-covered=true])")];
        const others = videos.filter(({ dataset }) => dataset.mirrored !== "true");
        if (others.some(({ readyState, videoWidth }) => readyState >= 2 && videoWidth > 0)) {
          resolve(performance.now() - pressed);
        } else {
          setTimeout(look, 5);
        }
      };
      look();
    }, { capture: true, once: true });
  });
}
"""
"""From the press of "Join now" until the picture of somebody else stands on the page."""

BEST_PICTURES = """
([pictures, lines, patience]) => {
  window.__best = new Promise((resolve) => {
    const click = ({ target }) => {
      if (target.closest("button")?.textContent.trim() !== "Join now") return; // nor the camera's
      removeEventListener("click", click, true);
      const pressed = performance.now();
      const look = () => {
        const videos = [...document.querySelectorAll("[data-testid=tile] video:not([data-covered=true])")];
        const others = videos.filter(({ dataset }) => dataset.mirrored !== "true");
        const waited = performance.now() - pressed;
        if (others.filter(({ videoHeight }) => videoHeight >= lines).length >= pictures) {
          resolve(waited);
        } else if (waited > patience) {
          resolve(patience);
        } else {
          setTimeout(look, 20);
        }
      };
      look();
    };
    addEventListener("click", click, true);
  });
}
"""
"""From the press of "Join now" until so many pictures of others have so many lines."""

PATIENCE_MS = 60_000
"""Milliseconds after which layers that have not come count as missed, as on a machine that is too busy for them."""

WATCH_GAPS = """
() => {
  const gaps = (window.__gaps = { video: 0, audio: 0, isOver: false });
  const last = {};
  const seen = (kind, key, count) => {
    const now = performance.now();
    const before = last[key];
    if (before === undefined || count > before.count) {
      last[key] = { count, at: now };
    }
    if (before !== undefined) gaps[kind] = Math.max(gaps[kind], now - before.at);
  };
  const look = async () => {
    if (gaps.isOver) return;
    for (const [kind, name] of [["video", "framesDecoded"], ["audio", "packetsReceived"]]) {
      const counts = Object.values(await window.__counted(kind, name));
      // Over all connections: the old and the new one carry the same person, and either will do.
      const total = counts.reduce((sum, count) => sum + count, 0);
      if ((last[kind]?.count ?? 0) > total) last[kind].count = total; // a connection was closed
      if (total > 0) seen(kind, kind, total);
    }
    setTimeout(look, 20);
  };
  look();
}
"""
"""The longest times without any new picture, and without any new packet of sound, of the one other person."""


@asynccontextmanager
async def scene(browser: Browser, **settings: Any) -> AsyncIterator[tuple[ComeIn, Server]]:
    """A server of its own, and people who come in."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), **settings).start()
        visitors = Visitors(browser)
        try:
            async with open_space(server) as space:
                yield come_in_with(visitors.visit, space), server
        finally:
            await visitors.leave()
            server.close()


async def measure_joins(browser: Browser) -> dict[str, float]:
    """One person publishes; another joins, sees and leaves, again and again."""
    waited = []
    async with scene(browser, **SERVER_ONLY) as (come_in, _):
        await (await come_in("claire")).join()
        leo = await come_in("leo")
        for _ in range(JOINS):
            await leo.page.get_by_role("button", name="Join the call").click()
            await leo.page.evaluate(FIRST_PICTURE)
            await leo.person.dialog.get_by_role("button", name="Join now").click()
            waited.append(await leo.page.evaluate("window.__first"))
            await leo.leave()
    return {
        "joins": JOINS,
        "median": statistics.median(waited),
        "p95": statistics.quantiles(waited, n=100, method="inclusive")[PERCENTILE - 1],
        "max": max(waited),
    }


async def measure_climb(browser: Browser) -> dict[str, float]:
    """One person publishes 720 lines in three layers; another joins and leaves when they are there, again and again."""
    async with scene(browser, **SERVER_ONLY) as (come_in, _):
        await (await come_in("claire", own_colour=False)).join()
        return _spread(await _climbs(await come_in("leo"), 1, LARGE_LINES))


async def measure_gallery(browser: Browser) -> dict[str, float]:
    """The same with five who publish 360 lines in two layers, until all of them are seen in the better one.

    Those five only hear: what they would decode, too, would be a measurement of two cores.
    """
    async with scene(browser, **SERVER_ONLY) as (come_in, _):
        for place, name in enumerate(GALLERY):
            caller = await come_in(name, own_colour=False)
            await draw_camera(caller.person.context, place * 60)
            await caller.page.reload()
            await caller.person.is_in()
            await caller.join()
            await _see_nothing(caller)
        return _spread(await _climbs(await come_in("ola"), len(GALLERY), GALLERY_LINES))


async def _see_nothing(caller: Caller) -> None:
    await caller.press("Settings")
    await caller.person.dialog.get_by_role("radio", name="The sound only").check()
    await caller.person.dialog.get_by_role("button", name="Close").first.click()


async def _climbs(viewer: Caller, pictures: int, lines: int) -> list[float]:
    waited = []
    for _ in range(CLIMBS):
        await viewer.open_lobby()
        await viewer.page.evaluate(BEST_PICTURES, [pictures, lines, PATIENCE_MS])
        await viewer.join(camera=False)
        waited.append(await viewer.page.evaluate("window.__best"))
        await viewer.leave()
    return waited


def _spread(waited: list[float]) -> dict[str, float]:
    return {
        "joins": len(waited),
        "median": statistics.median(waited),
        "min": min(waited),
        "max": max(waited),
        "missed": sum(one >= PATIENCE_MS for one in waited),
    }


async def measure_switch(browser: Browser) -> dict[str, float]:
    """Two teachers are connected directly; a pupil comes, and all goes over the server."""
    async with scene(browser) as (come_in, _):
        callers = await all_in(come_in, "claire", "ewa")
        await see_each_other(callers)
        leo = await come_in("leo")
        for caller in callers.values():
            await caller.page.evaluate(WATCH_GAPS)
        await leo.join()
        await leo.receives(pictures=2, voices=2)
        for caller in callers.values():  # it is over when nothing comes from browser to browser any more
            await caller.until("async () => (await window.__statistics()).length === 2")
        gaps = [
            await caller.page.evaluate("() => (window.__gaps.isOver = true, window.__gaps)")
            for caller in callers.values()
        ]
    return {"video_gap": max(gap["video"] for gap in gaps), "audio_gap": max(gap["audio"] for gap in gaps)}


async def measure_loss(browser: Browser) -> dict[str, float]:
    """Two people over a line that loses every twentieth packet, each way."""
    line = MediaLine(free_port())
    settings = {"media_udp_port": line.port, "media_public_addresses": [FRONT], **SERVER_ONLY}
    try:
        async with scene(browser, **settings) as (come_in, _):
            callers = await all_in(come_in, "claire", "leo", own_colour=False)
            for caller in callers.values():
                await caller.receives(pictures=1, voices=1)
            line.loss = LOSS
            await asyncio.sleep(SETTLING_SECONDS)
            before = [await _video(caller) for caller in callers.values()]
            await asyncio.sleep(LOSSY_SECONDS)
            after = [await _video(caller) for caller in callers.values()]
            sent = [stream for caller in callers.values() for peer in await caller.peers() for stream in peer.outbound]
    finally:
        line.close()

    def grown(name: str) -> float:
        return float(sum(now.get(name, 0) - then.get(name, 0) for now, then in zip(after, before, strict=True)))

    return {
        "seconds": LOSSY_SECONDS,
        "lost_on_the_line": line.to_server.lost + line.to_browser.lost,
        "freezes": grown("freezeCount"),
        "frames": grown("framesDecoded"),
        "rtx_received": grown("retransmittedPacketsReceived"),
        "rtx_sent": sum(stream.get("retransmittedPacketsSent", 0) for stream in sent),
    }


async def measure_death(browser: Browser) -> dict[str, float]:
    """The media worker is killed; how long until each sees new pictures."""
    async with scene(browser, **SERVER_ONLY) as (come_in, server):
        callers = await all_in(come_in, "claire", "leo", "jan")
        await see_each_other(callers)
        (worker,) = [one for one in psutil.Process(server.pid).children() if "media.worker" in one.cmdline()]
        began = time.monotonic()
        os.kill(worker.pid, signal.SIGKILL)

        async def back(viewer: str, caller: Caller) -> float:
            # New connections: the old ones' streams do not go on.
            await caller.receives(pictures=len(callers) - 1)
            for name in callers:
                if name != viewer:
                    await caller.sees_colour(shown_to(viewer, name), name)
            return (time.monotonic() - began) * MILLISECONDS

        times = await asyncio.gather(*(back(name, caller) for name, caller in callers.items()))
    return {"participants": len(callers), "back_max": max(times)}


async def _video(caller: Caller) -> dict[str, Any]:
    streams = [one for peer in await caller.peers() for one in peer.inbound if one["kind"] == "video"]
    return max(streams, key=lambda one: float(one.get("framesDecoded", 0)))


MEASUREMENTS = {
    "join": measure_joins,
    "best layer": measure_climb,
    "best layers of a gallery": measure_gallery,
    "mesh to sfu": measure_switch,
    "loss": measure_loss,
    "killed worker": measure_death,
}


async def _measure(wanted: list[str]) -> dict[str, dict[str, float]]:
    found = {}
    async with chromium.launched() as browser:
        for name in wanted:
            found[name] = {key: round(value, 1) for key, value in (await MEASUREMENTS[name](browser)).items()}
            print(f"{name}: {found[name]}", file=sys.stderr)
    return found


def main() -> None:
    """Measure what is named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.measure_calls", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of: {', '.join(MEASUREMENTS)}; none: all")
    names = parser.parse_args().names or list(MEASUREMENTS)
    hatch_build.build(ROOT)
    print(json.dumps(asyncio.run(_measure(names))))


if __name__ == "__main__":
    main()
