"""Two editions: links between translations, and English, built beside Korean."""

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.__main__ import cli
from mkdocs.config.defaults import MkDocsConfig

from publishing.page import CONFIGURATIONS

PREVIEW = "BOOK_PREVIEW"  # set for English while `mkdocs serve` shows Korean

# Builds of English are copies of a process that has loaded MkDocs once: under
# `mkdocs serve`, loading it for each would take as long as building.
_processes = multiprocessing.get_context(
    "spawn" if sys.platform == "win32" else "forkserver"
)
_processes.set_forkserver_preload(["publishing.plugin", "mkdocs_jupyter.plugin"])


def is_korean(config: MkDocsConfig) -> bool:
    return config.theme["language"] == "ko"


def link_translations(config: MkDocsConfig, base_url: str, url: str) -> None:
    """Gives the templates links to the same page in each language.

    `link` is relative, so right under any host; `url` is for those who read the page
    elsewhere.
    """
    up = base_url.rstrip("/") + ("/" if is_korean(config) else "/../")
    config.extra["scope"] = up  # where Material keeps the palette, for both editions
    site_url = config.site_url or ""
    site_url = site_url if is_korean(config) else site_url.removesuffix("en/")
    for alternate in config.extra["alternate"]:
        folder = "" if alternate["lang"] == "ko" else f"{alternate['lang']}/"
        alternate["link"] = up + folder + url
        alternate["url"] = site_url + folder + url


def build_english(config: MkDocsConfig, preview: bool) -> BaseProcess:
    """Starts `mkdocs build` with mkdocs.en.yml, into en/ of the Korean site."""
    environment = {
        "SITE_URL": urljoin(config.site_url, "en/") if config.site_url else "",
        "NO_MKDOCS_2_WARNING": "1",
    }
    if preview:
        environment[PREVIEW] = "1"
    file = Path(config.config_file_path).with_name(CONFIGURATIONS["en"])
    site = Path(config.site_dir, "en")
    command = ["build", "--config-file", str(file), "--site-dir", str(site)]
    process = _processes.Process(target=_run, args=(command, environment))
    process.start()
    return process


def _run(command: list[str], environment: dict[str, str]) -> None:
    os.environ.update(environment)
    cli(command)
