"""Whoever reads by ear, by keyboard, enlarged, or without motion."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.reading.conftest import ROOT, violations

pytestmark = pytest.mark.browser


GONE = "gone.html"  # not there: the host shows 404.html
KINDS = ("index.html", "loss.html", "notebooks/loss.html", "glossary.html", GONE)


@pytest.mark.parametrize(("scheme", "named"), [("light", "default"), ("dark", "slate")])
def test_axe_finds_no_violation_on_a_page_of_each_kind(page, scheme, named):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    for name in KINDS:
        page.goto(name)
        assert violations(page) == [], name
    assert page.locator("body").get_attribute("data-md-color-scheme") == named


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


def test_the_keyboard_goes_to_the_text_first(page):
    page.goto("en/data.html")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    expect(skip).to_contain_class("md-skip")
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    # not the address: the theme takes "#data" out again where no heading is passed
    page.keyboard.press("Tab")
    expect(page.locator("article :focus")).to_be_visible()


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
