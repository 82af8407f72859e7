"""How figures are drawn: `figure_FIGURE()` of snippets/figures/NAME.py, as SVG.

One drawing is both light and dark: its colors are variables of book.css.
"""

import importlib
import io
import itertools
import json
import os
import re
from pathlib import Path

# Matplotlib's list of fonts holds paths, and would be shared with other environments.
# Everything that draws imports this module first, or is started by what does.
_CACHE = Path(__file__).parents[1] / ".cache/matplotlib"
os.environ.setdefault("MPLCONFIGDIR", str(_CACHE))

STYLE = {
    "axes.edgecolor": "tab:gray",
    "axes.spines.right": False,
    "axes.spines.top": False,
    # the default closes a level line, or not, by its last digits
    "contour.algorithm": "serial",
    "figure.constrained_layout.use": True,  # all is inside, and the width is kept
    "figure.figsize": (5, 3.3),
    "font.family": "STIXGeneral",  # the page's formulas are STIX too
    "font.size": 11,
    "legend.frameon": False,
    "mathtext.fontset": "stix",
    "path.simplify": False,  # last digits would decide which points are left out
    "xtick.color": "tab:gray",
    "xtick.labelcolor": "black",
    "ytick.color": "tab:gray",
    "ytick.labelcolor": "black",
}
# Matplotlib's names: tab:gray, tab:blue, tab:orange, tab:red, black, white. Where there
# is no style sheet, such as in README.md, the second value holds.
_COLORS = {
    "#7f7f7f": "var(--figure-data, #6b7280)",
    "#1f77b4": "var(--figure-truth, #1d5fa8)",
    "#ff7f0e": "var(--figure-estimate, #c2570c)",
    "#d62728": "var(--figure-error, #b91c1c)",
    "#000000": "currentColor",
    "#ffffff": "var(--md-default-bg-color, #fff)",
}
_LEAKS = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", re.S)
_COORDINATES = re.compile(r' (?:d|x|y)="[^"]*"')
_TOO_FINE = re.compile(r"(?<=\.\d\d)\d+")  # a hundredth of a point is not seen
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)")
_ROOT = re.compile(r"<svg\b[^>]*>")
_VIEW = re.compile(r'viewBox="[^"]*"')


def alike(svg: str, other: str, tolerance: float = 0.02) -> bool:
    """Whether two drawings are the same but for rounding, which processors do anew.

    Everything but numbers must be the same text; `tolerance` is in points.
    """
    ours, theirs = (_NUMBER.split(each) for each in (svg, other))
    return ours[::2] == theirs[::2] and all(
        abs(float(a) - float(b)) <= tolerance
        for a, b in zip(ours[1::2], theirs[1::2], strict=True)
    )


def draw(name: str, figure: str) -> str:
    """Draws a figure of a chapter; returns an SVG document."""
    import matplotlib  # slow, and not needed to build the site
    from matplotlib import font_manager

    for font in ("STIXGeneral", "STIXNonUnicode"):  # no other font will do
        font_manager.findfont(font, fallback_to_default=False)
    with matplotlib.rc_context(STYLE):
        module = importlib.import_module(f"snippets.figures.{name}")
        return document(getattr(module, f"figure_{figure}")(), f"{name}-{figure}")


def given(name: str, figure: str) -> str | None:
    """What `explorable_FIGURE()` of snippets/figures/NAME.py gives, as JSON.

    Its item `element` names the script of docs/shared/scripts/explorables that shows
    it. Without such a function, None: the figure stands still.
    """
    module = importlib.import_module(f"snippets.figures.{name}")
    function = getattr(module, f"explorable_{figure}", None)
    return function and json.dumps(function(), separators=(",", ":")) + "\n"


def show_inline() -> None:
    """In the notebooks of the site: shows Matplotlib's figures as pages do."""
    from IPython import get_ipython
    from matplotlib.figure import Figure

    # whatever MPLBACKEND says: plt.show() draws below its cell
    get_ipython().run_line_magic("matplotlib", "inline")
    numbers = itertools.count(1)
    html = get_ipython().display_formatter.formatters["text/html"]
    html.for_type(Figure, lambda f: inline(document(f, f"cell-{next(numbers)}")))


def document(figure, name: str) -> str:
    """A Matplotlib figure as SVG, whose ids and styles disturb no page it stands on.

    The same figure is the same text, but for the last digits of other processors.
    """
    import matplotlib

    drawn = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
    svg = drawn.getvalue()
    svg = _LEAKS.sub("", svg[svg.index("<svg") :])
    spaces = (
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    )
    look = "background: #fff; stroke-linecap: butt; stroke-linejoin: round"
    root = f'<svg {spaces} {_VIEW.search(svg)[0]} style="{look}">'
    svg = _ROOT.sub(root, svg, count=1)
    # Matplotlib's ids depend on the last digits of what they name, and several figures
    # may stand on one page; xlink, because Material's instant navigation writes to
    # whatever has a plain href
    used = dict.fromkeys(re.findall(r'(?:xlink:href="|url\()#([^")]+)', svg))
    ids = {old: f"{name}-{number}" for number, old in enumerate(used, 1)}
    svg = re.sub(
        r' id="([^"]*)"',
        lambda match: f' id="{ids[match[1]]}"' if match[1] in ids else "",
        svg,
    )
    svg = re.sub(r'(xlink:href="|url\()#([^")]+)', lambda m: f"{m[1]}#{ids[m[2]]}", svg)
    for color, variable in _COLORS.items():
        svg = svg.replace(color, variable)
    svg = _COORDINATES.sub(lambda match: _TOO_FINE.sub("", match[0]), svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def inline(document: str) -> str:
    """An SVG document as part of a page; 5 inches, or 360 points, are 30 rem wide.

    So letters have one size in all figures, where the page is no narrower than they.
    """
    view = _VIEW.search(document)[0]
    width = float(view.split()[2]) / 12
    root = f'<svg {view} width="{width:.4g}rem" aria-hidden="true">'
    svg = _ROOT.sub(root, document, count=1)
    return re.sub(r"\s*\n\s*", " ", svg).strip()
