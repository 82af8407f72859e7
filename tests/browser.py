"""The browser of the tests marked `browser`; as a script: is there one?"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Path of a Chromium: one on PATH, or the one that Playwright has installed."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        return own if Path(own).exists() else None


if __name__ == "__main__":
    sys.exit(executable() is None)
