"""Whoever reads by ear, by keyboard, enlarged, or without motion."""

import subprocess
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.reading.conftest import LANGUAGES, PAGES, ROOT

pytestmark = pytest.mark.browser


GONE = "gone.html"  # not there: the host shows 404.html
# in a window that has all of a page in sight: code gets its buttons only there
FINISHED = """() => !document.querySelector("nav.md-code__nav:not([role])")
    && [...document.querySelectorAll("pre:has(> code)")].every(
        e => e.querySelector("button") || !e.checkVisibility()
    )"""
KINDS = ("index.html", "loss.html", "notebooks/loss.html", "glossary.html", GONE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_violation(page, language):
    """Contrast, which takes most of its time, is the same on all pages of a kind."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    names = [name for name in PAGES if not name.startswith("notebooks/")]
    rules = {"color-contrast": {"enabled": False}}
    assert violations(page, [language + name for name in names], rules) == []


@pytest.mark.parametrize(("scheme", "named"), [("light", "default"), ("dark", "slate")])
def test_axe_finds_no_violation_on_a_page_of_each_kind(page, scheme, named):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert violations(page, KINDS) == []
    assert page.locator("body").get_attribute("data-md-color-scheme") == named


def violations(page, names, rules=None) -> list[str]:
    found = []
    options = {"resultTypes": ["violations"], "rules": rules or {}}
    for name in names:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(name)
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_function(FINISHED)
        result = Axe().run(page, options=options)
        found += [
            f"{name}: {violation['id']}: {node['html'][:200]}"
            for violation in result.response["violations"]
            for node in violation["nodes"]
        ]
    return found


def test_the_html_is_valid(site_with_notebooks):
    program = ROOT / ".cache/node/node_modules/.bin/html-validate"
    assert program.is_file(), "html-validate is missing; run `make browsers`"
    settings = ROOT / "tests/reading/html-validate.json"
    node = Path(sys.executable).with_name("node")  # the system's may be too old
    checked = subprocess.run(
        (node, program, "--config", settings, site_with_notebooks),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_keyboard_goes_to_the_text_first(page, base_url):
    page.goto("en/data.html")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_contain_class("md-skip")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base_url}en/data.html#data")


@pytest.mark.parametrize("name", ["index.html", "en/model.html"])
def test_what_has_the_focus_shows_it(page, name):
    page.goto(name)
    for _ in range(40):
        page.keyboard.press("Tab")
        unseen = page.evaluate("""() => {
            const e = document.activeElement
            const style = getComputedStyle(e)
            const shown = style.outlineStyle != "none" || style.boxShadow != "none"
            const caret = e.matches("input, body")  // body: nothing has it
            return shown || caret ? null : e.outerHTML.slice(0, 200)
        }""")
        assert unseen is None


def test_a_page_enlarged_four_times_is_still_read_downwards(page):
    page.set_viewport_size({"width": 1280 // 4, "height": 1024 // 4})
    for name in KINDS:  # test_phone.py looks at all pages in this width
        page.goto(name)
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{name} is {too_wide} px too wide"


def test_nothing_moves_for_those_who_ask_for_it(page):
    page.emulate_media(reduced_motion="reduce")
    page.goto("data.html")
    moving = page.evaluate("""() => [...document.querySelectorAll("*")].filter(e =>
        /[1-9]/.test(getComputedStyle(e).transitionDuration)
        || /[1-9]/.test(getComputedStyle(e).animationDuration)
    ).length""")
    assert moving == 0
