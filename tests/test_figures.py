"""Figures are recorded: each is what its code draws now, and nothing else draws."""

import importlib
import inspect
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import pytest
import torch
from matplotlib.figure import Figure

from publishing import drawing, figures, numbering
from snippets.figures import PANEL
from tests.drawn import spoiled

ROOT = Path(__file__).parents[1]
SHOWN = sorted(
    {
        found
        for page in ROOT.glob("docs/[a-z][a-z]/*.md")
        for found in figures.SOURCE.findall(page.read_text(encoding="utf-8"))
    }
)


@dataclass(frozen=True)
class Drawn:
    name: str
    figure: str
    svg: str
    made: Figure
    where: str  # the function is


@pytest.fixture(scope="module", params=SHOWN, ids=map("/".join, SHOWN))
def drawn(request):
    """Each figure, computed once for all that is asked of it."""
    name, figure = request.param
    module = importlib.import_module(f"snippets.figures.{name}")
    function, made = getattr(module, f"figure_{figure}"), []

    def make():
        made.append(function())
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, function.__name__, make)
        svg = drawing.draw(name, figure)
    path, line = Path(module.__file__), inspect.getsourcelines(function)[1]
    return Drawn(name, figure, svg, *made, f"{path.relative_to(ROOT)}:{line}")


def test_a_figure_is_recorded_as_it_is_drawn(drawn):
    file = figures.recorded(ROOT, drawn.name, drawn.figure)
    shown = file.read_text(encoding="utf-8") if file.is_file() else ""
    # Scalar kernels round in other places. Medians of 100 errors then differ by 17 % or
    # so; 9 points are a factor of two.
    scalar = torch.backends.cpu.get_cpu_capability() == "DEFAULT"
    other = drawn.figure == "digits" and scalar
    if not drawing.alike(drawn.svg, shown, 9 if other else 0.02):
        where = file.relative_to(ROOT)
        message = f"{where}: not what is drawn now; run `make record PAGE={drawn.name}`"
        pytest.fail(message, pytrace=False)


def test_a_figure_can_be_read_on_a_phone(drawn):
    """Where 350 px are left for it, as on a screen of 390 px."""
    with matplotlib.rc_context(drawing.STYLE):
        wrong = spoiled(drawn.made, width=350)
    if drawn.made.get_figwidth() not in (5, PANEL[0]):
        wrong.append(f"draw it 5 inches wide, or as a panel of {PANEL[0]}")
    if wrong:
        lines = (f"{drawn.where}: {each}" for each in wrong)
        pytest.fail("\n".join(lines), pytrace=False)


def test_what_spoils_a_figure_is_found():
    """A line at height 5, from 1 to 9, and a text that is placed badly, or well."""
    frame = {"boxstyle": "round", "facecolor": "white"}
    for at, label, look, expected in (
        ((5, 8), "far from it", {}, None),
        ((5, 5), "on the line", {}, "line2d #d62728 goes through it"),
        ((5, 5), "under the line", {"zorder": 1}, "goes through it"),
        ((5, 5), "framed", {"bbox": frame}, None),
        ((5, 5), "framed, under the line", {"bbox": frame, "zorder": 1}, "through it"),
        ((5, 8), "framed, so", {"bbox": frame | {"alpha": 0.2}}, None),
        ((5, 5.2), "$x_{i}$ low", {}, "goes through it"),
        ((5.5, 2), "close to another", {}, "are on each other"),
        ((9.9, 8), "at the edge", {}, "'at the edge' is cut off"),
        ((5, 8), "tiny", {"size": 9}, "'tiny' is 8.75 px high"),
        ((5, 8), "turned", {"rotation": 90}, None),
        ((5, 6), "turned into the line", {"rotation": 90}, "goes through it"),
    ):
        with matplotlib.rc_context(drawing.STYLE):
            figure = Figure(layout="none")
            axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 10), ylim=(0, 10))
            axes.set_axis_off()
            axes.plot((1, 9), (5, 5), color="tab:red")
            axes.text(6, 2, "another", va="center")
            axes.text(*at, label, **{"ha": "center", "va": "center"} | look)
            found = spoiled(figure, width=350)
        if expected is None:
            assert found == [], label
        else:
            assert len(found) == 1 and expected in found[0], (label, found)


def test_what_is_drawn_outside_is_found():
    figure = Figure(figsize=(5, 3))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    line = axes.plot((0, 1), (0.5, 0.5), clip_on=False)[0]
    assert spoiled(figure, width=350) == []
    line.set_data((0, 1.2), (0.5, 0.5))
    assert spoiled(figure, width=350) == ["line2d #1f77b4 is cut off; move it inside"]


def test_no_recorded_figure_is_left_over():
    recorded = set((ROOT / "snippets/outputs").glob("*/*.svg"))
    assert recorded == {figures.recorded(ROOT, *shown) for shown in SHOWN}


def test_alike_are_drawings_that_differ_in_rounding_alone():
    drawn = '<path d="M 10.25 -3"/><text>θ = 7</text>'
    assert drawing.alike(drawn, drawn.replace("10.25", "10.26"))
    for other in (
        drawn.replace("10.25", "10.31"),
        drawn.replace("θ", "η"),
        drawn.replace("= 7", "= 8"),
        drawn.replace("-3", "-3 4"),
        "",
    ):
        assert not drawing.alike(drawn, other)


def test_panels_side_by_side_have_one_number():
    page = ROOT / "docs/en/loss.md"
    text = page.read_text(encoding="utf-8")
    assert ")\n![" in text  # the slice and the bowl
    found = re.findall(r"caption \| (\S+) #figure-(\w+)", numbering.fill(page, text))
    labels = ("sticks", "absolutes", "surface", "bowl", "projection")
    chapter = numbering.number_of(page)
    assert found == [(f"{chapter}.{i}", label) for i, label in enumerate(labels, 1)]


def test_building_a_site_imports_neither_torch_nor_matplotlib(book):
    code = (
        "import sys; from tests import tiny; from pathlib import Path\n"
        f"said, site = tiny.build_english(Path({str(book)!r}))\n"
        "print(site.exists(), {'torch', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    command = (sys.executable, "-c", code)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True set()\n"
