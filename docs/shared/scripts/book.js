/* On top of Material's script, whose document$ tells of every page that is shown. */
{
  const script = document.currentScript
  const root = new URL("..", script.src).href

  // The header stays when a page is turned without a load: its link is made when used.
  const language = document.querySelector(".book-language")
  const other = language.dataset.root && new URL(language.dataset.root, location).href
  language.addEventListener("click", () => {
    if (other && location.href.startsWith(root))
      language.href = other + location.href.slice(root.length)
  })

  addEventListener("click", async event => {
    const link = event.target.closest("[data-copied]")
    if (!link || !navigator.clipboard || event.metaKey || event.ctrlKey) return
    event.preventDefault()
    try {
      const page = await fetch(link.href)
      await navigator.clipboard.writeText(await page.text())
      alert$.next(link.dataset.copied)
    } catch {
      location.assign(link.href)
    }
  })

  // Each copy button comes in a <nav>: too many landmarks, and all without a name.
  // The number of an annotation is drawn by the style sheet, and is no name either.
  // Material tells of hundreds of components at once; a look a frame is enough.
  let frame
  component$.subscribe(() => (frame ??= requestAnimationFrame(mend)))

  function mend() {
    frame = undefined
    for (const number of document.querySelectorAll("[data-md-annotation-id]"))
      number.parentElement.ariaLabel = number.dataset.mdAnnotationId
    for (const nav of document.querySelectorAll("nav.md-code__nav")) {
      const group = document.createElement("div")
      group.className = nav.className
      group.append(...nav.childNodes)
      nav.replaceWith(group)
    }
  }

  // While the next page is on its way, the address is the next page's already: the place
  // where its reader stands on this one does not belong there.
  const replace = history.replaceState
  let shown = location.pathname
  document$.subscribe(() => (shown = location.pathname))
  history.replaceState = (...state) => {
    if (location.pathname === shown) replace.apply(history, state)
  }

  // What is out of sight is laid out piece by piece, while nobody waits. Who comes back
  // to a page has it whole at once, since the place to come back to is a height; so is
  // a page that is left, before the height is noted.
  const { classList } = document.documentElement
  const { type } = performance.getEntriesByType("navigation")[0]
  let back = type !== "navigate"
  addEventListener("popstate", () => {
    back = true
    classList.add("book-whole")
  })
  addEventListener("pagehide", makeWhole)
  addEventListener("click", event => event.target.closest("a[href]") && makeWhole(), true)

  function makeWhole() {
    if (classList.contains("book-whole")) return
    const pieces = [...document.querySelectorAll(".md-content__inner > *")]
    const read = pieces.find(piece => piece.getBoundingClientRect().bottom > 0)
    const before = read?.getBoundingClientRect().top
    classList.add("book-whole")
    const after = read?.getBoundingClientRect().top
    scrollBy({ top: after - before, behavior: "instant" })
    dispatchEvent(new Event("scroll")) // for Material, which notes where it was last seen
  }

  document$.subscribe(() => {
    classList.toggle("book-whole", back)
    back = false
    const pieces = document.querySelectorAll(".md-content__inner > *").values()
    const later = work => window.requestIdleCallback?.(work)
    later(function layOut(deadline) {
      do {
        const piece = pieces.next().value
        if (!piece) return
        piece.classList.add("book-laid")
        piece.getBoundingClientRect()
      } while (deadline.timeRemaining() > 10)
      later(layOut)
    })
  })

  // Whoever turns a page is reading: from then on the book is there without network too.
  let pages = document.referrer.startsWith(root) ? 1 : 0
  document$.subscribe(() => {
    pages += 1
    if (pages === 2 && script.dataset.offline && navigator.serviceWorker)
      navigator.serviceWorker.register(new URL(script.dataset.offline, root))
  })
}
