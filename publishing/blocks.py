"""The Python blocks of a page: includes from `snippets`, run from top to bottom."""

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path

import markdown
from markdown_it.token import Token
from pymdownx.snippets import SnippetMissingError, SnippetPreprocessor

from publishing.page import (
    CONFIGURATIONS,
    OUTPUT,
    Page,
    PageError,
    project_root,
    read_settings,
    relative,
)

_INCLUDE = 'write --8<-- "snippets/NAME.py:SECTION"'
_INCLUDE_LINE = re.compile(r'\s*--8<--\s+"(?P<file>[^":]+)(:(?P<section>[^"]+))?"\s*$')
_DIRECTIVE = re.compile(r"<!--[-\s]*pytest-codeblocks")
_MARK = re.compile(r"<!--\s*(?P<mark>pytest\.mark\..*?)\s*-->")
_RAISES = re.compile(r"pytest\.mark\.raises\((?P<name>\w+)\)")
_PYTHON = re.compile(r"\{?\s*\.?(i?python|py\b|pycon)", re.I)
_ATTRIBUTES = re.compile(r'python(\s+\w+="[^"]*")*')
_SHOWN_ONLY = re.compile(r"<!-- shown only: \S.* -->")


@dataclass(frozen=True)
class Include:
    """A `--8<--` line, expanded: the file and line that the text comes from."""

    path: Path
    section: str | None
    line: int
    text: str


@dataclass(frozen=True)
class Block:
    """A Python block: where it stands, what it runs, shows and must raise."""

    page: Path
    line: int
    includes: tuple[Include, ...]
    output: Path | None
    raises: str | None

    @property
    def source(self) -> str:
        return "".join(include.text for include in self.includes).strip("\n")


def blocks(page: Page, recording: bool = False) -> list[Block]:
    """The page's Python blocks in order.

    Raises PageError where the page breaks a rule; while `recording`, outputs that
    no file holds yet break none.
    """
    _check_translation(page)
    _check_fences_are_closed(page)
    _check_directives(page)
    found = [_block(page, each) for each in page.fences if _runs(page, each)]
    for number, line in enumerate(page.lines, 1):
        if "8<-" in line and not (recording and "snippets/outputs/" in line):
            include(page.path, number, line)
    return found


def include(page: Path, number: int, line: str) -> Include:
    """Line `number` of the page, expanded by pymdownx with mkdocs.yml's settings."""
    match = _INCLUDE_LINE.match(line)
    if not match:
        raise PageError(page, number, f"this is no include: {line.strip()}; {_INCLUDE}")
    root = project_root(page)
    path, section = root / match["file"], match["section"]
    if not path.is_file():
        raise PageError(page, number, _missing(path, section))
    source = path.read_text(encoding="utf-8")
    try:
        expanded = _expanded(root, line.lstrip(), source)
    except SnippetMissingError:
        raise PageError(page, number, _missing(path, section)) from None
    if expanded == (line.lstrip(),):
        message = "this include is not expanded; take out the spaces behind it"
        raise PageError(page, number, message)
    before = source.partition(f"[start:{section}]")[0] if section else ""
    first = before.count("\n") + 2 if section else 1
    return Include(path, section, first, "\n".join(expanded) + "\n")


@functools.lru_cache(4096)
def _expanded(root: Path, line: str, source: str) -> tuple[str, ...]:
    """The include as pymdownx makes it of the file whose text is `source`."""
    return tuple(_preprocessor(root).run([line]))


