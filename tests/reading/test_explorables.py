"""Figures that a reader moves: what holds for each, by keys and without scripts."""

import gzip
import json
import re

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES, ROOT

pytestmark = pytest.mark.browser
EXPLORABLES = sorted(
    (path.parent.name, path.stem, json.loads(path.read_text(encoding="utf-8")))
    for path in ROOT.glob("snippets/outputs/*/*.json")
    if '"element"' in path.read_text(encoding="utf-8")
)
# how far what is already shown has moved, as browsers measure it
SHIFT = """() => new Promise(done => {
    const add = list => done(list.getEntries().reduce((sum, one) => sum + one.value, 0))
    new PerformanceObserver(add).observe({type: "layout-shift", buffered: true})
    setTimeout(() => done(0), 300)
})"""
BROKEN = [
    "?",
    "?slope=NaN&eta=1e999&n=-3&shape=가나",
    "?%00=%ff&&=&?#",
    "?" + 9999 * "1",
]
each = pytest.mark.parametrize(
    ("name", "figure", "given"), EXPLORABLES, ids=[name for name, *_ in EXPLORABLES]
)


def opened(page, name: str, figure: str, query: str = "", language: str = "en/"):
    """The explorable in the figure, when it has drawn itself."""
    page.goto(f"{language}{name}.html#figure-{figure}{query}")
    explorable = page.locator(f"#figure-{figure} .explorable")
    expect(explorable.locator("output")).not_to_be_empty(timeout=20_000)
    return explorable


@each
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_shows_itself_in_the_page_s_language(
    page, complaints, name, figure, given, language
):
    explorable = opened(page, name, figure, language=language)
    expect(explorable.locator(".stage")).to_be_visible()
    expect(explorable.locator(":scope > .figure")).to_be_hidden()
    for told in (explorable.locator("output"), explorable.locator(".invite")):
        hangul = re.search("[가-힣]", told.text_content())
        assert bool(hangul) == (language == "")
    for slider in explorable.locator("input[type=range]").all():
        number = slider.locator("xpath=..").locator(".number")
        number_of = "each => each.value ?? each.textContent"
        assert slider.get_attribute("aria-valuetext") == number.evaluate(number_of)
        # heard once, or a field with a name of its own
        assert number.get_attribute("aria-hidden") or number.get_attribute("aria-label")
    assert complaints == []


@each
def test_without_scripts_and_on_paper_the_figure_stands_still(
    browser, base_url, name, figure, given
):
    page = browser.new_context(java_script_enabled=False, base_url=base_url).new_page()
    page.goto(f"{name}.html")
    expect(page.locator(f"#figure-{figure} .figure svg").first).to_be_visible()
    page.context.close()
    page = browser.new_context(base_url=base_url).new_page()
    explorable = opened(page, name, figure)
    page.emulate_media(media="print")
    expect(page.locator(f"#figure-{figure} .figure svg").first).to_be_visible()
    expect(explorable.locator(".stage")).to_be_hidden()
    page.context.close()


@each
def test_keys_change_it_and_its_link_leads_back(page, name, figure, given):
    """Each control that takes a value, by keys; the address then holds the state."""
    explorable = opened(page, name, figure)
    sliders = explorable.locator("input[type=range]").all()
    for slider in sliders:
        before = slider.input_value()
        slider.focus()
        page.keyboard.press("ArrowRight")
        if slider.input_value() == before:
            page.keyboard.press("ArrowLeft")
        assert slider.input_value() != before
    page.wait_for_timeout(600)
    values = [slider.input_value() for slider in sliders]
    said = explorable.locator("output").text_content()
    link = explorable.locator(".situation").get_attribute("href")
    page.goto("about:blank")
    again = opened(page, name, figure, link.partition("?")[1] + link.partition("?")[2])
    assert [
        each.input_value() for each in again.locator("[type=range]").all()
    ] == values
    expect(again.locator("output")).to_have_text(said)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_click_copies_the_link_and_the_page_stays_where_it_is(page, allowed):
    if allowed:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        gone = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
        page.add_init_script(gone)
    explorable = opened(page, "loss", "surface")
    explorable.get_by_role("slider").first.fill("2.5")
    link = explorable.locator(".situation")
    expect(link).to_have_attribute("href", "#figure-surface?intercept=2.5")
    link.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    place = page.evaluate("scrollY")
    link.click()
    told = "Copied" if allowed else "The address bar has it"
    expect(link).to_have_text(told)
    expect(link).to_have_attribute("aria-live", "polite")
    assert page.evaluate("scrollY") == place
    if allowed:
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == link.evaluate("link => link.href")
    expect(link).to_have_text("Copy a link to this situation", timeout=8000)


