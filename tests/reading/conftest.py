"""The built site as its readers meet it: in a real browser."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import FLAGS, executable

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("docs/ko/*.md"))
PAGES = [
    *(f"{source.stem}.html" for source in SOURCES),
    *(
        f"notebooks/{source.stem}.html"  # of each page with exercises
        for source in SOURCES
        if "??? solution" in source.read_text(encoding="utf-8")
    ),
]
LANGUAGES = ("", "en/")
# in a window that has all of a page in sight: code gets its buttons only there
FINISHED = """() => !document.querySelector("nav.md-code__nav:not([role])")
    && [...document.querySelectorAll("pre:has(> code)")].every(
        e => e.querySelector("button") || !e.checkVisibility()
    )"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {
        **browser_type_launch_args,
        "executable_path": executable(),
        "args": FLAGS,
    }


@pytest.fixture(scope="session")
def site(site_with_notebooks):
    return site_with_notebooks


@pytest.fixture(scope="session")
def base_url(site_url):
    return site_url


@pytest.fixture
def complaints(page, base_url):
    """What the browser reports, and each request that leaves the site's host."""
    heard = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))

    def left(request):
        if not request.url.startswith((base_url, "data:")):
            heard.append(f"left the site: {request.url}")

    def missing(response):
        if response.status >= 400:
            heard.append(f"{response.status}: {response.url}")

    page.on("request", left)
    page.on("response", missing)
    return heard


@pytest.fixture
def arithmetic(page):
    """Calls what a script exports: arithmetic("fit-line", "leastSquares", points)."""

    def call(element: str, function: str, *arguments):
        if not page.url.endswith("index.html"):
            page.goto("index.html")
        path = f"./scripts/explorables/{element}.js"
        code = (
            "async ([path, name, given]) => "
            "(await import(new URL(path, document.baseURI)))[name](...given)"
        )
        return page.evaluate(code, [path, function, arguments])

    return call


def violations(page, rules=None) -> list[str]:
    """What axe finds on the page that is open."""
    page.set_viewport_size({"width": 1280, "height": 800})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 1280, "height": height})
    page.wait_for_function(FINISHED)
    options = {"resultTypes": ["violations"], "rules": rules or {}}
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page, options=options).response["violations"]
        for node in violation["nodes"]
    ]
