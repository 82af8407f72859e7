"""An MkDocs hook: links translations, builds English after Korean."""

import shutil
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from publishing import pages

_site: Path | None = None  # on_build_error is not told where MkDocs was building
_command = "build"


def on_startup(command: str, dirty: bool) -> None:
    global _command
    _command = command


def on_config(config: MkDocsConfig) -> None:
    global _site
    if _is_korean(config) or not _site:
        _site = Path(config.site_dir)
    if not config.repo_url:
        config.edit_uri = None  # MkDocs would complain of half an address


def on_page_context(context: dict, page: Page, config: MkDocsConfig, **_) -> None:
    _link_translations(config, context["base_url"], page.url)


def on_template_context(context: dict, config: MkDocsConfig, **_) -> None:
    _link_translations(config, context["base_url"], "")


def on_post_build(config: MkDocsConfig) -> None:
    if not _is_korean(config):
        return
    root = Path(config.config_file_path).parent
    english = load_config(
        str(root / pages.CONFIGURATIONS["en"]),
        site_dir=str(Path(config.site_dir, "en")),
        site_url=urljoin(config.site_url, "en/") if config.site_url else "",
        strict=config.strict,
    )
    english.plugins.on_startup(command=_command, dirty=False)
    build(english)
    english.plugins.on_shutdown()


def on_build_error(error: Exception) -> None:
    """No half-built site is left looking complete."""
    shutil.rmtree(_site, ignore_errors=True)


def _link_translations(config: MkDocsConfig, base_url: str, url: str) -> None:
    """Links to the same page in each language.

    `link` and `root`, the edition's first page, are relative, so right under any host;
    `url` is for those who read the page elsewhere.
    """
    up = base_url.rstrip("/") + ("/" if _is_korean(config) else "/../")
    site_url = config.site_url or ""
    site_url = site_url if _is_korean(config) else site_url.removesuffix("en/")
    for alternate in config.extra["alternate"]:
        folder = "" if alternate["lang"] == "ko" else f"{alternate['lang']}/"
        alternate["root"] = up + folder
        alternate["link"] = alternate["root"] + url
        alternate["url"] = site_url + folder + url


def _is_korean(config: MkDocsConfig) -> bool:
    return config.theme["language"] == "ko"
