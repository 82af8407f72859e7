"""Every page in both languages, loaded once: by ear, on three screens, on paper."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from publishing.page import chapters
from tests.reading.conftest import LANGUAGES, PAGES, ROOT, violations

pytestmark = pytest.mark.browser
# longer than 3 500 words and their code: what they take, and no sheet more
LONG = {"minibatches": 17, "layers": 20, "mistakes": 21, "saving": 16}
SHEETS = {f"{name}.html": LONG.get(name, 15) for name in chapters(ROOT)}
OFF = {rule: {"enabled": False} for rule in ("color-contrast", "link-in-text-block")}
# What is wrong on the page that is open, in words.
LOOK = """async () => {
    const wrong = []
    const tell = (what, element) =>
        wrong.push(`${what}: ${element.textContent.trim().slice(0, 60)}`)
    for (const details of document.querySelectorAll("details")) details.open = true
    await new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))
    if (document.documentElement.scrollWidth > innerWidth)
        wrong.push("wider than the screen")
    const content = document.querySelector(".md-content")
    const outputs = ".language-text code, .jp-RenderedText pre"
    for (const output of content.querySelectorAll(outputs))
        if (getComputedStyle(output).whiteSpace != "pre") tell("wraps", output)
    for (const number of content.querySelectorAll(".equation-number")) {
        const { left, right } = number.getBoundingClientRect()
        if (left < 0 || right > innerWidth) tell("a number is out of sight", number)
    }
    for (const code of content.querySelectorAll("td code"))
        if (!/\\s/.test(code.textContent) && code.getClientRects().length > 1)
            tell("broken in a cell", code)
    const range = document.createRange()
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
        const text = walker.currentNode, before = text.previousSibling
        if (!/^[가-힣]/.test(text.data) || !before?.textContent) continue
        const last = [...before.getClientRects()].pop()
        range.setStart(text, 0)
        range.setEnd(text, 1)
        const particle = range.getBoundingClientRect()
        if (last && particle.top >= last.bottom)
            tell("alone on a line", { textContent: before.textContent + text.data })
    }
    return wrong
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_quiet_and_in_one_piece(page, complaints, language):
    """Colors, which take most of axe's time, are the same on all pages of a kind."""
    wrong = []
    palettes = itertools.cycle(("default", "slate"))  # a choice holds for the next page
    palette = next(palettes)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    for name in PAGES:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(language + name)
        body = page.locator("body")
        expect(body).to_have_attribute("data-md-color-scheme", palette)
        page.locator("label[for^=__palette]:visible").click()
        palette = next(palettes)
        expect(body).to_have_attribute("data-md-color-scheme", palette)
        found = []
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("wider than the screen")
        if not name.startswith("notebooks/"):
            found += violations(page, OFF)
        if name in SHEETS:
            sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))
            if sheets > SHEETS[name]:
                found.append(f"takes {sheets} sheets instead of {SHEETS[name]}")
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            found += [f"{width} px: {each}" for each in page.evaluate(LOOK)]
        wrong += [f"{language}{name}: {each}" for each in found]
    assert complaints == []
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)
