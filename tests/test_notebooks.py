"""Chapters as notebooks: on the site, executed while it is built, and taken home."""

import errno
import functools
import gzip
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from mkdocs.exceptions import PluginError
from mkdocs.utils import meta

from publishing import carried, cells, notebooks, pages
from publishing.cells import Code, Exercise
from publishing.ipynb import WORDS, Notebook, place
from publishing.pages import PageError
from tests import projects, tiny
from tests.projects import FOLDERS
from tests.server import fetch, mkdocs_serve

ROOT = Path(__file__).parents[1]
CAPTIONS = {"ko": "그림 {}.", "en": "Figure {}."}
CHAPTERS = [
    (language, page.stem)
    for language in FOLDERS
    for page in sorted((ROOT / "docs" / language).glob("*.md"))
    if re.search(r"^\*\*\d+\.\d+\*\* ", page.read_text(encoding="utf-8"), re.M)
]
SITE_URL = "https://example.org/sums/"
# nothing that would show another Python where the book is
ALONE = {name: value for name, value in os.environ.items() if name[:6] != "PYTHON"}
EXECUTED = re.compile(r"Converting notebook \(execute=True\).*/(\w+/notebooks/\w+)\.")


def notebook(language: str, name: str, root: Path = ROOT, site_url="") -> Notebook:
    """What is made of a page."""
    page = root / f"docs/{language}/{name}.md"
    _, front = meta.get_data(page.read_text(encoding="utf-8"))
    about = (language, front["title"], site_url, "", CAPTIONS[language])
    return Notebook(page, cells.parts(page), *about)


real = functools.cache(notebook)  # of the book as it is


def markdown(text: str) -> list[str]:
    """A notebook's Markdown cells."""
    found = nbformat.reads(text, as_version=4).cells
    return [cell.source for cell in found if cell.cell_type == "markdown"]


def apart(function: Callable, *arguments: str, **environment: str) -> object:
    """What the function of this module returns in a process of its own."""
    call = f"tests.test_notebooks.{function.__name__}(*{arguments!r})"
    code = f"import json, tests.test_notebooks; print(json.dumps({call}))"
    environment = {"PYTHONPATH": str(ROOT)} | environment
    done = subprocess.run(
        (sys.executable, "-c", code),
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, file
    file.write_text(text.replace(old, new), encoding="utf-8")


# Exercises


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_each_exercise_has_a_hint_for_each_mistake_that_its_check_knows(language, name):
    made = real(language, name)
    text = made.page.read_text(encoding="utf-8")
    numbers = re.findall(r"^\*\*(\d+\.\d+)\*\* ", text, re.M)
    assert [each.number for each in made.exercises] == numbers
    answers = importlib.import_module(f"tests.test_{name}").ANSWERS
    for each in made.exercises:
        right, *mistakes, beside = answers[int(each.number.partition(".")[2])]
        assert right
        assert beside
        assert len(each.hints) == len(mistakes) >= 3, each.number


@pytest.mark.parametrize("language", FOLDERS)
def test_each_chapter_with_exercises_is_a_notebook(language):
    nav = projects.read(ROOT / pages.CONFIGURATIONS[language])["nav"]
    named = re.findall(r"notebooks/(\w+)\.ipynb", repr(nav))
    assert sorted(named) == [name for each, name in CHAPTERS if each == language]


def test_a_notebook_tells_a_right_answer_from_each_mistake(site, site_url, tmp_path):
    assert apart(misjudged, str(site), site_url, IPYTHONDIR=str(tmp_path)) == []


def misjudged(site: str, site_url: str) -> list[str]:
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
        page = notebook(language, name, site_url=site_url + FOLDERS[language])
        words = WORDS[language]
        for each in page.exercises:
            hints = map(page.plain, each.hints)
            said = (words["right"], *hints, words["wrong"], words["empty"])
            answers = known[name][int(each.number.partition(".")[2])]
            empty = [...] * len(each.asked)
            for answer, shall in zip((*answers, empty), said, strict=True):
                told = names["check"](each.number, *answer).data
                if told != shall:
                    wrong.append(f"{language}/{name} {each.number} {answer!r}: {told}")
    return wrong


# What is made of a page


def test_the_same_page_makes_the_same_bytes():
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda seed: apart(digests, PYTHONHASHSEED=seed), "12")
    assert len(first) == 3 * len(CHAPTERS)
    assert first == second


