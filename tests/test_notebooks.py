"""Chapters as notebooks: on the site, executed while it is built, and taken home."""

import functools
import gzip
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from publishing import bundle, extension, numbering, plain
from publishing.cells import Code, Exercise
from publishing.notebooks import WORDS, Notebook
from publishing.page import Page, PageError, chapters
from publishing.plain import plain_text
from tests import tiny
from tests.projects import FOLDERS
from tests.server import SITE_URL

ROOT = Path(__file__).parents[1]
CAPTIONS = {"ko": "그림 {}.", "en": "Figure {}."}
CHAPTERS = [(language, name) for language in FOLDERS for name in chapters(ROOT)]
EACH = pytest.mark.parametrize(("language", "name"), CHAPTERS)
# nothing that would show another Python where the book is, or draw in another way
ALONE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PYTHON", "MPL"))
}


def notebook(language: str, name: str, root: Path = ROOT, site_url="") -> Notebook:
    """What the plugin makes of a page."""
    path = root / f"docs/{language}/{name}.md"
    page = Page(path, numbering.fill(path, path.read_text(encoding="utf-8")))
    title = f"{numbering.number_of(path)}. {page.front['title']}"
    return Notebook(page, title, CAPTIONS[language], site_url)


@functools.cache
def real(language: str, name: str) -> Notebook:
    """The notebook of a chapter as the site has it."""
    return notebook(language, name, site_url=SITE_URL + FOLDERS[language])


def cells(notebook: Notebook, kind: str = "") -> list[dict]:
    found = json.loads(notebook.readers())["cells"]
    cells = [cell for cell in found if kind in ("", cell["cell_type"])]
    return [cell | {"source": "".join(cell["source"])} for cell in cells]


def text(notebook: Notebook) -> str:
    return "\n\n".join(cell["source"] for cell in cells(notebook, "markdown"))


# Exercises


@EACH
def test_each_exercise_has_a_hint_for_each_mistake_that_its_check_knows(language, name):
    made = real(language, name)
    labels = re.findall(r'^<strong id="exercise-(\w+)"', made.page.source, re.M)
    assert [each.check for each in made.exercises] == labels != []
    answers = importlib.import_module(f"tests.test_{name}").ANSWERS
    for each in made.exercises:
        _right, *mistakes, _beside = answers[each.check]
        assert len(each.hints) == len(mistakes) >= 3, each.check