def sections(path: Path) -> list[str]:
    """Names of the sections that a snippet file defines, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    matches = map(SnippetPreprocessor.RE_SNIPPET_SECTION.match, lines)
    return [match["name"] for match in matches if match and match["type"] == "start"]


def parsed(snippet: Path) -> ast.Module:
    """The syntax tree of a snippet file.

    Raises PageError where it is not Python.
    """
    try:
        return _parsed(snippet.read_text(encoding="utf-8"))
    except SyntaxError as error:
        message = f"{type(error).__name__}: {error.msg}; fix it"
        raise PageError(snippet, error.lineno or 1, message) from error


_parsed = functools.lru_cache(256)(ast.parse)  # notebooks ask for the same files


def _runs(page: Page, fence: Token) -> bool:
    """Whether the fence is run; one that would silently not run is an error."""
    line = fence.map[0] + 1
    written = page.lines[line - 1].strip()
    if fence.info in ("sh", "bash"):
        message = "shell is not run here; write ```console for what a reader types"
        raise PageError(page.path, line, message)
    if re.fullmatch(r"`{3,}" + _ATTRIBUTES.pattern, written):
        return True
    if not _PYTHON.match(fence.info.strip()):
        return False
    if written != "```py":
        message = f"this would not run: write ```python instead of {written}"
        raise PageError(page.path, line, message)
    if not _SHOWN_ONLY.fullmatch(_above(page, line)):
        message = "say above it why: <!-- shown only: REASON -->, or write ```python"
        raise PageError(page.path, line, message)
    return False


def _block(page: Page, fence: Token) -> Block:
    line = fence.map[0] + 1
    lines = fence.content.splitlines()
    for number, text in enumerate(lines, line + 1):
        if not _INCLUDE_LINE.match(text):
            message = f"Python on a page comes from snippets; {_INCLUDE}"
            raise PageError(page.path, number, message)
    if not lines:
        raise PageError(page.path, line, f"this block is empty; {_INCLUDE}")
    expanded = [include(page.path, i, each) for i, each in enumerate(lines, line + 1)]
    output, raises = _output(page, fence), _raises(page, line)
    return Block(page.path, line, tuple(expanded), output, raises)


def _output(page: Page, fence: Token) -> Path | None:
    """The file of the output, a ```text fence behind the directive."""
    if _below(page, fence.map[1]) != OUTPUT:
        return None
    shown = next(each for each in page.fences if each.map[0] > fence.map[0])
    match = _INCLUDE_LINE.match(shown.content.rstrip("\n"))
    if not match or not match["file"].startswith("snippets/outputs/"):
        message = (
            "its output is recorded, not typed; write "
            '--8<-- "snippets/outputs/NAME/SECTION.txt"'
        )
        raise PageError(page.path, fence.map[0] + 1, message)
    return project_root(page.path) / match["file"]


def _raises(page: Page, line: int) -> str | None:
    match = _MARK.fullmatch(_above(page, line))
    if not match:
        return None
    raises = _RAISES.fullmatch(match["mark"])
    if not raises:
        message = f"{match['mark']} means nothing here; only pytest.mark.raises(ERROR)"
        raise PageError(page.path, line, f"{message} does")
    return raises["name"]


def _check_fences_are_closed(page: Page) -> None:
    for fence in page.fences:
        first, end = fence.map
        if page.lines[end - 1].strip() != fence.markup or end - first < 2:
            raise PageError(page.path, first + 1, "this fence is not closed")


def _check_directives(page: Page) -> None:
    """pytest-codeblocks's one directive here, between a block and its output."""
    for number, line in enumerate(page.lines, 1):
        if not _DIRECTIVE.match(line.strip()):
            continue
        if line.strip() != OUTPUT:
            message = f"{line.strip()} means nothing here; only {OUTPUT} does"
            raise PageError(page.path, number, message)
        if _above(page, number) != "```" or _below(page, number) != "```text":
            message = "this stands between a block and its output, a ```text fence"
            raise PageError(page.path, number, message)


def _check_translation(page: Page) -> None:
    docs = project_root(page.path) / "docs"
    for language in CONFIGURATIONS:
        twin = docs / language / page.path.name
        if not twin.exists():
            message = f"missing; {relative(page.path)} needs its translation here"
            raise PageError(twin, 1, message)


def _above(page: Page, number: int) -> str:
    """The nearest line above line `number` that is not blank."""
    above = (line.strip() for line in reversed(page.lines[: number - 1]))
    return next(filter(None, above), "")


def _below(page: Page, number: int) -> str:
    """The nearest line below line `number` that is not blank."""
    below = (line.strip() for line in page.lines[number:])
    return next(filter(None, below), "")


def _missing(path: Path, section: str | None) -> str:
    file = relative(path)
    if path.is_file():
        known = ", ".join(sections(path)) or "none"
        return f"{file} has no section {section!r}; it has: {known}"
    if path.suffix == ".txt":
        command = f"make record PAGE={path.parent.name}"
        return f"{file} does not exist; run `{command}`, and look at what it wrote"
    return f"{file} does not exist; fix the path"


@functools.lru_cache
def _preprocessor(root: Path) -> SnippetPreprocessor:
    name = "pymdownx.snippets"
    settings = read_settings(root / "mkdocs.yml")["markdown_extensions"][name]
    md = markdown.Markdown(extensions=[name], extension_configs={name: settings})
    return md.preprocessors["snippet"]
