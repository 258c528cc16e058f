"""The page opens without a network or a server, says so in the reader's language, and comes back by itself."""

from collections.abc import Callable
from typing import Any

from playwright.async_api import expect

from tests.browser.looks import TWO_VIEWS, require_accessible
from tests.browser.person import Person
from tests.browser.space import TITLE, open_space
from tests.browser.visits import Visit
from tests.browser.watcher import OUTAGE
from tests.wire.server import Server

KEPT = """
async () => {
  await navigator.serviceWorker.ready;
  const names = await caches.keys();
  const paths = [];
  for (const name of names) {
    for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname);
  }
  return { names, paths };
}
"""

HAS_REPORT = "() => caches.keys().then((names) => caches.open(names[0])).then((kept) => kept.keys()).then(\
  (kept) => kept.some(({ url }) => url.includes('/ReportDialog-')))"

IS_FORGOTTEN = """
async () => {
  const registered = await navigator.serviceWorker.getRegistrations();
  return registered.length === 0 && (await caches.keys()).length === 0;
}
"""

DRAFT = "Pas encore fini"


async def keep(person: Person) -> dict[str, Any]:
    """Wait until the browser keeps the page and what it has loaded; what that is."""
    await person.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    await person.page.wait_for_function(HAS_REPORT)
    return dict(await person.page.evaluate(KEPT))


async def test_opened_without_a_server(visit: Visit, own_server: Callable[..., Server]) -> None:
    """Reloaded while the server is away: what is wrong, what is not lost; then all is sent. Later it is forgotten."""
    server = own_server()
    async with open_space(server) as space:
        claire = await visit("claire", server, locale="fr-FR", service_workers="allow")
        claire.watcher.tolerate(OUTAGE)
        await claire.open(await space.link("claire"))
        await claire.page.get_by_role("main").get_by_role("button").first.click()
        await claire.is_in()
        kept = await keep(claire)
        assert len(kept["names"]) == 1
        assert all(path == "/" or path.startswith("/assets/") for path in kept["paths"]), kept["paths"]

        server.kill()
        await claire.sees_connection("waiting")
        await claire.write("Écrit sans réseau")
        await claire.input.fill(DRAFT)
        await claire.page.reload()
        card = claire.page.get_by_test_id("no-connection")
        await expect(card).to_contain_text("Le serveur est injoignable")
        await expect(card).to_contain_text("Rien de ce que tu as écrit n’est perdu")
        await expect(card).to_contain_text("1 message")
        await require_accessible(claire.page, "no server", TWO_VIEWS)
        await card.get_by_role("button", name="Signaler un problème").click()
        report = await claire.dialog.get_by_role("textbox").input_value()
        for fact in (f"member: {space.members['claire']}", "is_kept: true", "waiting: 1", "phase: ", "language: fr"):
            assert fact in report
        assert "sans" not in report
        await claire.dialog.get_by_role("button", name="Envoyer au serveur").click()
        await expect(claire.dialog).to_contain_text("L’envoi n’a pas marché")
        await claire.page.keyboard.press("Escape")

        server.start()
        await claire.sees_connection("online")
        await claire.sees("Écrit sans réseau")
        await expect(claire.input).to_have_value(DRAFT)

        server.stop()
        server.overrides["offline_page"] = False
        server.start()
        await claire.page.reload()
        await claire.is_in()
        await claire.page.wait_for_function(IS_FORGOTTEN)


async def test_opened_without_a_network(visit: Visit, own_server: Callable[..., Server]) -> None:
    """The browser says that it is offline: so does the page, in Arabic, and it goes on when the network is back."""
    server = own_server()
    async with open_space(server) as space:
        zoe = await visit("zoe", server, locale="ar-EG", service_workers="allow")
        zoe.watcher.tolerate(OUTAGE)
        await zoe.open(await space.link("zoe"))
        await zoe.page.get_by_role("main").get_by_role("button").first.click()
        await zoe.is_in()
        await keep(zoe)
        await zoe.context.set_offline(True)
        await zoe.page.reload()
        await zoe.sees_connection("offline")
        await expect(zoe.page.get_by_test_id("no-connection")).to_contain_text("أنت غير متصل")
        await expect(zoe.connection).to_contain_text("لا يوجد اتصال بالإنترنت.")
        await zoe.page.goto(server.url)
        await expect(zoe.page.get_by_role("main")).to_contain_text("لم يرد الخادم")
        await zoe.context.set_offline(False)
        await expect(zoe.page.get_by_role("link")).to_contain_text(TITLE)
