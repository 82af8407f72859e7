"""What a page promises, and that each broken promise is told in one line."""

import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from publishing import pages

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in (ROOT / "docs").glob("*/*.md"))
CHAPTERS = sorted(path.stem for path in (ROOT / "snippets").glob("[!_]*.py"))


def test_each_language_runs_at_least_25_blocks():
    for language in pages.CONFIGURATIONS:
        paths = [path for path in PAGES if path.parent.name == language]
        assert sum(len(pages.blocks(path)) for path in paths) >= 25


@pytest.mark.parametrize("name", CHAPTERS)
def test_running_a_chapter_prints_what_its_page_shows(name, run_chapter):
    blocks = pages.blocks(ROOT / f"docs/ko/{name}.md")
    shown = [block.output.read_text() for block in blocks if block.output]
    assert run_chapter(name)[1] == "".join(shown)


def test_no_recorded_output_is_left_over():
    texts = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    shown = set(re.findall(r'--8<-- "(snippets/outputs/.*?)"', texts))
    recorded = (ROOT / "snippets/outputs").glob("*/*.txt")
    assert {str(path.relative_to(ROOT)) for path in recorded} == shown


# A small book to break.

PAGE = dedent(
    """\
    # Page { #page }

    ```python
    --8<-- "snippets/sample.py:imports"
    ```

    ```python
    --8<-- "snippets/sample.py:root"
    ```

    <!--pytest-codeblocks:expected-output-->

    ```text
    --8<-- "snippets/outputs/sample/root.txt"
    ```

    $$
    a^2 = b \\tag{1.1}
    $$

    By $\\eqref{1.1}$.
    """
)
SAMPLE = dedent(
    """\
    # --8<-- [start:imports]
    import math
    # --8<-- [end:imports]

    if __name__ == "__main__":
        # --8<-- [start:root]
        class Number(float):
            pass

        print(math.sqrt(Number(2.25)))
        # --8<-- [end:root]
    """
)


@pytest.fixture
def book(pytester):
    """The project's own settings around one page in two languages."""
    for name in ("mkdocs.yml", "mkdocs.en.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, pytester.path)
    shutil.copytree(ROOT / "publishing", pytester.path / "publishing")
    shutil.copytree(ROOT / "docs/shared", pytester.path / "docs/shared")
    shutil.copy(ROOT / "docs/conftest.py", pytester.path / "docs")
    files = {
        "docs/ko/page.md": PAGE,
        "docs/en/page.md": PAGE,
        "snippets/sample.py": SAMPLE,
        "snippets/outputs/sample/root.txt": "1.5\n",
    }
    for name, text in files.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return pytester


def run(book, *arguments):
    # a second pytest inside the first; pytest-playwright cannot be in both
    return book.runpytest(*arguments, "-p", "no:playwright", "--block-seconds", "1")


def edit(book, name, old, new):
    path = book.path / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name} must hold {old!r} once"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_sound_book_is_green(book):
    run(book, "docs").assert_outcomes(passed=4)