def digests() -> dict[str, str]:
    return {
        f"{language}/{name} {kind}": hashlib.sha256(text.encode()).hexdigest()
        for language, name in CHAPTERS
        for made in (notebook(language, name, site_url=SITE_URL),)
        for kind in ("executed", "home", "shown")
        for text in (getattr(made, kind)(),)
    }


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_a_downloaded_notebook_is_valid_and_says_what_it_is(
    site, site_url, language, name
):
    path = site / FOLDERS[language] / f"downloads/{name}.ipynb"
    found = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(found)
    ids = [cell.id for cell in found.cells]
    assert len(set(ids)) == len(ids)
    _, front = meta.get_data((ROOT / f"docs/{language}/{name}.md").read_text("utf-8"))
    metadata = found.metadata
    assert metadata.title == f"{front['title']} · {WORDS[language]['notebook']}"
    assert (metadata.lang, metadata.license) == (language, "MIT")
    assert metadata.source == f"{site_url}{FOLDERS[language]}{name}.html"


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_a_downloaded_notebook_holds_nothing_that_only_the_site_reads(
    site, language, name
):
    path = site / FOLDERS[language] / f"downloads/{name}.ipynb"
    for cell in markdown(path.read_text(encoding="utf-8")):
        left = re.search(
            r"\{ [#.]|8<|\?\?\?|!!!|///|:::|\\eqref|\[\^|\.md[)#]|<!--|figure:", cell
        )
        assert not left, cell
    assert not re.search(r"# \(\d\)!", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("site_url", [SITE_URL, ""])
@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_links_of_a_notebook_lead_somewhere_from_anywhere(language, name, site_url):
    made = replace(real(language, name), site_url=site_url)
    cells = "\n".join(markdown(made.home()))
    links = re.findall(r"\]\(([^)\s]*)\)", cells)
    anchors = {f"#{id}" for id in re.findall(r'<a id="([^"]+)"></a>', cells)}
    assert {link for link in links if link[0] == "#"} <= anchors
    assert all(link.startswith(("https://", "#")) for link in links)
    assert any(link.startswith(SITE_URL) for link in links) == bool(site_url)


def test_without_an_address_a_link_to_another_chapter_is_its_words(book):
    cells = "\n".join(markdown(notebook("en", "sums", book).home()))
    assert "Read the start first, or try [the exercises](#exercises)." in cells


def test_tabs_stand_below_each_other_and_annotations_are_comments(book):
    edit(book / "docs/en/sums.md", "!!! note", '=== "Fingers"\n\n    Slow.\n\n===')
    edit(book / "snippets/sums.py", "add(1, 2))", "add(1, 2))  # (1)!")
    found = json.loads(notebook("en", "sums", book).home())["cells"]
    cells = "\n\n".join(cell["source"] for cell in found)
    assert "**Fingers**\n\nSlow.\n\n**Careful**\n\nWhoever" in cells
    assert "add(1, 2))  # (1)\n" in cells


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_each_solution_is_below_a_closed_heading(language, name):
    found = json.loads(real(language, name).home())
    closed = [
        cell["id"]
        for cell in found["cells"]
        if cell["metadata"].get("jp-MarkdownHeadingCollapsed")
    ]
    page = (ROOT / f"docs/{language}/{name}.md").read_text(encoding="utf-8")
    assert len(closed) == page.count("\n??? solution") > 0
    assert found["metadata"]["colab"]["collapsed_sections"] == closed


def test_a_closed_heading_hides_the_solution_and_no_more(book):
    found = json.loads(notebook("en", "sums", book).home())["cells"]
    assert [
        cell["source"].partition("\n")[0]
        for cell in found[[cell["id"] for cell in found].index("check_1") + 1 :]
    ] == [
        "#### Solution 1.1",
        "The solution begins.",
        "five = add(2, 3)",
        "The solution ends.",
        "### 1.2",
        "sum_of_both = ...  # int",
        'check("1.2", sum_of_both)',
        "#### Solution 1.2",
        "It is nine.",
        '<a id="sources"></a>',
    ]


def test_colab_opens_what_github_has(mkdocs, first, book, monkeypatch):
    begin = "https://colab.research.google.com/github/"
    page = f"{begin}who/sums/blob/notebooks/ko/sums.ipynb"
    monkeypatch.setenv("REPO_URL", "https://github.com/who/sums")
    built = mkdocs("build", root=book)
    assert built.returncode == 0, built.stderr
    for root, links in ((book, [page]), (first[0], [])):
        shown = (root / "site/notebooks/sums.html").read_text(encoding="utf-8")
        assert re.findall(r'href="([^"]*colab[^"]*)"', shown) == links
    for address, has in (("hub.com/who/sums.git", True), ("lab.com/who/sums", False)):
        made = replace(notebook("ko", "sums", book), repo_url=f"https://git{address}")
        assert (page in made.links()) == has


# What it carries


def test_only_what_is_needed_is_carried_in_an_order_that_runs(tmp_path):
    snippets = tmp_path / "snippets"
    snippets.mkdir()
    (snippets / "__init__.py").write_text("from math import inf, pi\n\nTAU = 2 * pi\n")
    (snippets / "circle.py").write_text(
        "import os\n"
        "import sys, math as m\n"
        "from functools import cache, partial\n"
        "from snippets import TAU\n"
        "\n"
        "# --8<-- [start:around]\n"
        "UNIT, OTHER = 1.0, 2.0\n"
        "UNUSED = os.name\n"
        "\n"
        "\n"
        "@cache\n"
        "def around(radius=UNIT):\n"
        "    # --8<-- [start:body]\n"
        "    return TAU * m.fabs(radius)\n"
        "    # --8<-- [end:body]\n"
        "\n"
        "\n"
        "# --8<-- [end:around]\n"
        "def unused():\n"
        "    return partial(around, OTHER)\n"
    )
    found = carried.sources(tmp_path, [("snippets.circle", "around")])
    assert list(found) == ["snippets", "snippets.circle"]
    assert [
        [line for line in text.splitlines() if line] for text in found.values()
    ] == [
        ["from math import pi", "TAU = 2 * pi"],
        [
            "import math as m",
            "from functools import cache",
            "from snippets import TAU",
            "UNIT, OTHER = 1.0, 2.0",
            "@cache",
            "def around(radius=UNIT):",
            "    return TAU * m.fabs(radius)",
        ],
    ]
    with pytest.raises(LookupError, match=r"snippets\.circle has no area"):
        carried.sources(tmp_path, [("snippets.circle", "area")])

    run = (
        "import sys, types\n"
        f"for name, source in {found!r}.items():\n"
        "    module = sys.modules[name] = types.ModuleType(name)\n"
        "    exec(source, vars(module))\n"
        "print(module.around(-1))\n"
    )
    command = (sys.executable, "-I", "-c", run)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout[:6], done.stderr) == ("6.2831", "")


