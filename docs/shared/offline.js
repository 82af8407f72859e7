/* Keeps this edition for reading without network. publishing/offline.py writes `version`
   and `files` above. What the network gives comes first, so nothing kept is ever stale. */
const edition = `book ${registration.scope} `
const current = edition + version

addEventListener("install", event => event.waitUntil(keep()))
addEventListener("activate", event => event.waitUntil(forget()))
addEventListener("fetch", event => {
  const { method, url } = event.request
  if (method === "GET" && url.startsWith(registration.scope)) event.respondWith(answer(event.request))
})

async function keep() {
  const cache = await caches.open(current)
  await cache.addAll(files)
  await skipWaiting()
}

async function forget() {
  for (const name of await caches.keys())
    if (name.startsWith(edition) && name !== current) await caches.delete(name)
  await clients.claim()
}

async function answer(request) {
  try {
    return await fetch(request)
  } catch (error) {
    const kept = await caches.match(request, { ignoreSearch: true })
    if (kept) return kept
    throw error
  }
}
