"""An MkDocs hook: STIX Two Math, cut down to the glyphs that the built pages use, as fonts/math.woff2."""

import hashlib
import io
import re
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_SINGLE_IDENTIFIER = re.compile(r"<mi>(.)</mi>")
# drawn by MathML elements that carry no character: root signs, fraction and accent bars
_UNWRITTEN = "√‾¯ "

_used: set[str] = set()


def on_pre_build(config: MkDocsConfig) -> None:
    _used.clear()


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_) -> None:
    for formula in _MATH.findall(html):
        _used.update(re.sub(r"<annotation.*?</annotation>|<[^>]*>", "", formula))
        _used.update(map(_italic, _SINGLE_IDENTIFIER.findall(formula)))


def on_post_build(config: MkDocsConfig) -> None:
    target = Path(config.site_dir, "fonts", "math.woff2")
    target.parent.mkdir(exist_ok=True)
    cache = Path(config.config_file_path).parent / ".cache/fonts"
    target.write_bytes(_cut("".join(sorted(_used | set(_UNWRITTEN))), cache))


def _italic(letter: str) -> str:
    """The character that a browser draws for `<mi>letter</mi>`: mathematical italic."""
    for first, italic in (("a", 0x1D44E), ("A", 0x1D434), ("α", 0x1D6FC), ("Α", 0x1D6E2)):
        last = {"a": "z", "A": "Z", "α": "ω", "Α": "Ω"}[first]
        if first <= letter <= last:
            return "ℎ" if letter == "h" else chr(italic + ord(letter) - ord(first))
    return letter


def _cut(characters: str, cache: Path) -> bytes:
    """The font with these characters only; kept in a cache, because cutting takes seconds."""
    original = (files("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf").read_bytes()
    key = hashlib.sha256(original + characters.encode() + version("fonttools").encode()).hexdigest()[:16]
    cached = cache / f"{key}.woff2"
    if not cached.exists():
        options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
        font = subset.load_font(io.BytesIO(original), options)
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        cached.parent.mkdir(parents=True, exist_ok=True)
        subset.save_font(font, str(cached), options)
    return cached.read_bytes()