def test_only_notebooks_that_carry_a_change_are_executed_again(tmp_path):
    root = tmp_path / "book"
    ignored = shutil.ignore_patterns(".*", "site", "tests", "__pycache__")
    shutil.copytree(ROOT, root, ignore=ignored)
    before = executed(root)
    for old, new, expected in (
        ("[1.5048,", "[1.5,", {"data", "gradients", "estimates"}),  # POST_ROWS
        ("of y over datasets of one", "of y over sets of one", {"data"}),
    ):
        edit(root / "snippets/data.py", old, new)
        after = executed(root)
        changed = {each for each in CHAPTERS if after[each] != before[each]}
        assert changed == {each for each in CHAPTERS if each[1] in expected}
        before = after


def executed(root: Path) -> dict[tuple[str, str], str]:
    return {each: notebook(*each, root).executed() for each in CHAPTERS}


# Building


@pytest.fixture(scope="module")
def first(tmp_path_factory, mkdocs) -> tuple[Path, str]:
    """A book of one chapter, built once, and what that has said."""
    root = tmp_path_factory.mktemp("first") / "book"
    tiny.make(root)
    built = mkdocs("build", "--config-file", "mkdocs.yml", root=root)
    assert built.returncode == 0, built.stderr
    return root, built.stderr


@pytest.fixture
def book(first, tmp_path) -> Path:
    """The same book with its caches, to be changed."""
    ignored = shutil.ignore_patterns("site", "__pycache__")
    return shutil.copytree(first[0], tmp_path / "book", ignore=ignored)


