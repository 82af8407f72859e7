"""An MkDocs hook: search finds Korean words inside longer ones, and spaced otherwise.

Material finds words that begin with what is typed. So each section of the index gets,
out of sight, the nouns that begin inside its words, with and without the space between
them, and parts of names: 경사 하강법 adds 경사하강법 and 하강법, zero_grad adds grad.
What is typed loses its particles in the reader's browser, by
docs/shared/assets/javascripts/lunr/min/lunr.ko.min.js.
"""

import functools
import hashlib
import json
import re
from html import unescape
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from publishing.pages import version, write

_NOUNS = ("NNG", "NNP", "NNB", "XPN", "XSN", "XR", "SL")
_LONGEST = 4  # nouns in a row that somebody might type as one word


def on_post_build(config: MkDocsConfig) -> None:
    file = Path(config.site_dir, "search/search_index.json")
    index = json.loads(file.read_text(encoding="utf-8"))
    root = Path(config.config_file_path).parent
    cache = root / f".cache/search/{config.theme['language']}.json"
    known = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    used, analyser = {}, version("kiwipiepy")
    for section in index["docs"]:
        text = f"{section['title']} . {section['text']}"
        recipe = hashlib.sha256((text + analyser).encode()).hexdigest()
        used[recipe] = known[recipe] if recipe in known else keywords(text)
        section["text"] += f"<span hidden>{used[recipe]}</span>"
    if used != known:
        write(cache, json.dumps(used, ensure_ascii=False).encode())
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
    # a page opened from a disk may not fetch, but may load a script
    file.with_suffix(".js").write_text(f"var __index = {text}", encoding="utf-8")


def keywords(markup: str) -> str:
    """What may be looked up, and is not how a word of the text begins."""
    text = unescape(re.sub(r"<[^>]*>", " ", markup))
    names = re.findall(r"[A-Za-z]\w*(?:[._]+[A-Za-z]\w*)+", text)
    parts = {part for name in names for part in re.split("[._]+", name)}
    begun = " " + " ".join(re.split(r"[^\w.]+", text.lower()))
    found = parts | (_nouns(text) if re.search("[가-힣]", text) else set())
    words = {word.lower() for word in found if len(word) > 1}
    return " ".join(sorted(word for word in words if f" {word}" not in begun))


def _nouns(text: str) -> set[str]:
    """Nouns in a row as one word, from each of them on."""
    found, row = set(), []
    for token in (*_kiwi().tokenize(text), None):
        if token and token.tag in _NOUNS and (not row or token.start - row[-1].end < 2):
            row.append(token)
            continue
        words = [each.form for each in row]
        found |= {"".join(words[i : i + _LONGEST]) for i in range(len(words))}
        row = [token] if token and token.tag in _NOUNS else []
    return found


@functools.lru_cache
def _kiwi():
    from kiwipiepy import Kiwi  # loads a second's worth, and not for cached sections

    return Kiwi(load_multi_dict=False)  # names of several words: slow, and not ours
