"""What a page is: Markdown whose Python blocks are includes from `snippets`."""

import ast
import contextlib
import functools
import io
import os
import platform
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import markdown
import pytest_codeblocks
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import meta
from pymdownx.snippets import SnippetMissingError, SnippetPreprocessor
from pytest_codeblocks import CodeBlock

CONFIGURATIONS = {"ko": "mkdocs.yml", "en": "mkdocs.en.yml"}

_INCLUDE = 'write --8<-- "snippets/NAME.py:SECTION"'
_INCLUDE_LINE = re.compile(r'\s*--8<--\s+"(?P<file>[^":]+)(:(?P<section>[^"]+))?"\s*$')
_OUTPUT = "<!--pytest-codeblocks:expected-output-->"
_DIRECTIVE = re.compile(r"\s*<!--[-\s]*pytest-codeblocks")
_RAISES = re.compile(r"pytest\.mark\.raises\((?P<name>\w+)\)")
_PYTHON_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*\{?\s*\.?(i?python|py\b|pycon)", re.I)
_ATTRIBUTES = re.compile(r'^(\s*`{3,}python)(\s+\w+="[^"]*")+\s*$')
_SHOWN_ONLY = re.compile(r"\s*<!-- shown only: \S.* -->\s*$")


class PageError(PluginError):
    """An author's mistake: `path:line:`, what is wrong, what to do.

    MkDocs shows a PluginError without a traceback.
    """

    def __init__(self, path: Path, line: int, message: str):
        super().__init__(f"{relative(path)}:{line}: {message}")


@dataclass(frozen=True)
class Include:
    """A `--8<--` line, expanded: the file and line that the text comes from."""

    path: Path
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


def project_root(path: Path) -> Path | None:
    """The folder above `path` that holds mkdocs.yml."""
    return next((up for up in path.parents if (up / "mkdocs.yml").is_file()), None)


def relative(path: Path) -> Path:
    """The path as seen from the project's root, which is how messages show it."""
    root = project_root(path)
    return path.relative_to(root) if root else path


@functools.cache
def version(library: str) -> str:
    """Of an installed library, or of Python: what is cached was made with these."""
    if library == "python":
        return platform.python_version()
    return metadata.version(library)


def write(path: Path, data: bytes) -> None:
    """Writes a file of a cache; who reads it meanwhile sees the old one, or the new.

    Raises PluginError where that cannot be, such as on a full disk.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        message = f"{relative(path)}: not written: {error.strerror}; mend that"
        raise PluginError(message) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink()


def blocks(page: Path, recording: bool = False) -> list[Block]:
    """The page's Python blocks in order.

    Raises PageError where the page breaks a rule; while `recording`, outputs that
    no file holds yet break none.
    """
    _check_translation(page)
    lines = page.read_text(encoding="utf-8").splitlines()
    fences = _fences(page, lines)
    _check_fences(page, lines, {fence.lineno for fence in fences})
    for number, line in enumerate(lines, 1):
        if "8<-" in line and not (recording and "snippets/outputs/" in line):
            include(page, number, line)
    return [_block(page, fence, recording) for fence in fences]


def include(page: Path, number: int, line: str) -> Include:
    """Line `number` of the page, expanded by pymdownx with mkdocs.yml's settings."""
    match = _INCLUDE_LINE.match(line)
    if not match:
        raise PageError(page, number, f"this is no include: {line.strip()}; {_INCLUDE}")
    root = project_root(page)
    path, section = root / match["file"], match["section"]
    try:
        expanded = _preprocessor(root).run([line.lstrip()])
    except SnippetMissingError:
        raise PageError(page, number, _missing(path, section)) from None
    if expanded == [line.lstrip()]:
        message = "this include is not expanded; take out the spaces behind it"
        raise PageError(page, number, message)
    source = path.read_text(encoding="utf-8").splitlines()
    marker = f"[start:{section}]"
    before = [i for i, text in enumerate(source, 1) if section and marker in text]
    return Include(path, before[0] + 1 if before else 1, "\n".join(expanded) + "\n")


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
        message = f"{type(error).__name__}: {error.msg}; mend it"
        raise PageError(snippet, error.lineno or 1, message) from error


def name_source(config: MkDocsConfig, page: Path) -> None:
    """Tells our Markdown extensions the page that comes next, for their errors."""
    for extension in ("publishing.math", "publishing.figures"):
        config.mdx_configs.setdefault(extension, {})["source"] = str(page)


def render(page: Path) -> str:
    """The page's text as HTML, by the settings of its language.

    Raises PageError for LaTeX or figures that fail.
    """
    root = project_root(page)
    language = page.relative_to(root / "docs").parts[0]
    config = load_config(str(root / CONFIGURATIONS[language]))
    name_source(config, page)
    text, _ = meta.get_data(page.read_text(encoding="utf-8"))
    return markdown.markdown(
        text,
        extensions=config.markdown_extensions,
        extension_configs=config.mdx_configs,
    )


def _fences(page: Path, lines: list[str]) -> list[CodeBlock]:
    """Python fences, as pytest-codeblocks finds them."""
    _check_directives(page, lines)
    try:
        # an info string with attributes runs like any other
        plain = "\n".join(_ATTRIBUTES.sub(r"\1", line) for line in lines)
        found = pytest_codeblocks.extract_from_buffer(io.StringIO(plain), 10**9)
    except RuntimeError:  # no other mistake is left, and it names no line
        fence = max(i for i, line in enumerate(lines, 1) if line.lstrip()[:3] == "```")
        raise PageError(page, fence, "this fence is not closed") from None
    for fence in found:
        if fence.syntax in ("sh", "bash"):
            message = "shell is not run here; write ```console for what a reader types"
            raise PageError(page, fence.lineno, message)
    return [fence for fence in found if fence.syntax == "python"]


def _check_directives(page: Path, lines: list[str]) -> None:
    """pytest-codeblocks's one directive here, between a block and its output."""
    for number, line in enumerate(lines, 1):
        if not _DIRECTIVE.match(line):
            continue
        if line.strip() != _OUTPUT:
            message = f"{line.strip()} means nothing here; only {_OUTPUT} does"
            raise PageError(page, number, message)
        before = [text.strip() for text in lines[: number - 1] if text.strip()]
        after = [text.strip() for text in lines[number:] if text.strip()]
        if before[-1:] != ["```"] or after[:1] != ["```text"]:
            message = "this stands between a block and its output, a ```text fence"
            raise PageError(page, number, message)


def _check_fences(page: Path, lines: list[str], running: set[int]) -> None:
    """A Python fence that would silently not run is an error."""
    for number, line in enumerate(lines, 1):
        if not _PYTHON_FENCE.match(line) or number in running:
            continue
        above = [text for text in lines[: number - 1] if text.strip()]
        if line.strip() != "```py":
            message = f"this would not run: write ```python instead of {line.strip()}"
        elif not above or not _SHOWN_ONLY.match(above[-1]):
            message = (
                "say above it why: <!-- shown only: REASON -->, or write ```python"
            )
        else:
            continue
        raise PageError(page, number, message)


def _check_translation(page: Path) -> None:
    docs = project_root(page) / "docs"
    name = Path(*page.relative_to(docs).parts[1:])
    for language in CONFIGURATIONS:
        twin = docs / language / name
        if not twin.exists():
            message = f"missing; {relative(page)} needs its translation here"
            raise PageError(twin, 1, message)


def _block(page: Path, fence: CodeBlock, recording: bool) -> Block:
    lines = fence.code.splitlines()
    for number, line in enumerate(lines, fence.lineno + 1):
        if not _INCLUDE_LINE.match(line):
            message = f"Python on a page comes from snippets; {_INCLUDE}"
            raise PageError(page, number, message)
    if not lines:
        raise PageError(page, fence.lineno, f"this block is empty; {_INCLUDE}")
    return Block(
        page,
        fence.lineno,
        tuple(
            include(page, fence.lineno + 1 + i, line) for i, line in enumerate(lines)
        ),
        _output(page, fence, recording),
        _raises(page, fence),
    )


def _output(page: Path, fence: CodeBlock, recording: bool) -> Path | None:
    if fence.expected_output is None:
        return None
    match = _INCLUDE_LINE.match(fence.expected_output.rstrip("\n"))
    if not match or not match["file"].startswith("snippets/outputs/"):
        message = (
            "its output is recorded, not typed; write "
            '--8<-- "snippets/outputs/NAME/SECTION.txt"'
        )
        raise PageError(page, fence.lineno, message)
    return project_root(page) / match["file"]


def _raises(page: Path, fence: CodeBlock) -> str | None:
    for mark in fence.marks:
        match = _RAISES.fullmatch(mark)
        if not match:
            message = f"{mark} means nothing here; only pytest.mark.raises(ERROR) does"
            raise PageError(page, fence.lineno, message)
        return match["name"]
    return None


_parsed = functools.lru_cache(ast.parse)  # each notebook asks for the same files


def _missing(path: Path, section: str | None) -> str:
    file = relative(path)
    if path.is_file():
        known = ", ".join(sections(path)) or "none"
        return f"{file} has no section {section!r}; it has: {known}"
    if path.suffix == ".txt":
        return f"{file} does not exist; run `make record`, and look at what it wrote"
    return f"{file} does not exist; mend the path"


@functools.lru_cache
def _preprocessor(root: Path) -> SnippetPreprocessor:
    name = "pymdownx.snippets"
    settings = load_config(str(root / "mkdocs.yml")).mdx_configs[name]
    md = markdown.Markdown(extensions=[name], extension_configs={name: settings})
    return md.preprocessors["snippet"]