def test_each_language_is_executed_once_and_keeps_what_it_was_told(first):
    root, said = first
    assert EXECUTED.findall(said) == ["ko/notebooks/sums", "en/notebooks/sums"]
    assert all(line.startswith("INFO ") for line in said.splitlines()), said
    for language in FOLDERS:
        kept = root / f".cache/notebooks/{language}/notebooks/sums.json"
        told = json.loads(kept.read_text(encoding="utf-8"))["outputs"]
        assert told == {"brought": "", "total": "1 + 2 = 3\n", "solution": ""}
        assert WORDS[language]["first"] in kept.with_suffix(".ipynb").read_text("utf-8")


def test_what_no_cell_needs_is_changed_without_executing_again(mkdocs, book):
    edit(book / "docs/en/sums.md", "Whoever counts", "Who counts")
    edit(book / "snippets/tools.py", "return 1", "return 2")
    edit(book / "snippets/sums.py", "5, 6, 23", "5, 6, 32")
    built = mkdocs("build", root=book)
    assert built.returncode == 0, built.stderr
    assert not EXECUTED.findall(built.stderr)
    page = (book / "site/en/notebooks/sums.html").read_text(encoding="utf-8")
    assert "Who counts errs." in page
    assert "1 + 2 = 3" in page


def test_what_a_cell_imports_is_changed_and_executed_again(mkdocs, book):
    """mkdocs-jupyter's own cache would show a stale page."""
    edit(book / "snippets/tools.py", "return a + b", "return a * b")
    built = mkdocs("build", root=book)
    assert built.returncode == 0, built.stderr
    assert EXECUTED.findall(built.stderr) == ["ko/notebooks/sums", "en/notebooks/sums"]
    page = (book / "site/en/notebooks/sums.html").read_text(encoding="utf-8")
    assert "1 + 2 = 2" in page


