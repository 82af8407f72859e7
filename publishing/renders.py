"""An MkDocs hook: a page is rendered again only when what it is made of has changed.

Without it each edit that `mkdocs serve` sees costs seconds, most of which go into
pages that nobody has touched.
"""

import functools
import hashlib
import logging
import pickle
import sysconfig
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from material.plugins.search.plugin import SearchIndex
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

from publishing import pages

# all that a page's HTML is made of, but for the page itself
_SOURCES = ("mkdocs*.yml", "docs/glossary.tsv", "publishing/*.py", "snippets/**/*.*")
_RENDERED = ("content", "toc", "_title_from_render", "present_anchor_ids")

_sources = b""


def on_config(config: MkDocsConfig) -> None:
    global _sources
    libraries = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    root = Path(config.config_file_path).parent
    names = (sorted(libraries), sorted(root.glob("docs/*/*.md")))
    digest = hashlib.sha256(repr(names).encode())
    for path in sorted(path for each in _SOURCES for path in root.glob(each)):
        if path.is_file():
            digest.update(path.read_bytes())
    _sources = digest.digest()


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
    known = kept(config, page.file.dest_uri, made_of, make)
    vars(page).update(known["page"])
    page.links_to_anchors = {
        files.get_file_from_path(uri): anchors for uri, anchors in known["links"]
    }
    page.search_entries = known["search"]
    page.meta["search"] = {"exclude": True}  # the plugin need not parse it again


def kept(
    config: MkDocsConfig, name: str, made_of: object, make: Callable[[], dict]
) -> dict:
    """What `make` returns: from a file until `made_of` or the book's sources change."""
    recipe = hashlib.sha256(repr((_sources, made_of)).encode()).digest()
    root = Path(config.config_file_path).parent
    cache = root / ".cache/renders" / config.theme["language"]
    file = cache / f"{name}.pickle"
    known = pickle.loads(file.read_bytes()) if file.exists() else {}
    if known.get("recipe") != recipe:
        known = make() | {"recipe": recipe}
        if not known.get("warned"):  # a warning shall be told again
            pages.write(file, pickle.dumps(known))
    return known


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
    index.add_entry_from_context(page)
    return {
        "page": {name: vars(page)[name] for name in _RENDERED},
        "links": [
            (file.src_uri, anchors) for file, anchors in page.links_to_anchors.items()
        ],
        "search": index.entries,
        "warned": bool(warnings.get_counts()),
    }


def _search_index(config: MkDocsConfig):
    return config.plugins["material/search"].search_index
