"""Chapters as notebooks: on the site, executed while it is built, and taken home."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest

from publishing import cells, pages
from publishing.cells import Code, Exercise
from publishing.ipynb import WORDS

ROOT = Path(__file__).parents[1]
FOLDERS = {"ko": "", "en": "en/"}  # of the site
CHAPTERS = [
    (language, page.stem)
    for language in FOLDERS
    for page in sorted((ROOT / "docs" / language).glob("*.md"))
    if "??? hint" in page.read_text(encoding="utf-8")
]

# nothing that would show another Python where the book is
ALONE = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Iterator[Path]:
    """An environment with what a notebook asks for, and nothing of the book."""
    folder = tmp_path_factory.mktemp("clean")
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = [line.split()[0] for line in required.splitlines() if "==" in line]
    (folder / "pins.txt").write_text("\n".join(pins))
    libraries = "--no-compile --constraint pins.txt torch matplotlib ipykernel"
    for program, arguments in (
        (sys.executable, "-m venv ."),
        ("bin/pip", f"install --quiet --disable-pip-version-check {libraries}"),
        ("bin/python", "-m ipykernel install --sys-prefix --name clean"),
    ):
        command = (folder / program, *arguments.split())
        subprocess.run(command, cwd=folder, env=ALONE, check=True, capture_output=True)
    yield folder
    shutil.rmtree(folder)  # pytest would keep three


@pytest.mark.environment
def test_each_notebook_runs_where_only_torch_and_matplotlib_are(site, clean, tmp_path):
    def run(language: str, name: str) -> dict[str, str]:
        home = site / f"{FOLDERS[language]}downloads/{name}.ipynb"
        return _run(home, clean, tmp_path / language / name)

    wrong = []
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(run, *zip(*CHAPTERS, strict=True))
        for (language, name), told in zip(CHAPTERS, found, strict=True):
            expected = dict(_expected(language, name))
            assert list(told) == list(expected), f"cells of {language}/{name}"
            wrong += [
                f"{language}/{name}, cell {id}: {text!r} instead of {expected[id]!r}"
                for id, text in told.items()
                if text != expected[id]
            ]
    assert not wrong, "\n".join(wrong)


def _run(home: Path, clean: Path, folder: Path) -> dict[str, str]:
    """What each code cell shows when all are run in a folder with nothing else."""
    notebook = nbformat.read(home, as_version=4)
    alone = (
        "from importlib.util import find_spec\n"
        "print(*map(find_spec, ('snippets', 'publishing', 'mkdocs')))"
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(alone, id="alone"))
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / home.name)
    command = (Path(sys.executable).with_name("jupyter-execute"), "--inplace")
    options = ("--kernel_name=clean", "--timeout=120", "--allow-errors")
    subprocess.run(
        (*command, *options, home.name),
        cwd=folder,
        env=ALONE | {"JUPYTER_PATH": str(clean / "share/jupyter")},
        check=True,
        capture_output=True,
    )
    assert [path.name for path in folder.iterdir()] == [home.name]
    return {
        cell.id: "".join(map(_shown, cell.outputs))
        for cell in nbformat.read(folder / home.name, as_version=4).cells
        if cell.cell_type == "code"
    }


def _shown(output: dict) -> str:
    """What is printed or drawn, or a check's answer, but no mere value."""
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    if output.output_type == "stream":
        return output.text
    data = output.data
    return "<svg" if "image/svg+xml" in data else data.get("text/markdown", "")


def _expected(language: str, name: str) -> Iterator[tuple[str, str]]:
    """The same as the chapter has it: outputs are recorded, answers are wanted."""
    page = ROOT / f"docs/{language}/{name}.md"
    recorded = {block.line: block.output for block in pages.blocks(page)}
    yield "alone", "None None None\n"
    yield "brought", ""
    for part in cells.parts(page):
        if isinstance(part, Exercise):
            yield f"answer-{part.check}", ""
            yield part.check, WORDS[language]["empty"]
        elif isinstance(part, Code) and part.alt is not None:
            yield part.id, "<svg"
        elif isinstance(part, Code):
            output = recorded[part.line]
            yield part.id, output.read_text(encoding="utf-8") if output else ""