def test_a_notebook_tells_a_right_answer_from_each_mistake(site, tmp_path):
    """In a process of its own, because notebooks put modules in place of others."""
    code = f"from tests import test_notebooks as t; print(t.misjudged({str(site)!r}))"
    done = subprocess.run(
        (sys.executable, "-c", code),
        cwd=ROOT,
        env=os.environ | {"IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def misjudged(site: str) -> list[str]:
    """Answers of which a notebook does not say what its page says of them."""
    known, defined = {}, {}
    for _, name in CHAPTERS:
        known[name] = importlib.import_module(f"tests.test_{name}").ANSWERS
        defined[name] = vars(importlib.import_module(f"snippets.{name}"))
    wrong = []
    for language, name in CHAPTERS:
        home = Path(site, FOLDERS[language], f"downloads/{name}.ipynb")
        first = next(
            cell.source
            for cell in nbformat.read(home, as_version=4).cells
            if cell.cell_type == "code"
        )
        names = dict(defined[name])  # as the cells of the notebook define them
        exec(first, names)
        made, words = real(language, name), WORDS[language]
        for each in made.exercises:
            hints = map(made.plain, each.hints)
            said = (words["right"], *hints, words["wrong"], words["empty"])
            empty = [...] * len(each.asked)
            answers = (*known[name][each.check], empty)
            for answer, shall in zip(answers, said, strict=True):
                told = names["check"](each.number, *answer).data
                if told != shall:
                    wrong.append(f"{language}/{name} {each.number} {answer!r}: {told}")
    return wrong


# What is made of a page


@EACH
def test_a_downloaded_notebook_is_valid_and_says_what_it_is(site, language, name):
    path = site / FOLDERS[language] / f"downloads/{name}.ipynb"
    found = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(found)
    ids = [cell.id for cell in found.cells]
    assert len(set(ids)) == len(ids)
    made = real(language, name)
    metadata = found.metadata
    assert metadata.title == f"{made.title} · {WORDS[language]['notebook']}"
    assert (metadata.lang, metadata.license) == (language, "MIT")
    assert metadata.source == f"{SITE_URL}{FOLDERS[language]}{name}.html"
    # made by another process, where hashes of strings differ
    assert path.read_text(encoding="utf-8") == made.readers()


@EACH
def test_a_downloaded_notebook_holds_nothing_that_only_the_site_reads(language, name):
    for cell in cells(real(language, name), "markdown"):
        left = re.search(
            r"\{ [#.]|8<|\?\?\?|!!!|///|:::|\\eqref|\\label|\[\^|\.md[)#]|<!--|figure:"
            r"|\{\{|\[\]\(",
            cell["source"],
        )
        assert not left, cell["source"]
    assert not re.search(r"# \(\d\)!", real(language, name).readers())


def test_readers_see_the_number_of_the_equation_that_a_docstring_names():
    source = (ROOT / "snippets/loss.py").read_text(encoding="utf-8")
    assert "Source: equation loss#eq-mean-squared-error." in source
    made = real("en", "loss")
    code = "".join(each["source"] for each in cells(made, "code")[1:])
    page = extension.render(made.page)
    for shown in (code, BeautifulSoup(page, "html.parser").text):
        assert "Source: equation (5.1)." in shown
        assert "#eq-" not in shown


@pytest.mark.parametrize("has_address", [True, False])
@EACH
def test_links_of_a_notebook_lead_somewhere_from_anywhere(language, name, has_address):
    made = real(language, name)
    made = made if has_address else replace(made, site_url="")
    links = re.findall(r"\]\(([^)\s]*)\)", text(made))
    anchors = {f"#{id}" for id in re.findall(r'<a id="([^"]+)"></a>', text(made))}
    assert {link for link in links if link[0] == "#"} <= anchors
    assert all(link.startswith(("https://", SITE_URL, "#")) for link in links)
    assert any(link.startswith(SITE_URL) for link in links) == has_address


def test_without_an_address_a_link_to_another_page_is_its_words(book):
    sentence = "Read the start first, or try [the exercises](#exercises)."
    assert sentence in text(notebook("en", "sums", book))


def test_tabs_stand_below_each_other_and_annotations_are_comments(book):
    tiny.edit(book / "docs/en/sums.md", "!!! note", '=== "Fingers"\n\n    Slow.\n\n===')
    tiny.edit(book / "snippets/sums.py", "pass\n", "pass  # (1)!\n")
    made = notebook("en", "sums", book)
    written = "\n\n".join(cell["source"] for cell in cells(made))
    assert "**Fingers**\n\nSlow.\n\n**Careful**\n\nWhoever" in written
    assert "pass  # (1)\n" in written


@EACH
def test_each_solution_is_below_a_closed_heading(language, name):
    found = json.loads(real(language, name).readers())
    closed = [
        cell["id"]
        for cell in found["cells"]
        if cell["metadata"].get("jp-MarkdownHeadingCollapsed")
    ]
    page = real(language, name).page.source
    assert len(closed) == page.count("\n??? solution") > 0
    assert found["metadata"]["colab"]["collapsed_sections"] == closed


def test_a_closed_heading_hides_the_solution_and_no_more(book):
    found = cells(notebook("en", "sums", book))
    first = [cell["id"] for cell in found].index("five")
    assert [cell["source"].partition("\n")[0] for cell in found[first:]] == [
        "total = ...  # int",
        "#### Solution 1.1",
        "The solution begins.",
        "five = 2 + 3",
        "The solution ends.",
        '<a id="exercise-nine"></a>',
        "sum_of_both = ...  # int",
        "#### Solution 1.2",
        "It is nine, as [Exercise\N{NO-BREAK SPACE}1.1](#exercise-five) is five.",
        '<a id="sources"></a>',
    ]


def test_what_a_page_shows_twice_is_two_cells(book):
    page = book / "docs/ko/sums.md"
    written = page.read_text(encoding="utf-8")
    block = written[written.index("```python") : written.index("$$")]
    tiny.edit(page, "## Exercises", f"Again:\n\n{block}\n## Exercises")
    made = notebook("ko", "sums", book)
    ids = [code.id for code in made.codes]
    assert ids[:2] == ["imports", "total"]
    assert ids[-3:] == ["imports-2", "total-2", "solution_five"]
    assert made.markdown().count("<!-- output of total-2 -->") == 1


def test_a_figure_that_a_block_shows_is_not_drawn_again(book):
    """On the page it stands below the block; in a notebook it would be there twice."""
    before = notebook("en", "sums", book)
    assert [code.id for code in before.codes if code.alt] == ["figure_line"]
    _show_the_line(book, "en")
    made = notebook("en", "sums", book)
    assert [code.id for code in made.codes if "line" in code.source] == ["show"]
    written = made.markdown()
    place = 'aria-label="A line."><!-- output of show --></div>'
    assert written.count(place) == written.count("aria-label=") == 1
    assert written.index("sums.py:show") < written.index(place)
    assert plain.markdown(made.page, "{}").count("[A line.]") == 1
    # another block's figure stays: between the two is a text
    tiny.edit(book / "docs/en/sums.md", "![A line.]", "Look:\n\n![A line.]")
    parted = notebook("en", "sums", book)
    assert [code.id for code in parted.codes if code.alt] == ["figure_line"]


def _show_the_line(book: Path, language: str) -> None:
    """Gives the chapter a block that draws its figure."""
    code = "import matplotlib.pyplot as plt\n\n    plt.plot([1, 2])  # a line\n"
    section = f"    # --8<-- [start:show]\n    {code}    plt.show()\n"
    snippet = book / "snippets/sums.py"
    if "plt.show()" not in snippet.read_text(encoding="utf-8"):
        start = "    # --8<-- [start:solution_five]"
        end = "    # --8<-- [end:show]\n\n"
        tiny.edit(snippet, start, section + end + start)
    block = '```python\n--8<-- "snippets/sums.py:show"\n```\n\n'
    tiny.edit(book / f"docs/{language}/sums.md", "![A line.]", block + "![A line.]")


@pytest.mark.parametrize(
    ("repository", "path"),
    [
        ("https://github.com/who/sums", "who/sums/blob/notebooks/ko/sums.ipynb"),
        ("https://github.com/who/sums.git", "who/sums/blob/notebooks/ko/sums.ipynb"),
        ("https://gitlab.com/who/sums", None),
        ("", None),
    ],
)
def test_colab_opens_what_github_has(book, repository, path):
    links = replace(notebook("ko", "sums", book), repo_url=repository).links()
    found = re.findall(r"https://colab\.research\.google\.com/github/([^)]*)", links)
    assert found == ([path] if path else [])


def test_what_is_needed_is_carried_in_an_order_that_runs(tmp_path):
    (tmp_path / "snippets").mkdir()
    for name, code in {
        "signs": '# --8<-- [start:sign]\nSIGN = "="  # (1)!\n# --8<-- [end:sign]\n',
        "sums": "from snippets.signs import SIGN\nif __name__ == '__main__':\n    1\n",
        "unused": "",
    }.items():
        (tmp_path / f"snippets/{name}.py").write_text(code)
    page = tmp_path / "page.md"
    asked = "from snippets.sums import SIGN\nfrom snippets.signs import SIGN"
    assert list(bundle.modules(tmp_path, asked, (page, 7)).items()) == [
        ("snippets.signs", 'SIGN = "="'),
        ("snippets.sums", "from snippets.signs import SIGN"),
    ]
    with pytest.raises(PageError, match=r"page.md:7: .* imports snippets\.area, which"):
        bundle.modules(tmp_path, "from snippets.area import AREA", (page, 7))


# Executed: the book of one chapter


@pytest.fixture(scope="module")
def executed(build_once, tmp_path_factory) -> tuple[Path, list[str]]:
    """The site of the book of one chapter, and what its build has said."""
    root = tiny.make(tmp_path_factory.mktemp("executed") / "book")
    # a cell that prints in pieces
    tiny.edit(
        root / "snippets/sums.py", "print(f", 'print("Now", flush=True)\n    print(f'
    )
    _show_the_line(root, "en")
    github = "https://github.com/who/sums"
    site, said = build_once("sums", root, NOTEBOOKS="1", REPO_URL=github)
    # other processes may say something, too, such as kernels that are stopped
    levels = ("INFO ", "WARNING ", "ERROR ")
    return site, [line for line in said.splitlines() if line.startswith(levels)]


def test_each_language_is_executed_once_without_a_warning(executed):
    _, said = executed
    assert len([line for line in said if "execute=True" in line]) == len(FOLDERS)
    assert [line for line in said if not line.startswith("INFO ")] == []


@pytest.mark.parametrize(("language", "folder"), FOLDERS.items())
def test_a_notebook_s_page_is_its_chapter_with_what_was_executed(
    executed, language, folder
):
    site = executed[0] / folder
    page = (site / "notebooks/sums.html").read_text(encoding="utf-8")
    shown = BeautifulSoup(page, "html.parser").article
    assert shown.h1.text.strip("¶\n") == "1. Sums"
    assert [each.text for each in shown.select(".jp-OutputArea-output pre")] == [
        "Now\n1 + 2 = 3\n"
    ]
    assert shown.select_one("figure#figure-line .figure[aria-label] svg")
    assert len(shown.select(".jp-OutputArea-output svg")) == 1
    assert shown.select_one("#eq-order").text.count("(1.1)") == 1
    links = [link["href"] for link in shown.select("a[href]")]
    assert "../index.html#start" in links
    assert "../downloads/sums.ipynb" in links
    assert any(f"/github/who/sums/blob/notebooks/{language}/" in link for link in links)
    chapter = (site / "sums.html").read_text(encoding="utf-8")
    assert 'href="notebooks/sums.html"' in chapter


# Executed: every chapter


@pytest.fixture(scope="module")
def articles(site_with_notebooks) -> dict[tuple[str, str], tuple]:
    """What each notebook's page shows, and what its chapter's page shows."""

    def article(address: str):
        page = (site_with_notebooks / address).read_bytes()
        return BeautifulSoup(page, "html.parser").article

    return {
        (language, name): (
            article(f"{FOLDERS[language]}notebooks/{name}.html"),
            article(f"{FOLDERS[language]}{name}.html"),
        )
        for language, name in CHAPTERS
    }


@pytest.mark.notebooks
@EACH
def test_a_notebook_prints_what_its_chapter_has_recorded(articles, language, name):
    notebook, chapter = articles[language, name]
    executed = [each.text for each in notebook.select(".jp-OutputArea-output > pre")]
    recorded = [each.text for each in chapter.select(".language-text code")]
    # Markdown makes spaces of tabs
    assert [text.expandtabs(4) for text in executed] == recorded != []


@pytest.mark.notebooks
@EACH
def test_a_notebook_draws_what_its_chapter_has_recorded(articles, language, name):
    drawn, recorded = (
        [
            (figure["aria-label"], [path["d"] for path in figure.select("svg path[d]")])
            for figure in article.select(".figure:has(svg)")
        ]
        for article in articles[language, name]
    )
    assert [label for label, _ in drawn] == [label for label, _ in recorded]
    outputs = articles[language, name][0].select(".jp-OutputArea-output svg")
    assert len(outputs) == len(drawn)  # none is drawn twice
    for (_, ours), (_, theirs) in zip(drawn, recorded, strict=True):
        assert len(ours) == len(theirs) > 0


@pytest.mark.notebooks
@EACH
def test_a_notebook_has_the_headings_and_numbers_of_its_chapter(
    articles, language, name
):
    """mkdocs-jupyter makes ids of what is ASCII in a heading, which Korean is not."""
    notebook, chapter = (
        [
            (each.name, each.get("id"), " ".join(each.text.split()))
            for each in article.select("h1, h2, h3, h4, [id^=eq-], [id^=exercise-]")
            if not each.find_parent(class_="moved")
        ]
        for article in articles[language, name]
    )
    assert notebook == chapter


@pytest.mark.notebooks
@EACH
def test_a_notebook_has_the_admonitions_of_its_chapter(articles, language, name):
    """mkdocs-jupyter knows no admonitions, and shows their marks."""
    notebook, chapter = (
        [each["class"] for each in article.select("details, .admonition")]
        for article in articles[language, name]
    )
    assert notebook == [["note", "carried"], *chapter]
    assert not re.search(r"\?\?\? \w|!!! \w", articles[language, name][0].text)


@pytest.mark.notebooks
@EACH
def test_the_links_of_a_notebook_arrive(site_with_notebooks, articles, language, name):
    """mkdocs-jupyter leaves links to `.md` files as they are."""
    notebook, _ = articles[language, name]
    links = [link["href"] for link in notebook.select("a[href]")]
    assert f"../{name}.html" in links
    folder = site_with_notebooks / FOLDERS[language] / "notebooks"
    for link in links:
        path = link.partition("#")[0]
        if path and "://" not in path:
            assert (folder / path).resolve().is_file(), link


@pytest.mark.notebooks
@EACH
def test_the_page_of_a_notebook_is_light(site_with_notebooks, language, name):
    """mkdocs-jupyter adds 600 kB of CSS and scripts."""
    folder = site_with_notebooks / FOLDERS[language] / "notebooks"
    page = (folder / f"{name}.html").read_text(encoding="utf-8")
    assert page.startswith("\n<!doctype html>") or page.startswith("<!doctype html>")
    without_figures = re.sub(r"<svg .*?</svg>", "", page, flags=re.S)
    assert len(gzip.compress(without_figures.encode())) <= 60_000
    assert not (folder / f"{name}.ipynb").exists()


def test_a_half_open_interval_opens_no_link():
    page = Page(ROOT / "docs/en/data.md")
    text = "In $[0, 1)$; see\n[Chapter 4](model.md)."
    assert "In $[0, 1)$; see\n" in plain_text(text, page, "Figure {}.", "")


# At home


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Iterator[Path]:
    """An environment with what a notebook asks for, and nothing of the book."""
    folder = tmp_path_factory.mktemp("clean")
    required = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pins = [line.split()[0] for line in required.splitlines() if "==" in line]
    (folder / "pins.txt").write_text("\n".join(pins))
    libraries = "--no-compile --constraint pins.txt torch matplotlib scipy ipykernel"
    for program, arguments in (
        (sys.executable, "-m venv ."),
        ("bin/pip", f"install --quiet --disable-pip-version-check {libraries}"),
        ("bin/python", "-m ipykernel install --sys-prefix --name clean"),
    ):
        command = (folder / program, *arguments.split())
        subprocess.run(command, cwd=folder, env=ALONE, check=True, capture_output=True)
    yield folder
    shutil.rmtree(folder)  # pytest would keep three


@pytest.mark.parametrize("name", chapters(ROOT))
def test_both_languages_have_the_same_code(name):
    """Apart from the first cell, which has the words of hints."""
    ko, en = (
        [cell["source"] for cell in cells(real(language, name), "code")]
        for language in FOLDERS
    )
    assert ko[1:] == en[1:] != []


@pytest.mark.environment
def test_each_notebook_runs_where_only_what_setup_installs_is(site, clean, tmp_path):
    """In one language: the code of the other is the same."""

    def run(name: str) -> dict[str, str]:
        return _run(site / f"en/downloads/{name}.ipynb", clean, tmp_path / name)

    names, wrong = chapters(ROOT), []
    with ThreadPoolExecutor(2) as pool:
        for name, told in zip(names, pool.map(run, names), strict=True):
            expected = _numbered(_expected("en", name))
            assert list(told) == list(expected), f"cells of {name}"
            wrong += [
                f"{name}, cell {id}: {text!r} instead of {expected[id]!r}"
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
    notebook.cells.insert(0, nbformat.v4.new_code_cell(alone, id="before-all"))
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


def _numbered(cells: Iterator[tuple[str, str]]) -> dict[str, str]:
    """A block and an exercise may have one name: the second gets a number."""
    found: dict[str, str] = {}
    for id, shown in cells:
        found[f"{id}-2" if id in found else id] = shown
    return found


def _expected(language: str, name: str) -> Iterator[tuple[str, str]]:
    """The same as the chapter has it: outputs are recorded, answers are wanted."""
    yield "before-all", "None None None\n"
    yield "carried", ""
    for part in real(language, name).parts:
        if isinstance(part, Exercise):
            yield part.check, WORDS[language]["empty"]
        elif isinstance(part, Code) and part.alt is not None:
            yield part.id, "<svg"
        elif isinstance(part, Code):
            shown = "<svg" if "plt.show()" in part.source else ""
            output = part.output
            yield part.id, output.read_text(encoding="utf-8") if output else shown
