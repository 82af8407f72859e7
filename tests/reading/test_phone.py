"""Every page on a narrow screen: whole equations, whole outputs, words in one piece."""

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES, PAGES

pytestmark = pytest.mark.browser

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


COVERED = """() => {
    const range = document.createRange(), wrong = []
    for (const button of document.querySelectorAll(".md-code__button")) {
        const nav = button.getBoundingClientRect()
        const code = button.closest("pre")?.querySelector("code")
        if (!nav.height || !code) continue
        range.selectNodeContents(code)
        const covered = line =>
            line.top < nav.bottom && line.bottom > nav.top && line.right > nav.left
        if ([...range.getClientRects()].some(covered)) wrong.push(code.textContent)
    }
    return wrong
}"""


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_screen_shows_everything_in_one_piece(page, language, width):
    page.set_viewport_size({"width": width, "height": 800})
    wrong = []
    for chapter in PAGES:
        page.goto(language + chapter)
        wrong += [f"{language}{chapter}: {each}" for each in page.evaluate(LOOK)]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_copy_buttons_cover_no_code(page, language):
    # so high that all code is in sight: only then has it its button
    page.set_viewport_size({"width": 390, "height": 40_000})
    page.goto(f"{language}loss.html")
    page.wait_for_selector("pre:last-of-type .md-code__button")
    assert page.locator(".md-code__button").count() > 20
    assert page.evaluate(COVERED) == []


@pytest.mark.parametrize("width", [390, 320])
def test_an_annotation_stands_below_the_line_that_it_explains(page, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("training.html")
    page.locator(".highlight + ol").scroll_into_view_if_needed()
    numbers = page.locator(".md-annotation__index")
    expect(numbers).to_have_count(4)
    for number in numbers.all():
        number.click()
        bubble = page.locator(".md-tooltip--active")
        bubble.evaluate("e => Promise.all(e.getAnimations().map(a => a.finished))")
        above, below = number.bounding_box(), bubble.bounding_box()
        assert above["y"] + above["height"] <= below["y"]
        assert below["x"] >= 0 and below["x"] + below["width"] <= width
        page.mouse.click(5, 300)
        expect(bubble).to_have_count(0)
