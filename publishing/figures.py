"""A Markdown extension that draws figures into the page, as SVG.

`![alt](figure:NAME/FIGURE)` is what `figure_FIGURE()` of snippets/NAME.py returns.
One drawing is both light and dark: its colors become variables of book.css.

`python -m publishing.figures` draws into the cache what pages show, and
`python -m publishing.figures NAME/FIGURE FILE` draws one figure into a file.
"""

import hashlib
import importlib
import io
import re
import subprocess
import sys
import traceback
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor

from publishing.pages import PageError, project_root, version, write

_LEAKS = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", re.S)
_PLACES = re.compile(r' (?:d|x|y)="[^"]*"')
_TOO_FINE = re.compile(r"(?<=\.\d\d)\d+")  # a hundredth of a point is not seen
_SOURCE = re.compile(r"figure:(\w+)/(\w+)")
STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.figsize": (5, 3.4),
    "font.family": "STIXGeneral",  # the page's formulas are STIX too
    "font.size": 11,
    "legend.frameon": False,
    "mathtext.fontset": "stix",
}
_COLORS = {
    "#7f7f7f": "var(--figure-data)",  # tab:gray
    "#1f77b4": "var(--figure-truth)",  # tab:blue
    "#ff7f0e": "var(--figure-estimate)",  # tab:orange
    "#d62728": "var(--figure-error)",  # tab:red
    "#000000": "currentColor",
    "#ffffff": "var(--md-default-bg-color)",
}

_drawing: subprocess.Popen | None = None


class FiguresExtension(Extension):
    """Option `source`: the page's path, for error messages and to find `snippets`."""

    def __init__(self, **options):
        self.config = {"source": ["", "path of the page"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        # after images are parsed, at 20; before MkDocs checks where they point, at 0
        source = Path(self.getConfig("source"))
        md.treeprocessors.register(_Figures(md, source), "figures", 14)


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
                image.tag = "span"
                image.attrib = {"class": "figure", "role": "img", "aria-label": alt}
                image.set("data-search-exclude", "")
                image.text = self.md.htmlStash.store(self.svg(*match.groups()))

    def svg(self, name: str, figure: str) -> str:
        try:
            return _cached(project_root(self.source), name, figure)
        except Exception as error:
            text = self.source.read_text(encoding="utf-8")
            line = text.partition(f"figure:{name}/{figure}")[0].count("\n") + 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            raise PageError(
                self.source,
                line,
                f"figure_{figure}() of snippets/{name}.py does not draw: "
                f"{type(error).__name__}: {error} "
                f"({Path(last.filename).name}:{last.lineno})",
            ) from error


def begin(root: Path) -> None:
    """Draws what pages show, in another process: pages without figures need not wait.

    Once only: that process needs seconds to load what this one will have loaded when
    it draws again.
    """
    global _drawing
    if _drawing or all(_file(root, *each).exists() for each in _shown(root)):
        return
    command = (sys.executable, "-m", "publishing.figures")
    _drawing = subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _shown(root: Path) -> list[tuple[str, str]]:
    pages = sorted(root.glob("docs/*/*.md"))
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    return list(dict.fromkeys(_SOURCE.findall(text)))


def _cached(root: Path, name: str, figure: str) -> str:
    """The figure's SVG; drawn again only after a snippet or a library has changed."""
    file = _file(root, name, figure)
    while not file.exists() and _drawing and _drawing.stdout.readline():
        pass  # it writes a line after each figure
    if not file.exists():
        drawn = inline(draw(name, figure, transparent=True), f"{name}-{figure}-")
        write(file, drawn.encode())
    return file.read_text(encoding="utf-8")


def _file(root: Path, name: str, figure: str) -> Path:
    code = [path.read_bytes() for path in sorted((root / "snippets").glob("*.py"))]
    recipe = hashlib.sha256(b"".join((*code, Path(__file__).read_bytes())))
    recipe.update(f"{version('matplotlib')} {version('torch')}".encode())
    file = f"{name}-{figure}-{recipe.hexdigest()[:16]}.svg"
    return root / ".cache/figures" / file


def draw(name: str, figure: str, **options) -> str:
    """An SVG document; `options` are those of Matplotlib's savefig."""
    import matplotlib  # slow, and needed only when a figure is not in the cache

    # `mkdocs serve` lives on while snippets change: import them afresh, for this only
    kept = {module: sys.modules.pop(module) for module in _imported_snippets()}
    document = io.StringIO()
    options |= {"format": "svg", "bbox_inches": "tight", "metadata": {"Date": None}}
    try:
        with matplotlib.rc_context(STYLE | {"svg.hashsalt": f"{name}/{figure}"}):
            module = importlib.import_module(f"snippets.{name}")
            getattr(module, f"figure_{figure}")().savefig(document, **options)
    finally:
        for module in _imported_snippets():
            del sys.modules[module]
        sys.modules.update(kept)
    return document.getvalue()


def _imported_snippets() -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] == "snippets"]


def inline(document: str, prefix: str) -> str:
    """An SVG document as part of a page, which its ids and styles must not disturb."""
    svg = document[document.index("<svg") :]
    svg = _LEAKS.sub("", svg)
    view = re.search(r'viewBox="[^"]*"', svg)[0]
    svg = re.sub(r"<svg [^>]*>", f'<svg {view} aria-hidden="true">', svg, count=1)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(
        r' id="([^"]*)"',
        lambda match: f' id="{prefix}{match[1]}"' if match[1] in used else "",
        svg,
    )
    # xlink, because Material's instant navigation writes to whatever has a plain href
    svg = svg.replace('xlink:href="#', f'xlink:href="#{prefix}')
    svg = svg.replace("url(#", f"url(#{prefix}")
    for color, variable in _COLORS.items():
        svg = svg.replace(color, variable)
    svg = _PLACES.sub(lambda places: _TOO_FINE.sub("", places[0]), svg)
    return re.sub(r"\s*\n\s*", " ", svg)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[2]).write_text(draw(*sys.argv[1].split("/")), encoding="utf-8")
    else:
        for each in _shown(Path.cwd()):
            _cached(Path.cwd(), *each)
            print(*each, flush=True)
