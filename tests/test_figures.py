"""Figures are recorded: each is what its code draws now, and nothing else draws."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from publishing import drawing, figures

ROOT = Path(__file__).parents[1]
SHOWN = sorted(
    {
        found
        for page in ROOT.glob("docs/[a-z][a-z]/*.md")
        for found in figures.SOURCE.findall(page.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize(("name", "figure"), SHOWN, ids=map("/".join, SHOWN))
def test_a_figure_is_recorded_as_it_is_drawn(name, figure):
    file = figures.recorded(ROOT, name, figure)
    shown = file.read_text(encoding="utf-8") if file.is_file() else ""
    # Scalar kernels round in other places. Medians of 100 errors then differ by 17 % or
    # so; 9 points are a factor of two.
    other = figure == "digits" and torch.backends.cpu.get_cpu_capability() == "DEFAULT"
    if not drawing.alike(drawing.draw(name, figure), shown, 9 if other else 0.02):
        where = file.relative_to(ROOT)
        message = f"{where}: not what is drawn now; run `make record PAGE={name}`"
        pytest.fail(message, pytrace=False)


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


def test_the_readme_shows_a_recorded_figure():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"!\[.+\]\((.*\.svg)\)", readme)
    assert ROOT / shown == figures.recorded(ROOT, "estimates", "fit")


def test_building_a_site_imports_neither_torch_nor_matplotlib(book):
    code = (
        "import sys; from tests import tiny; from pathlib import Path\n"
        f"said, site = tiny.build_english(Path({str(book)!r}))\n"
        "print(site.exists(), {'torch', 'numpy', 'matplotlib'} & set(sys.modules))"
    )
    command = (sys.executable, "-c", code)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True set()\n"
