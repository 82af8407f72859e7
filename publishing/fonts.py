"""An MkDocs hook: fonts/math.woff2, STIX Two Math with the glyphs that pages use."""

import hashlib
import io
import re
from html import unescape
from importlib.util import find_spec
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from publishing.pages import version, write

_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_NOT_DRAWN = re.compile(r"<annotation.*?</annotation>|<[^>]*>", re.DOTALL)
_SINGLE_LETTER = re.compile(r"<mi>(.)</mi>")
_DRAWN_WITHOUT_A_CHARACTER = set("√‾¯")
# first and last letter of each alphabet, and its first mathematical italic letter
_ITALIC = (("a", "z", "𝑎"), ("A", "Z", "𝐴"), ("α", "ω", "𝛼"), ("Α", "Ω", "𝛢"))

_used: set[str] = set()


def on_pre_build(config: MkDocsConfig) -> None:
    _used.clear()


def on_page_content(html: str, **_) -> None:
    for formula in _MATH.findall(html):
        _used.update(unescape(_NOT_DRAWN.sub("", formula)))
        _used.update(map(_italic, _SINGLE_LETTER.findall(formula)))


def on_post_build(config: MkDocsConfig) -> None:
    characters = "".join(sorted(_used | _DRAWN_WITHOUT_A_CHARACTER))
    font = Path(config.site_dir, "fonts/math.woff2")
    font.parent.mkdir(exist_ok=True)
    root = Path(config.config_file_path).parent
    font.write_bytes(_cut(characters, root / ".cache/fonts"))


def _italic(letter: str) -> str:
    """What a browser draws for `<mi>letter</mi>`."""
    if letter == "h":
        return "ℎ"  # Unicode had it before the other mathematical italics
    for first, last, italic in _ITALIC:
        if first <= letter <= last:
            return chr(ord(italic) + ord(letter) - ord(first))
    return letter


def _cut(characters: str, cache: Path) -> bytes:
    """The font with these characters only, cached: cutting takes seconds."""
    # found, not imported: ziamath sets type, which is not needed here
    package = Path(find_spec("ziamath").origin).parent
    original = (package / "fonts/STIXTwoMath-Regular.ttf").read_bytes()
    recipe = original + f"{characters} {version('fonttools')}".encode()
    cached = cache / f"{hashlib.sha256(recipe).hexdigest()[:16]}.woff2"
    if not cached.exists():
        from fontTools import subset  # slow, and needed only here

        # without hints for coarse screens, which are a quarter of its weight
        options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False)
        font = subset.load_font(io.BytesIO(original), options)
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        made = io.BytesIO()
        subset.save_font(font, made, options)
        write(cached, made.getvalue())
    return cached.read_bytes()
