// A service worker: the page opens without a network once it has been opened with one. What the server has comes first;
// what was kept from the last time is for when there is none.
const kept = "logitape-playground";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(self.clients.claim()));
self.addEventListener("message", event => event.waitUntil(caches.open(kept).then(cache => cache.addAll(event.data))));
self.addEventListener("fetch", event => {
  const {request} = event;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  event.respondWith((async () => {
    const cache = await caches.open(kept);
    try {
      const fresh = await fetch(request);
      if (fresh.ok) await cache.put(request, fresh.clone());
      return fresh;
    } catch (error) {
      const old = await cache.match(request, {ignoreSearch: true});
      if (old) return old;
      throw error;
    }
  })());
});
