"""An MkDocs hook: search finds Korean words inside longer ones, and spaced otherwise.

Material finds words that begin with what is typed. So each section of the index gets,
out of sight, the nouns that begin inside its words, with and without the space between
them, and parts of names: 경사 하강법 adds 경사하강법 and 하강법, zero_grad adds grad.
What is typed loses its particles in the reader's browser, by
docs/shared/assets/javascripts/lunr/min/lunr.ko.min.js.
"""

import hashlib
import json
import re
from concurrent.futures import Future, ThreadPoolExecutor
from html import unescape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from publishing.nouns import nouns
from publishing.pages import version, write

_known: dict[str, str] = {}  # keywords of each section, from the last build
_asked: dict[str, Future[str]] = {}  # of those that it did not have
_pool = ThreadPoolExecutor(1)


def on_config(config: MkDocsConfig) -> None:
    cache = _cache(config)
    _asked.clear()
    _known.clear()
    if cache.exists():
        _known.update(json.loads(cache.read_text(encoding="utf-8")))


def on_page_content(html: str, page: Page, **_) -> None:
    """Its words are looked for while the next pages are rendered."""
    for section in page.search_entries:
        text = _text(section)
        if text not in _known:
            _asked[text] = _pool.submit(keywords, text)


def on_post_build(config: MkDocsConfig) -> None:
    file = Path(config.site_dir, "search/search_index.json")
    index = json.loads(file.read_text(encoding="utf-8"))
    used = {}
    for section in index["docs"]:
        text = _text(section)
        used[text] = _known[text] if text in _known else _asked[text].result()
        section["text"] += f"<span hidden>{used[text]}</span>"
    if used != _known:
        write(_cache(config), json.dumps(used, ensure_ascii=False).encode())
    found = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    file.write_text(found, encoding="utf-8")
    # a page opened from a disk may not fetch, but may load a script
    file.with_suffix(".js").write_text(f"var __index = {found}", encoding="utf-8")


def keywords(markup: str) -> str:
    """What may be looked up, and is not how a word of the text begins."""
    text = unescape(re.sub(r"<[^>]*>", " ", markup))
    names = re.findall(r"[A-Za-z]\w*(?:[._]+[A-Za-z]\w*)+", text)
    parts = {part for name in names for part in re.split("[._]+", name)}
    begun = " " + " ".join(re.split(r"[^\w.]+", text.lower()))
    found = parts.union(nouns(text) if re.search("[가-힣]", text) else ())
    words = {word.lower() for word in found if len(word) > 1}
    return " ".join(sorted(word for word in words if f" {word}" not in begun))


def _text(section: dict) -> str:
    return f"{section['title']} . {section['text']}"


def _cache(config: MkDocsConfig) -> Path:
    """The file of what has been found, by this code and with this analyser."""
    root = Path(config.config_file_path).parent
    recipe = hashlib.sha256(version("kiwipiepy").encode())
    for name in ("nouns.py", "search.py"):
        recipe.update(Path(__file__).with_name(name).read_bytes())
    file = f"{config.theme['language']}-{recipe.hexdigest()[:16]}.json"
    return root / ".cache/search" / file
