// In place of the service worker when the setting `offline_page` is false: takes away what was kept, and itself. Pages
// that are open stay as they are.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  const forget = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith("page-")).map((name) => caches.delete(name)),
    );
    await self.registration.unregister();
  };
  event.waitUntil(forget());
});
