"""The browsers of the tests marked `browser`; as a script: are there any?"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FIREFOX = ("firefox-esr", "firefox")
# it runs as root in CI, and asks nobody but the site
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


def executable(names: tuple[str, ...] = CHROMIUM) -> str | None:
    """Path of a browser on PATH; without one, Playwright looks for its own."""
    return next(filter(None, map(shutil.which, names)), None)


def its_own(browser: str) -> Path:
    """Where Playwright installs `chromium` or `firefox`."""
    with sync_playwright() as playwright:
        return Path(getattr(playwright, browser).executable_path)


if __name__ == "__main__":
    names = {"chromium": CHROMIUM, "firefox": FIREFOX}
    there = [executable(names[each]) or its_own(each).exists() for each in names]
    sys.exit(not all(there))
