"""Search finds Korean words inside longer ones, and compounds with or without a space.

Material finds words that begin with what is typed. So each section of the index gets,
hidden from readers, the endings of its Korean words, neighbors as one word, and the
parts of names: 자동 미분 adds 자동미분, 경사하강법 adds 하강법, zero_grad adds grad.
Particles of what is typed are taken off in the browser, by lunr.ko.min.js.
"""

import json
import re
from collections import Counter
from html import unescape
from pathlib import Path

_PARTICLE = re.compile(
    "(?<=[가-힣]{2})(에서|에게|부터|까지|처럼|보다|으로|[이가은는을를의에와과로도만])$"
)
_WORDLESS = re.compile(r"<(svg|annotation)\b.*?</\1>", re.S)
_FINE = re.compile(r"(<(code|math)\b[^>]*>)(.*?)(?=</\2>)", re.S)
_CODE = re.compile(r'<div class="language-python highlight">.*?</div>', re.S)
_IMPORTS = re.compile(r"((import|from) .*\s*|\s+)+")
_CELL = re.compile(r"</t[dh]>|<br\b[^>]*>")
_NAME = re.compile(r"[A-Za-z]\w*(?:[._-]+[A-Za-z]\w*)+")


def words(html: str) -> str:
    """A page's HTML without drawings, and without tags inside formulas and code.

    Nor with blocks of imports alone, which tell nothing; cells of tables are apart.
    """
    html = _WORDLESS.sub("", html).replace("\N{WORD JOINER}", "")
    html = _CODE.sub(_unless_imports, html)
    html = _CELL.sub(r" \g<0>", html)
    return _FINE.sub(lambda fine: fine[1] + re.sub("<[^>]*>", "", fine[3]), html)


def _unless_imports(code: re.Match) -> str:
    lines = unescape(re.sub("<[^>]*>", "", code[0]))
    return "" if _IMPORTS.fullmatch(lines) else code[0]


def prepare(site: Path) -> None:
    """Adds to the search index of a built site what readers may look up."""
    file = site / "search/search_index.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    texts = [_text(section) for section in index["docs"]]
    counts = Counter(word for text in texts for word in _compounds(text))
    usual = {word for word, count in counts.items() if count > 2}
    for section, text in zip(index["docs"], texts, strict=True):
        found = _endings(text) | _compounds(text) & usual | _parts(text)
        section["text"] += f"<span hidden>{_missing(found, text)}</span>"
        tags = [tag for tag in section.get("tags", []) if re.search("[가-힣] ", tag)]
        if tags:
            section["tags"] += [tag.replace(" ", "") for tag in tags]
    prepared = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    file.write_text(prepared, encoding="utf-8")
    # pages opened from a disk may not fetch a file, but may load a script
    file.with_suffix(".js").write_text(f"var __index = {prepared}", encoding="utf-8")


def _text(section: dict) -> str:
    """What a reader sees, without the markup."""
    return unescape(re.sub("<[^>]*>", " ", f"{section['title']} . {section['text']}"))


def _endings(text: str) -> set[str]:
    """하강법을: 하강법, 강법. The first matters where a symbol comes before: η에타."""
    words = {_PARTICLE.sub("", word) for word in re.findall("[가-힣]{2,}", text)}
    return {word[start:] for word in words for start in range(len(word) - 1)}


def _compounds(text: str) -> set[str]:
    """자동 미분을: 자동미분."""
    pairs = re.findall(r"\b(?=(\w*[^\W\d을를은는의에]) ([가-힣]{2,}))", text)
    return {first + _PARTICLE.sub("", second) for first, second in pairs}


def _parts(text: str) -> set[str]:
    """zero_grad: zero, grad, zerograd. Also the reading of a Greek letter: ηeta."""
    found = set(re.findall("(?<=[α-ωΑ-Ω])[a-z]{3,}", text))
    for name in set(_NAME.findall(text)):
        parts = re.split("[._-]+", name.lower())
        found |= {*parts, "".join(parts)}
    return found


def _missing(words: set[str], text: str) -> str:
    """Those of the words with which no word of the text begins."""
    begun = " " + " ".join(re.split(r"[^\w.]+", text.lower()))
    return " ".join(sorted(w for w in words if len(w) > 1 and f" {w}" not in begun))
