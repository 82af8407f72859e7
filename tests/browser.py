"""The browser of the tests marked `browser`; as a script: is there one?"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Path of a Chromium on PATH; without one, Playwright looks for its own."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def has_its_own() -> bool:
    """Whether Playwright has installed a Chromium."""
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    sys.exit(not (executable() or has_its_own()))
