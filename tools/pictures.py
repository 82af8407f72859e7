"""`make pictures`: what links to the book and README.md show, taken from the site.

docs/shared/card.ko.png and card.en.png are the first page without its header, and
chapter.png a chapter as it looks on a wide screen.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from tests.browser import FLAGS, executable
from tests.server import serve

ROOT = Path(__file__).parents[1]
CARD = {"width": 1200, "height": 630}  # what pages that show a link expect
ALONE = """
    body > :not(.md-container), .md-main ~ *, .hero ~ * { display: none !important }
    .md-content__inner:has(.hero) { max-width: 54rem; margin: 0 auto }
    .hero { height: 600px; margin: 0 !important }
    .hero-buttons, figcaption { display: none !important }
"""


def main() -> None:
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = (sys.executable, "-m", "mkdocs", "build", "-q", "--site-dir", folder)
        subprocess.run(
            command, cwd=ROOT, check=True, env=os.environ | {"NOTEBOOKS": "0"}
        )
        chromium = playwright.chromium
        browser = chromium.launch(executable_path=executable(), args=FLAGS)
        with serve(Path(folder)) as url:
            take(browser, f"{url}index.html", "card.ko.png", CARD, ALONE)
            take(browser, f"{url}en/index.html", "card.en.png", CARD, ALONE)
            wide = {"width": 1280, "height": 800}
            take(browser, f"{url}en/loss.html#bowl", "chapter.png", wide)


def take(browser: Browser, url: str, file: str, size: dict, style: str = "") -> None:
    page = browser.new_page(viewport=size)
    page.goto(url)
    page.add_style_tag(content=style or " ")
    page.wait_for_timeout(500)  # until fonts are there, and the page has scrolled
    page.screenshot(path=ROOT / "docs/shared" / file)
    page.close()


if __name__ == "__main__":
    main()
