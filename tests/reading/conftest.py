"""The built site as its readers meet it: in a real browser."""

from pathlib import Path

import pytest

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
