"""The browser of the tests marked `browser`; as a script: is there one?"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
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


def executable() -> str | None:
    """Path of a Chromium on PATH; without one, Playwright looks for its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def its_own() -> Path:
    """Where Playwright installs a Chromium."""
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


if __name__ == "__main__":
    sys.exit(not (executable() or its_own().exists()))
