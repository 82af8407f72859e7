"""A Markdown extension: `![alt](figure:NAME/FIGURE)` shows what `figure_FIGURE()` of snippets/NAME.py draws.

The SVG stands in the page itself.
One drawing serves light and dark: its colours become the CSS variables of docs/shared/styles/book.css.
"""

import hashlib
import importlib
import io
import re
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

from publishing.pages import PageError, project_root

_CACHE = Path(".cache/figures")
_SOURCE = re.compile(r"figure:(\w+)/(\w+)")
_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.figsize": (5, 3.4),
    "font.family": "STIXGeneral",  # the page's formulas are STIX too
    "font.size": 11,
    "mathtext.fontset": "stix",
    "legend.frameon": False,
}
_COLOURS = {
    "#7f7f7f": "var(--figure-data)",
    "#1f77b4": "var(--figure-truth)",
    "#ff7f0e": "var(--figure-estimate)",
    "#d62728": "var(--figure-error)",
    "#000000": "currentColor",
    "#ffffff": "var(--md-default-bg-color)",
}


class FiguresExtension(Extension):
    """Option `source`: the page's path, for error messages and to find `snippets`."""

    def __init__(self, **options):
        self.config = {"source": ["", "path of the page"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        # after images are parsed (inline, 20), before MkDocs checks where they point (0)
        md.treeprocessors.register(_Figures(md, Path(self.getConfig("source"))), "figures", 14)


def makeExtension(**options) -> FiguresExtension:
    return FiguresExtension(**options)


class _Figures(Treeprocessor):
    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source

    def run(self, root: Element) -> None:
        for image in root.iter("img"):
            match = _SOURCE.fullmatch(image.get("src", ""))
            if match:
                alt = image.get("alt", "")
                svg = self.draw(*match.groups())
                image.attrib = {"class": "figure", "role": "img", "aria-label": alt}
                image.tag = "span"
                image.text = self.md.htmlStash.store(svg)

    def draw(self, name: str, figure: str) -> str:
        try:
            return svg(project_root(self.source), name, figure)
        except Exception as error:
            line = self.source.read_text(encoding="utf-8").partition(f"figure:{name}/{figure}")[0].count("\n") + 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f" ({Path(last.filename).name}:{last.lineno})"
            raise PageError(
                self.source,
                line,
                f"figure_{figure}() of snippets/{name}.py does not draw: {type(error).__name__}: {error}{where}",
            ) from error


def svg(root: Path, name: str, figure: str) -> str:
    """What `figure_FIGURE()` of snippets/NAME.py draws; from the cache while no snippet has changed."""
    code = b"".join(path.read_bytes() for path in sorted((root / "snippets").glob("*.py")))
    versions = f"{name}/{figure} {version('matplotlib')} {version('torch')}"
    key = hashlib.sha256(code + Path(__file__).read_bytes() + versions.encode()).hexdigest()[:16]
    cached = root / _CACHE / f"{name}-{figure}-{key}.svg"
    if not cached.exists():
        drawn = _draw(name, figure)
        cached.parent.mkdir(parents=True, exist_ok=True)
        cached.write_text(drawn, encoding="utf-8")
    return cached.read_text(encoding="utf-8")


def _draw(name: str, figure: str) -> str:
    import matplotlib  # slow, and needed only when a figure is not in the cache

    # `mkdocs serve` goes on while snippets change: import them afresh, and leave the caller's own as they were
    ours = [module for module in sys.modules if module.partition(".")[0] == "snippets"]
    kept = {module: sys.modules.pop(module) for module in ours}
    try:
        with matplotlib.rc_context(_STYLE | {"svg.hashsalt": f"{name}/{figure}"}):
            drawing = getattr(importlib.import_module(f"snippets.{name}"), f"figure_{figure}")()
            buffer = io.StringIO()
            drawing.savefig(buffer, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
    finally:
        for module in [module for module in sys.modules if module.partition(".")[0] == "snippets"]:
            del sys.modules[module]
        sys.modules.update(kept)
    return _inline(buffer.getvalue(), f"{name}-{figure}")


def _inline(document: str, prefix: str) -> str:
    """An SVG document as part of a page: no prolog, no styles that leak, ids of its own, colours from the page."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', body, count=1)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda match: f' id="{prefix}-{match[1]}"' if match[1] in used else "", body)
    body = re.sub(r'(href="|url\()#', rf"\g<1>#{prefix}-", body).replace("xlink:href", "href")
    for colour, variable in _COLOURS.items():
        body = body.replace(colour, variable)
    return re.sub(r"\s*\n\s*", " ", body)
