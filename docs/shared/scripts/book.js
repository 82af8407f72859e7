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
}
