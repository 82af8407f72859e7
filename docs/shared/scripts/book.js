/* Adds to Material's script, which defines alert$ and component$. */
{
  // The other language opens at the section that is being read.
  const language = document.querySelector(".language-link")
  language.addEventListener("click", () => (language.hash = location.hash))

  addEventListener("click", async event => {
    const link = event.target.closest("[data-copied-message]")
    if (!link || !navigator.clipboard || event.metaKey || event.ctrlKey) return
    event.preventDefault()
    try {
      const page = await fetch(link.href)
      await navigator.clipboard.writeText(await page.text())
      alert$.next(link.dataset.copiedMessage)
    } catch {
      location.assign(link.href)
    }
  })

  // Figures that a reader moves. Without their module, the figure stands still; browsers
  // load none from a disk.
  for (const each of document.querySelectorAll(".explorable")) {
    const standStill = () => each.replaceWith(...each.childNodes)
    if (location.protocol === "file:") standStill()
    else import(`./explorables/${each.localName.replace("theta-", "")}.js`).catch(standStill)
  }

  // What has moved to another page is read there.
  const moved = document.getElementById(location.hash.slice(1))
  if (moved?.closest(".moved")) location.replace(moved.href)

  // For screen readers: the number of an annotation is drawn by CSS and is no name, and
  // the <nav> around each copy button would be one of many landmarks without a name.
  // Material tells of hundreds of components at once; one look a frame is enough.
  let frame
  component$.subscribe(() => (frame ??= requestAnimationFrame(name)))

  function name() {
    frame = undefined
    for (const number of document.querySelectorAll("[data-md-annotation-id]"))
      number.parentElement.ariaLabel = number.dataset.mdAnnotationId
    for (const nav of document.querySelectorAll("nav.md-code__nav:not([role])"))
      nav.setAttribute("role", "none")
  }

  // Which chapters have been read to their end; kept in this browser, told to nobody.
  const others = document.querySelector(".other-pages")
  const chapters = [...document.querySelectorAll(".md-nav--primary .md-nav__link[href]")]
  const nameOf = link => new URL(link.href).pathname.split("/").pop().replace(".html", "")
  const read = new Set()
  try {
    for (const name of JSON.parse(localStorage.getItem("read") ?? "[]")) read.add(name)
  } catch {}
  for (const link of chapters)
    if (read.has(nameOf(link)))
      link.insertAdjacentHTML("beforeend", `<span class="tick" role="img" aria-label="${others.dataset.read}">✓</span>`)
  const next = chapters.find(link => !read.has(nameOf(link)))
  const start = document.querySelector(".hero-buttons a")
  if (start && next && read.size) {
    start.href = next.href
    start.textContent = `${others.dataset.continue} ${next.textContent.trim()}`
  }
  const chapter = document.querySelector(".page-head")?.dataset.chapter
  if (chapter && others)
    new IntersectionObserver(entries => {
      if (!entries.some(entry => entry.isIntersecting)) return
      try {
        localStorage.setItem("read", JSON.stringify([...read.add(chapter)]))
      } catch {}
    }).observe(others)

  // Fields for answers; a page that is opened from a disk may load no module.
  if (document.querySelector("theta-answer") && location.protocol != "file:")
    import("./answers.js")
}
