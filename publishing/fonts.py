"""fonts/math.woff2: STIX Two Math with the characters that the site's formulas use."""

import functools
import io
import re
from html import unescape
from importlib.util import find_spec
from pathlib import Path

_MATH = re.compile(r"<math.*?</math>", re.DOTALL)
_NOT_DRAWN = re.compile(r"<annotation.*?</annotation>|<[^>]*>", re.DOTALL)
_SINGLE_LETTER = re.compile(r"<mi>(.)</mi>")
_DRAWN_WITHOUT_A_CHARACTER = set("√‾¯")
# first and last letter of each alphabet, and its first mathematical italic letter
_ITALIC = (("a", "z", "𝑎"), ("A", "Z", "𝐴"), ("α", "ω", "𝛼"), ("Α", "Ω", "𝛢"))


def cut(site: Path, editions: list[Path]) -> None:
    """Writes the font for all pages of a built site into each of its editions."""
    used = set(_DRAWN_WITHOUT_A_CHARACTER)
    for page in site.rglob("*.html"):
        for formula in _MATH.findall(page.read_text(encoding="utf-8")):
            used.update(unescape(_NOT_DRAWN.sub("", formula)))
            used.update(map(_italic, _SINGLE_LETTER.findall(formula)))
    font = _subset("".join(sorted(used)))
    for edition in editions:
        (edition / "fonts").mkdir(exist_ok=True)
        (edition / "fonts/math.woff2").write_bytes(font)


def _italic(letter: str) -> str:
    """What a browser draws for `<mi>letter</mi>`."""
    if letter == "h":
        return "ℎ"  # Unicode had it before the other mathematical italics
    for first, last, italic in _ITALIC:
        if first <= letter <= last:
            return chr(ord(italic) + ord(letter) - ord(first))
    return letter


@functools.lru_cache(1)  # takes seconds, which `mkdocs serve` need not wait for again
def _subset(characters: str) -> bytes:
    from fontTools import subset  # slow to import, and needed only here

    # found, not imported: ziamath sets type, which is not needed here
    package = Path(find_spec("ziamath").origin).parent
    original = (package / "fonts/STIXTwoMath-Regular.ttf").read_bytes()
    # without hints for coarse screens, which are a quarter of its weight
    options = subset.Options(flavor="woff2", layout_features=["*"], hinting=False)
    font = subset.load_font(io.BytesIO(original), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=characters)
    cutter.subset(font)
    made = io.BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()