@each
def test_the_site_s_keys_do_not_leave_the_page_from_a_figure(page, name, figure, given):
    """Elsewhere n and p turn the page, and s opens the search."""
    explorable = opened(page, name, figure)
    where = page.url
    for focused in (explorable.locator("button, a, [role=listbox]").all())[:3]:
        focused.focus()
        for key in "nps.,/f":
            page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert page.url.partition("#")[0] == where.partition("#")[0]
        assert focused.evaluate("focused => focused === document.activeElement")


@each
def test_after_a_link_to_a_situation_the_next_tab_is_in_the_figure(
    page, name, figure, given
):
    opened(page, name, figure, "?")
    page.keyboard.press("Tab")
    inside = f"document.activeElement.closest('#figure-{figure}') !== null"
    assert page.evaluate(inside)


@each
@pytest.mark.parametrize("query", BROKEN)
def test_an_address_edited_by_hand_breaks_nothing(
    page, complaints, name, figure, given, query
):
    explorable = opened(page, name, figure, query)
    expect(explorable.locator(".stage")).to_be_visible()
    assert complaints == []


@each
def test_a_thousand_clicks_a_second_break_nothing(
    page, complaints, name, figure, given
):
    explorable = opened(page, name, figure)
    for button in explorable.locator("button").all():
        button.evaluate("button => { for (let n = 0; n < 1000; n++) button.click() }")
    page.wait_for_timeout(500)
    expect(explorable.locator("output")).not_to_be_empty()
    assert complaints == []


@each
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_it_fits_the_screen_and_moves_nothing_below(page, name, figure, given, width):
    page.set_viewport_size({"width": width, "height": 844})
    explorable = opened(page, name, figure)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for box in explorable.locator("svg, .controls, output, button").all():
        if seen := box.bounding_box():
            assert seen["x"] >= 0
            assert seen["x"] + seen["width"] <= width + 1
    shift = page.evaluate(SHIFT)
    assert shift < 0.01


