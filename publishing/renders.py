"""An MkDocs hook: a page is rendered again only when what it is made of has changed.

Without it each edit that `mkdocs serve` sees costs seconds, most of which go into
pages that nobody has touched.
"""

import copy
import functools
import logging
import re
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from material.plugins.search.plugin import SearchIndex
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

from publishing import figures, kept, pages

_WORDLESS = re.compile(r"<(svg|annotation)\b.*?</\1>", re.S)
_FINE = re.compile(r"(<(code|math)\b[^>]*>)(.*?)(?=</\2>)", re.S)
_TAG = re.compile(r"<[^>]*>")
_RENDERED = ("content", "toc", "_title_from_render", "present_anchor_ids")


def on_config(config: MkDocsConfig) -> None:
    root = Path(config.config_file_path).parent
    figures.begin(root)
    kept.look(root)


def on_env(env: Environment, config: MkDocsConfig, **_) -> None:
    cache = Path(config.config_file_path).parent / ".cache/templates"
    cache.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(cache)  # each build compiles them anew


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> None:
    if page.file.src_uri.endswith(".md"):  # notebooks are rendered from chapters
        page.render = functools.partial(render, page)


def on_page_context(context: dict, page: Page, config: MkDocsConfig, **_) -> None:
    _search_index(config).entries += page.search_entries


def render(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Page.render, and the page's part of the search index: from a file, if it can."""
    uris = [file.src_uri for file in files]
    made_of = (page.markdown, page.meta, page.title, page.url, uris)
    make = functools.partial(_rendered, page, config, files)
    known = kept.made(config, page.file.dest_uri, made_of, make)
    vars(page).update(known["page"])
    page.links_to_anchors = {
        files.get_file_from_path(uri): anchors for uri, anchors in known["links"]
    }
    page.search_entries = known["search"]
    page.meta["search"] = {"exclude": True}  # the plugin need not parse it again


def _rendered(page: Page, config: MkDocsConfig, files: Files) -> dict:
    path = Path(page.file.abs_src_path)
    pages.blocks(path)
    pages.name_source(config, path)
    warnings, log = CountHandler(level=logging.WARNING), logging.getLogger("mkdocs")
    log.addHandler(warnings)
    try:
        Page.render(page, config, files)
    finally:
        log.removeHandler(warnings)
    index = SearchIndex(**_search_index(config).config)
    read = copy.copy(page)
    read.content = _words(page.content)
    index.add_entry_from_context(read)
    return {
        "page": {name: vars(page)[name] for name in _RENDERED},
        "links": [
            (file.src_uri, anchors) for file, anchors in page.links_to_anchors.items()
        ],
        "search": index.entries,
        "warned": bool(warnings.get_counts()),
    }


def _words(content: str) -> str:
    """The page for the search index, without thousands of tags that it would skip."""
    content = _WORDLESS.sub("", content)
    return _FINE.sub(lambda fine: fine[1] + _TAG.sub("", fine[3]), content)


def _search_index(config: MkDocsConfig):
    return config.plugins["material/search"].search_index
