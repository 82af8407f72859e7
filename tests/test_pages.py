"""How pytest runs pages: each block once, in order, compared with what is recorded."""

import ast
import re
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from publishing.blocks import Block, blocks, parsed
from publishing.page import CONFIGURATIONS, Page
from tests import tiny

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("docs/[a-z][a-z]/*.md"))
CHAPTERS = sorted(path.stem for path in (ROOT / "snippets").glob("[!_]*.py"))
_CAUGHT = re.compile(
    r"except (?:[\w.]+\.)?_?(\w+) as error:\n"
    r"( +)print\(f'(?:_?\1|\{type\(error\)\.__name__\}): "
)
MAIN = "if __name__ == '__main__':\n"


def test_each_language_runs_at_least_25_blocks():
    for language in CONFIGURATIONS:
        paths = [path for path in PAGES if path.parent.name == language]
        assert sum(len(blocks(Page(path))) for path in paths) >= 25


@pytest.mark.parametrize("name", CHAPTERS)
def test_running_a_chapter_prints_what_its_page_shows(name):
    """Shown without running: the page shows the module's statements, in order.

    What they print is compared with the record where pages run.
    """
    path = ROOT / f"snippets/{name}.py"
    *above, main = parsed(path).body
    shown = ""
    for block in blocks(Page(ROOT / f"docs/ko/{name}.md")):
        run = tuple(each for each in block.includes if each.line > main.lineno)
        if run:
            shown += _as_module(replace(block, includes=run))
        assert run or not block.output  # nothing else may print
    assert _alike(ast.unparse(main)) == _alike(ast.unparse(ast.parse(MAIN + shown)))
    for node in above:
        assert not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant)


def _alike(code: str) -> str:
    """The code with one way to catch an error and to print its name."""
    return _CAUGHT.sub(r"except \1 as error:\n\2print(f'\1: ", code)


def _as_module(block: Block) -> str:
    """The block as the module has it, where an error does not end the run."""
    if block.raises:
        body = textwrap.indent(block.source, "    ")
        say = f'    print(f"{block.raises}: {{error}}")'
        code = f"try:\n{body}\nexcept {block.raises} as error:\n{say}"
    else:
        code = block.source
    return textwrap.indent(code, "    ") + "\n"


def test_no_recorded_output_is_left_over():
    texts = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    shown = set(re.findall(r'--8<-- "(snippets/outputs/.*?)"', texts))
    recorded = (ROOT / "snippets/outputs").glob("*/*.txt")
    assert {str(path.relative_to(ROOT)) for path in recorded} == shown


# The book of one chapter. What pytest says of its faults is in tests/faults.

PAGE = "docs/en/sums.md"
SNIPPET = "snippets/sums.py"
FORMULA = "math.fsum([Number(1), Number(2)])"
TOTAL = '```python\n--8<-- "snippets/sums.py:total"\n```'


@pytest.fixture
def run(pytester, book):
    """Runs pytest on pages of the book."""
    return lambda *arguments: tiny.run_pages(pytester, book, *arguments)


def fences(book: Path) -> list[int]:
    """The lines of the page's Python fences."""
    lines = (book / PAGE).read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, 1) if line == "```python"]


@pytest.mark.parametrize("options", [(), ("--codeblocks",)])
def test_each_block_runs_once(run, options):
    run("docs", *options).assert_outcomes(passed=6)  # three in each language


def test_what_stands_behind_an_error_is_not_reached_and_says_so(book, run):
    first, _ = fences(book)
    tiny.edit(book / SNIPPET, "import math", "import moth")
    result = run(PAGE, "-rs")
    result.assert_outcomes(failed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [f"*not reached: the block at line {first} stops the session"]
    )


def test_a_fence_with_attributes_runs_like_any_other(book, run):
    tiny.edit(book / SNIPPET, "Number(2)]", "Number(4)]")
    titled = TOTAL.replace("```python", '```python title="a" hl_lines="1 2"')
    tiny.edit(book / PAGE, TOTAL, titled)
    run(PAGE).assert_outcomes(passed=2, failed=1)


def test_one_block_alone_runs_what_stands_before_it(book, run):
    _, second = fences(book)
    run(f"{PAGE}::line {second}").assert_outcomes(passed=1)


def test_a_block_that_must_raise_shows_its_message(book, run):
    tiny.edit(book / SNIPPET, "Number(2)]", "Number('two')]")
    must_raise = f"<!--pytest.mark.raises(ValueError)-->\n\n{TOTAL}"
    tiny.edit(book / PAGE, TOTAL, must_raise)
    run(PAGE, "--record").assert_outcomes(passed=3)
    output = (book / "snippets/outputs/sums/total.txt").read_text(encoding="utf-8")
    assert output.startswith("ValueError: ")
    run(PAGE).assert_outcomes(passed=3)


def test_py_with_a_reason_is_only_shown(book, run):
    shown = f"<!-- shown only: it needs two machines -->\n\n{TOTAL}".replace(
        "python", "py"
    )
    tiny.edit(book / PAGE, "$$\na + b", f"{shown}\n\n$$\na + b")
    run(PAGE).assert_outcomes(passed=3)


def test_recording_writes_what_is_printed_and_then_nothing_more(book, run):
    output = book / "snippets/outputs/sums/total.txt"
    output.unlink()
    for _ in range(2):
        run("docs", "--record").assert_outcomes(passed=6)
        assert output.read_text(encoding="utf-8") == "1 + 2 = 3\n"


def test_what_a_page_defines_can_be_pickled(book, run):
    tiny.edit(book / SNIPPET, "import math", "import math, pickle")
    pickled = FORMULA.replace("Number(2)", "pickle.loads(pickle.dumps(Number(2)))")
    tiny.edit(book / SNIPPET, FORMULA, pickled)
    run(PAGE).assert_outcomes(passed=3)