LIBRARIES = ["python", "torch", "numpy", "matplotlib", "mkdocs-jupyter"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_version_of_a_library_is_executed_again(tmp_path, monkeypatch, library):
    file = SimpleNamespace(abs_src_path=str(tmp_path / "sums.ipynb"), name="sums")
    Path(file.abs_src_path).write_text("{}")
    versions, ran = dict.fromkeys(LIBRARIES, "1"), []
    monkeypatch.setattr(notebooks, "version", versions.get)
    for version in ("1", "1", "2", "2"):
        versions[library] = version
        page = SimpleNamespace(file=file, content="")
        notebooks._told(page, {}, lambda *_: ran.append(dict(versions)), None, None)
    assert [each[library] for each in ran] == ["1", "2"]


def test_two_builds_at_the_same_time_execute_once(tmp_path):
    root = tmp_path / "book"
    tiny.make(root)
    builds = [
        subprocess.Popen(
            (sys.executable, "-m", "mkdocs", "build", "--site-dir", tmp_path / name),
            cwd=root,
            env=os.environ | {"SITE_URL": "", "NO_MKDOCS_2_WARNING": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "other")
    ]
    said = [build.communicate()[1] for build in builds]
    assert [build.returncode for build in builds] == [0, 0], said
    executed = EXECUTED.findall("".join(said))
    assert sorted(executed) == ["en/notebooks/sums", "ko/notebooks/sums"]
    for name in ("one", "other"):
        page = (tmp_path / name / "notebooks/sums.html").read_text(encoding="utf-8")
        assert "1 + 2 = 3" in page


# name: (file, old, new, the one line that the build ends with)
MISTAKES = {
    "a cell that raises": (
        "snippets/sums.py", "SIGN, add(1, 2)", "1 / 0",
        "docs/ko/sums.md:14: the cell total raises ZeroDivisionError: division by "
        "zero; mend it, or what it imports",
    ),
    "a cell that takes too long": (
        "snippets/tools.py", "return a + b", "import time; time.sleep(20)",
        "docs/ko/sums.md:14: the cell total still runs after 4 s; make it end, or "
        "smaller",
    ),
    "no kernel": (
        "publishing/ipynb.py", '"name": "python3"', '"name": "python4"',
        "docs/ko/sums.md:1: the notebook is not executed: NoSuchKernel: "
        "No such kernel named python4",
    ),
    "an exercise without its check": (
        "snippets/sums.py", "def check_1", "def check_one",
        "docs/ko/sums.md:28: snippets/sums.py has no check_1(), which finds the hint",
    ),
    "hints of no exercise, when Korean is complete": (
        "docs/en/sums.md", "**1.1** ", "",
        "docs/en/sums.md:28: hints stand behind an exercise, **3.1** …",
    ),
    "a snippet that is not Python": (
        "snippets/sums.py", "def check_1(", "def check_1",
        "snippets/sums.py:4: SyntaxError: unmatched ')'; mend it",
    ),
    "a snippet's snippet that is not Python": (
        "snippets/tools.py", "return a + b", "return a +",
        "snippets/tools.py:5: SyntaxError: invalid syntax; mend it",
    ),
    "a page without a title": (
        "docs/en/sums.md", "# 1", "1",
        "docs/en/sums.md:1: a notebook needs a title; write `# TITLE` above the text",
    ),
    "a page without a description": (
        "docs/ko/sums.md", "description:", "subject:",
        "docs/ko/sums.md:1: a notebook needs a description; write `description:` above "
        "the page",
    ),
    "a notebook without a page": (
        "mkdocs.yml", "notebooks/sums.ipynb", "notebooks/sum.ipynb",
        "mkdocs.yml:1: nav has notebooks/sum.ipynb; there is no sum.md for it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_one_line_and_leaves_no_site(mkdocs, book, name):
    """mkdocs-jupyter would publish a page with the traceback of a cell that raises."""
    file, old, new, message = MISTAKES[name]
    edit(book / file, old, new)
    edit(book / "publishing/notebooks.py", "SECONDS = 120", "SECONDS = 4")
    built = mkdocs("build", root=book)
    assert built.returncode
    said = [line for line in built.stderr.splitlines() if line and line[:5] != "INFO "]
    where = "ERROR   -  Error reading page 'notebooks/sums.ipynb':"
    assert [line for line in said if line != where] == [f"ERROR   -  {message}"]
    assert not (book / "site").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "total: int",
            "add: int",
            "docs/ko/sums.md:28: the page defines add already; call it otherwise in "
            "check_1()",
        ),
        (
            "sum_of_both: int",
            "five: int",
            "docs/ko/sums.md:46: the page defines five already; call it otherwise in "
            "check_2()",
        ),
        (
            "total: int",
            "total",
            "snippets/sums.py:4: check_1() does not tell what total is; annotate it",
        ),
        (
            "import SIGN, add",
            "import SIGN, sum",
            "docs/ko/sums.md:1: its notebook: snippets.tools has no sum",
        ),
        (
            "from snippets.tools",
            "from snippets.tool",
            "docs/ko/sums.md:1: its notebook: there is no snippets.tool",
        ),
    ],
)
def test_a_mistake_in_a_snippet_is_told_before_it_is_executed(book, old, new, message):
    edit(book / "snippets/sums.py", old, new)
    with pytest.raises(PageError) as told:
        notebook("ko", "sums", book).home()
    assert str(told.value) == message


def test_what_a_page_shows_twice_is_two_cells(book):
    page = book / "docs/ko/sums.md"
    text = page.read_text(encoding="utf-8")
    block = text[text.index("```python") : text.index("## Exercises")]
    edit(page, "## Exercises", f"Again:\n\n{block}\n## Exercises")
    made = notebook("ko", "sums", book)
    ids = [code.id for code in made.codes]
    assert ids == ["total", "total-2", "solution"]
    assert [made.shown().count(place(id)) for id in ids] == [1, 1, 0]


def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path, monkeypatch):
    file = tmp_path / "kept.json"
    pages.write(file, b"before")

    def write_bytes(path: Path, data: bytes) -> None:
        with path.open("wb") as half:
            half.write(data[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(PluginError) as told:
        pages.write(file, b"afterwards")
    message = f"{file}: not written: No space left on device; mend that"
    assert str(told.value) == message
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]


def test_a_cache_that_cannot_be_written_is_told_in_one_line(mkdocs, book):
    shutil.rmtree(book / ".cache/notebooks")
    (book / ".cache/notebooks").touch()
    built = mkdocs("build", root=book)
    assert built.returncode
    (error,) = built.stderr.splitlines()
    assert error.startswith("ERROR   -  .cache/notebooks/settings/")
    assert error.endswith("not written: Not a directory; mend that")


def test_serve_executes_nothing_unless_it_is_asked_to(book):
    kept = book / ".cache/notebooks/ko/notebooks/sums.json"
    kept.unlink()
    with mkdocs_serve(book) as url:
        assert "1 + 2 = 3" not in fetch(f"{url}notebooks/sums.html", "NOTEBOOKS=1")
        assert "notebooks/" not in fetch(f"{url}search/search_index.json", "sums.html")
        assert not kept.exists()
    with mkdocs_serve(book, NOTEBOOKS="1") as url:
        assert "NOTEBOOKS=1" not in fetch(f"{url}notebooks/sums.html", "1 + 2 = 3")
        assert kept.exists()


# On the site


@pytest.fixture(scope="module")
def articles(site) -> dict[tuple[str, str], tuple[str, str]]:
    """What each notebook's page shows, and what its chapter's page shows."""

    def article(address: str) -> str:
        page = (site / address).read_text(encoding="utf-8")
        return re.search(r"<article.*?</article>", page, re.S)[0]

    return {
        (language, name): (
            article(f"{FOLDERS[language]}notebooks/{name}.html"),
            article(f"{FOLDERS[language]}{name}.html"),
        )
        for language, name in CHAPTERS
    }


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_a_notebook_s_page_draws_what_its_chapter_draws(articles, language, name):
    drawn, expected = (
        re.findall(r'<span [^>]*?aria-label="([^"]*)"[^>]*><svg ', article)
        for article in articles[language, name]
    )
    assert drawn == expected
    assert "cell:" not in articles[language, name][0]


@pytest.mark.parametrize("language", FOLDERS)
def test_a_notebook_is_published_as_a_page(site, language):
    """MkDocs would copy a file that mkdocs-jupyter has not seen as it is, as JSON."""
    found = sorted((site / FOLDERS[language] / "notebooks").glob("*[!g]"))
    names = [f"{name}.html" for each, name in CHAPTERS if each == language]
    assert [path.name for path in found] == names
    assert all("<!doctype html>" in path.read_text("utf-8") for path in found)


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_the_page_of_a_notebook_is_light(site, language, name):
    """mkdocs-jupyter adds 600 kB of CSS, and classes for it."""
    page = (site / FOLDERS[language] / f"notebooks/{name}.html").read_text("utf-8")
    drawn = re.sub(r"<svg .*?</svg>", "", page, flags=re.S)
    weight = len(gzip.compress(drawn.encode()))
    assert weight <= 60_000
    assert "jp-" not in page


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_the_headings_of_a_notebook_have_the_ids_of_its_chapter(
    articles, language, name
):
    """mkdocs-jupyter makes ids of what is ASCII in a heading, which Korean is not."""
    shown, chapter = (
        re.findall(r"<h[1-6][^>]*?(?: id=\"([^\"]*)\")?>", article)
        for article in articles[language, name]
    )
    assert shown == chapter
    assert all(shown)


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_the_admonitions_of_a_notebook_are_those_of_its_chapter(
    articles, language, name
):
    """mkdocs-jupyter knows no admonitions, and shows their marks."""
    kinds = re.compile(
        r'<(?:details|div) class="(admonition [^"]*|hint|note|solution)"'
    )
    shown, chapter = map(kinds.findall, articles[language, name])
    assert shown == ["note", *chapter]
    assert not re.search(r"\?\?\? \w|!!! \w", articles[language, name][0])


@pytest.mark.parametrize(("language", "name"), CHAPTERS)
def test_the_links_of_a_notebook_lead_to_pages(articles, language, name):
    """mkdocs-jupyter leaves links to `.md` files as they are."""
    links = re.findall(r'href="([^"]+)"', articles[language, name][0])
    assert not [link for link in links if re.search(r"\.md(#|$)", link)]
    assert f"../{name}.html" in links


# At home


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