@each
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_one_sees_what_a_control_does(
    browser, base_url, name, figure, given, language
):
    """The panels, the summary, and the first slider or field; nothing moves away."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    context = browser.new_context(base_url=base_url, is_mobile=True, **phone)
    page = context.new_page()
    explorable = opened(page, name, figure, language=language)
    explorable.locator(".panels").evaluate(
        "panels => scrollBy(0, panels.getBoundingClientRect().top - 48)"
    )
    page.wait_for_timeout(300)
    bottom = page.locator("header").first.bounding_box()["height"]
    for part in (".panels", ".summary", "input"):
        box = explorable.locator(part).first.bounding_box()
        assert box["y"] >= bottom - 1, part  # below what is above it
        bottom = box["y"] + box["height"]
    assert bottom <= 844
    place = "controls => controls.offsetTop"
    controls = explorable.locator(".controls")
    before = controls.evaluate(place)
    for slider in explorable.locator("input[type=range]").all():
        for end in ("min", "max"):
            slider.fill(slider.get_attribute(end))
            page.wait_for_timeout(50)
            assert controls.evaluate(place) == before
    for button in explorable.get_by_role("button").all():
        button.evaluate("button => button.click()")
        page.wait_for_timeout(50)
        assert controls.evaluate(place) == before
    context.close()


@pytest.mark.parametrize(
    ("name", "figure"), [("learning_rate", "axes"), ("layers", "bends")]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_to_choose_from_has_room_for_its_words(page, name, figure, language):
    explorable = opened(page, name, figure, language=language)
    lists = explorable.locator("select").all()
    assert lists
    for select in lists:
        room, words = select.evaluate("""select => {
            const empty = select.cloneNode(true)
            for (const option of empty.options) option.text = ""
            const text = document.createElement("span")
            text.style.font = getComputedStyle(select).font
            text.style.whiteSpace = "pre"
            select.after(empty, text)
            const width = element => element.getBoundingClientRect().width
            const room = width(select) - width(empty)
            const words = Array.from(select.options, option => {
                text.textContent = option.text
                return width(text)
            })
            empty.remove()
            text.remove()
            return [room, Math.max(...words)]
        }""")
        assert words <= room


@pytest.mark.parametrize(
    ("name", "figure"),
    [("loss", "surface"), ("learning_rate", "axes"), ("layers", "bends")],
)
def test_a_finger_drags_a_dot_and_not_the_page(browser, base_url, name, figure):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    context = browser.new_context(base_url=base_url, is_mobile=True, **phone)
    page = context.new_page()
    explorable = opened(page, name, figure)
    handle = explorable.locator(".handle").first
    handle.evaluate("handle => handle.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    finger, scrolled = context.new_cdp_session(page), page.evaluate("scrollY")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for way in range(0, 50, 2):
        kind = "touchMove" if way else "touchStart"
        places = [{"x": x - way, "y": y + way}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        page.wait_for_timeout(16)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == scrolled
    moved = handle.bounding_box()
    way = abs(moved["x"] - box["x"]) + abs(moved["y"] - box["y"])
    assert way > 35  # a browser that takes the finger for itself does so after 16 px
    context.close()


def test_a_finger_that_scrolls_changes_no_slider(browser, base_url):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    context = browser.new_context(base_url=base_url, is_mobile=True, **phone)
    page = context.new_page()
    explorable = opened(page, "learning_rate", "axes")
    slider = explorable.get_by_label("θ₀")
    slider.evaluate("slider => slider.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(300)
    value, scrolled = slider.input_value(), page.evaluate("scrollY")
    box, finger = slider.bounding_box(), context.new_cdp_session(page)
    x, y = box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2
    for up in range(0, 200, 10):
        kind, places = "touchMove" if up else "touchStart", [{"x": x, "y": y - up}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        page.wait_for_timeout(16)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > scrolled
    assert slider.input_value() == value
    page.touchscreen.tap(x, slider.bounding_box()["y"] + box["height"] / 2)
    page.wait_for_timeout(100)
    assert slider.input_value() != value
    context.close()


def test_what_is_said_follows_at_once_and_is_spoken_when_it_ends(page):
    explorable = opened(page, "loss", "surface")
    before = explorable.locator("output").text_content()
    slider = explorable.locator("input[type=range]").first
    shown, spoken = slider.evaluate("""slider => new Promise(done => {
        slider.value = Number(slider.value) - 1
        slider.dispatchEvent(new Event("input", { bubbles: true }))
        const stage = slider.closest(".stage")
        const text = name => stage.querySelector(name).textContent
        requestAnimationFrame(() => requestAnimationFrame(
            () => done([text(".summary"), text("output")])))
    })""")
    assert spoken == before != shown
    expect(explorable.locator("output")).to_have_text(shown)


@each
def test_the_language_switch_keeps_the_situation(page, name, figure, given):
    explorable = opened(page, name, figure)
    control = explorable.locator("input").first
    if control.get_attribute("type") == "range":
        control.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
    else:
        control.fill("(2, 1)")
    page.wait_for_timeout(400)
    value = control.input_value()
    page.locator(".language-link").evaluate("link => link.click()")
    page.wait_for_url(re.compile(rf"theta/{name}\.html"))
    again = page.locator(f"#figure-{figure} .explorable input").first
    expect(again).to_have_value(value)


def test_its_code_is_loaded_only_where_one_stands_and_is_small(site):
    scripts = site / "scripts/explorables"
    sizes = {
        path.stem: len(gzip.compress(path.read_bytes()))
        for path in scripts.glob("*.js")
    }
    for element, size in sizes.items():
        assert element == "base" or sizes["base"] + size <= 12_000, element
    for page in site.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "scripts/explorables" not in html
