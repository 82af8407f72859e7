/* Adds to Material's script, which defines alert$ and component$. */
{
  const root = new URL("..", document.currentScript.src).href

  // The header is not replaced when Material shows the next page without a load, so the
  // address of the other language is worked out when its link is used.
  const language = document.querySelector(".language-link")
  const otherRoot = language.dataset.root && new URL(language.dataset.root, location).href
  if (otherRoot)
    language.addEventListener("click", () => {
      language.href = otherRoot + location.href.slice(root.length)
    })

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
  component$.subscribe(({ ref }) => {
    for (const number of ref.querySelectorAll("[data-md-annotation-id]"))
      number.parentElement.ariaLabel = number.dataset.mdAnnotationId
    if (ref.tagName === "CODE")
      ref.parentElement.querySelector(".md-code__nav")?.setAttribute("role", "none")
  })
}