KO, EN, PY = "docs/ko/page.md", "docs/en/page.md", "snippets/sample.py"
BLOCK = '```python\n--8<-- "snippets/sample.py:imports"\n```'
ROOT_BLOCK = '```python\n--8<-- "snippets/sample.py:root"\n```'
FAULTS = {
    "missing file": (
        KO, "sample.py:root", "samble.py:root",
        "docs/ko/page.md:8: snippets/samble.py does not exist; mend the path",
    ),
    "missing section": (
        EN, "sample.py:root", "sample.py:rood",
        "docs/en/page.md:8: snippets/sample.py has no section 'rood'; "
        "it has: imports, root",
    ),
    "missing output": (
        KO, "sample/root.txt", "sample/rood.txt",
        "docs/ko/page.md:14: snippets/outputs/sample/rood.txt does not exist; "
        "run `make record`",
    ),
    "a block that raises": (
        PY, "Number(2.25)", "Number(-1)",
        "docs/en/page.md:7: ValueError in snippets/sample.py:10: ",
    ),
    "a block that does not parse": (
        PY, "pass\n", "pass pass\n",
        "docs/en/page.md:7: SyntaxError in snippets/sample.py:8: invalid syntax",
    ),
    "a block that never ends": (
        PY, "print(math", "while True: pass\n    print(math",
        "docs/en/page.md:7: TimeoutError in snippets/sample.py:10: still running ",
    ),
    "a block that prints a megabyte": (
        PY, "print(math.sqrt(Number(2.25)))", 'print("a" * 1_000_000)',
        "docs/en/page.md:7: this block prints 1000001 characters, more than 20000",
    ),
    "a block that writes a file": (
        PY, "print(math", 'open("left.txt", "w")\n    print(math',
        "docs/en/page.md:7: PermissionError in snippets/sample.py:10: a page may not "
        "write left.txt",
    ),
    "a block that asks the network": (
        PY, "print(math",
        "import socket; socket.create_connection(('127.0.0.1', 9))\n    print(math",
        "docs/en/page.md:7: PermissionError in snippets/sample.py:10: a page may not "
        "use the network",
    ),
    "a block that must raise and does not": (
        EN, ROOT_BLOCK, f"<!--pytest.mark.raises(ValueError)-->\n{ROOT_BLOCK}",
        "docs/en/page.md:8: this block must raise ValueError, and raises nothing",
    ),
    "a mark that means nothing": (
        KO, BLOCK, f"<!--pytest.mark.skip-->\n{BLOCK}",
        "docs/ko/page.md:4: pytest.mark.skip means nothing here",
    ),
    "a directive that pytest-codeblocks does not know": (
        KO, "expected-output", "expected-ouput",
        "docs/ko/page.md:11: <!--pytest-codeblocks:expected-ouput--> means nothing "
        "here; only <!--pytest-codeblocks:expected-output--> does",
    ),
    "a changed output": (
        "snippets/outputs/sample/root.txt", "1.5", "1.6",
        "docs/en/page.md:7: the output has changed; mend the snippet, "
        "or run `make record`",
    ),
    "an output that is not shown": (
        KO, '<!--pytest-codeblocks:expected-output-->\n\n', "",
        "docs/ko/page.md:7: this block prints, and the page shows no output",
    ),
    "typed output": (
        EN, '--8<-- "snippets/outputs/sample/root.txt"', "1.5",
        "docs/en/page.md:7: its output is recorded, not typed; write "
        '--8<-- "snippets/outputs/NAME/SECTION.txt"',
    ),
    "typed code": (
        EN, '--8<-- "snippets/sample.py:imports"', "import math",
        "docs/en/page.md:4: Python on a page comes from snippets; "
        'write --8<-- "snippets/NAME.py:SECTION"',
    ),
    "an empty block": (
        EN, '--8<-- "snippets/sample.py:imports"\n', "",
        "docs/en/page.md:3: this block is empty",
    ),
    "a space behind an include": (
        KO, 'sample.py:imports"', 'sample.py:imports" ',
        "docs/ko/page.md:4: this include is not expanded; "
        "take out the spaces behind it",
    ),
    "a wrong fence": (
        KO, BLOCK, BLOCK.replace("```python", "``` python"),
        "docs/ko/page.md:3: this would not run: "
        "write ```python instead of ``` python",
    ),
    "a tilde fence": (
        EN, BLOCK, BLOCK.replace("```", "~~~"),
        "docs/en/page.md:3: this would not run",
    ),
    "py without a reason": (
        EN, BLOCK, BLOCK.replace("```python", "```py"),
        "docs/en/page.md:3: say above it why: <!-- shown only: REASON -->",
    ),
    "shell": (
        EN, BLOCK, "```bash\nls\n```",
        "docs/en/page.md:3: shell is not run here; write ```console",
    ),
    "a fence that is not closed": (
        EN, "$$\na^2", "```text\n$$\na^2",
        "docs/en/page.md:17: this fence is not closed",
    ),
    "an output without a block": (
        EN, BLOCK, f"<!--pytest-codeblocks:expected-output-->\n\n{BLOCK}",
        "docs/en/page.md:3: this stands between a block and its output",
    ),
    "an output that never comes": (
        EN, "By $", "<!--pytest-codeblocks:expected-output-->\nBy $",
        "docs/en/page.md:21: this stands between a block and its output",
    ),
    "LaTeX": (
        KO, "a^2 = b", "a^2 = \\fraq{1}{2}",
        'docs/ko/page.md:18: LaTeX: Unknown command "\\fraq".',
    ),
    "LaTeX in English": (
        EN, "By $", "By $\\frac{1}{$ and $",
        'docs/en/page.md:21: LaTeX: Expected closing token "}"',
    ),
    "a reference to no equation": (
        EN, "eqref{1.1}", "eqref{1.2}",
        "docs/en/page.md:21: no equation on this page has \\tag{1.2}",
    ),
    "a figure that nobody draws": (
        KO, "By $", "![A](figure:sample/none) $",
        "docs/ko/page.md:21: figure_none() of snippets/sample.py does not draw: "
        "ModuleNotFoundError",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_one_line(book, fault):
    name, old, new, message = FAULTS[fault]
    edit(book, name, old, new)
    result = run(book, "docs")
    assert result.ret != 0
    told = [
        line for line in result.outlines if re.match(r"docs/\w+/page\.md:\d+: ", line)
    ]
    # a snippet is on the page in both languages
    pages_hit = 2 if name.startswith("snippets/") else 1
    assert len(told) == pages_hit, "\n".join(result.outlines)
    assert told[0].startswith(message)


def test_a_page_without_its_translation_is_told(book):
    (book.path / EN).unlink()
    result = run(book, "docs")
    result.stdout.fnmatch_lines(
        ["docs/en/page.md:1: missing; docs/ko/page.md needs its translation here"]
    )
    assert result.ret != 0


def test_what_stands_behind_an_error_is_not_reached_and_says_so(book):
    edit(book, PY, "import math", "import moth")
    result = run(book, "docs", "-rs")
    result.assert_outcomes(failed=2, skipped=2)
    result.stdout.fnmatch_lines(["*not reached: the block at line 3 stops the session"])


def test_a_fence_with_attributes_runs_like_any_other(book):
    edit(book, PY, "Number(2.25)", "Number(4)")
    for page in (KO, EN):
        titled = ROOT_BLOCK.replace("```python", '```python title="a" hl_lines="1 2"')
        edit(book, page, ROOT_BLOCK, titled)
    run(book, "docs").assert_outcomes(passed=2, failed=2)


def test_one_block_alone_runs_what_stands_before_it(book):
    run(book, "docs/ko/page.md::line 7").assert_outcomes(passed=1)


def test_a_block_that_must_raise_shows_its_message(book):
    edit(book, PY, "Number(2.25)", "Number(-1)")
    for page in (KO, EN):
        must_raise = f"<!--pytest.mark.raises(ValueError)-->\n\n{ROOT_BLOCK}"
        edit(book, page, ROOT_BLOCK, must_raise)
    run(book, "docs", "--record").assert_outcomes(passed=4)
    output = (book.path / "snippets/outputs/sample/root.txt").read_text()
    assert output.startswith("ValueError: ")
    run(book, "docs").assert_outcomes(passed=4)


def test_py_with_a_reason_is_only_shown(book):
    shown = f"<!-- shown only: it needs two machines -->\n\n{BLOCK}".replace(
        "python", "py"
    )
    edit(book, KO, BLOCK, f"{BLOCK}\n\n{shown}")
    run(book, "docs").assert_outcomes(passed=4)


def test_recording_writes_what_is_printed_and_then_nothing_more(book):
    output = book.path / "snippets/outputs/sample/root.txt"
    output.unlink()
    for _ in range(2):
        run(book, "docs", "--record").assert_outcomes(passed=4)
        assert output.read_text() == "1.5\n"


def test_what_a_page_defines_can_be_pickled(book):
    edit(book, PY, "import math", "import math, pickle")
    edit(
        book, PY, "print(math.sqrt(Number(2.25)))",
        "print(math.sqrt(pickle.loads(pickle.dumps(Number(2.25)))))",
    )  # fmt: skip
    run(book, "docs").assert_outcomes(passed=4)
