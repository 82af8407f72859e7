"""An MkDocs hook: a page's social card, the picture that stands for it elsewhere."""

import hashlib
import io
from importlib.util import find_spec
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.utils import write_file
from PIL import Image, ImageDraw, ImageFont

from publishing.pages import version, write

_SIZE = (1200, 630)
_MARGIN = 90
_PAPER, _INK, _QUIET, _LINE = "#16233a", "#ffffff", "#b4bccb", "#f59e57"


_serving = False


def on_startup(command: str, dirty: bool) -> None:
    global _serving
    _serving = command == "serve"


def on_env(env, config: MkDocsConfig, files: Files) -> None:
    if _serving:  # nobody links to a page on this machine
        return
    cache = Path(config.config_file_path).parent / ".cache/cards"
    for file in files.documentation_pages():
        title = file.page.meta.get("title", file.page.title)
        words = (config.site_name, title, file.page.meta.get("description", ""))
        recipe = repr((words, version("pillow"), Path(__file__).read_bytes()))
        cached = cache / f"{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.png"
        if not cached.exists():
            drawn = io.BytesIO()
            draw(*words).save(drawn, "PNG")
            write(cached, drawn.getvalue())
        card = file.abs_dest_path.replace(".html", ".png")
        write_file(cached.read_bytes(), card)


def draw(book: str, title: str, description: str) -> Image.Image:
    """A card of 1200 × 630 pixels: the book, the page, what it says."""
    card = Image.new("RGB", _SIZE, _PAPER)
    pen = ImageDraw.Draw(card)
    pen.text((_MARGIN, 80), book, _QUIET, _font("", 34))
    y = 190
    for text, color, font, height in (
        (title, _INK, _font("Bold", 76), 100),
        (description, _QUIET, _font("", 38), 60),
    ):
        for line in _lines(text, font):
            pen.text((_MARGIN, y), line, color, font)
            y += height
        y += 30
    # the fitted line, seen from far
    pen.line((0, _SIZE[1] - 20, _SIZE[0], _SIZE[1] - 90), _LINE, 8)
    return card


def _lines(text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    """The text broken between words, as wide as the card."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= _SIZE[0] - 2 * _MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    # found, not imported: the package sets matplotlib's font, which is not wanted here
    package = Path(find_spec("koreanize_matplotlib").origin).parent
    return ImageFont.truetype(package / f"fonts/NanumGothic{weight}.ttf", size)
