"""What a page is: Markdown whose Python blocks are includes from `snippets`, run in order."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import markdown
import pytest_codeblocks
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils import meta
from pymdownx.snippets import SnippetMissingError, SnippetPreprocessor

CONFIGURATIONS = {"ko": "mkdocs.yml", "en": "mkdocs.en.yml"}

_SNIPPET_LINE = re.compile(r'\s*--8<--\s+"(?P<file>[^":]+)(?::(?P<section>[^"]+))?"\s*$')
_RAISES = re.compile(r"pytest\.mark\.raises\((?P<name>\w+)\)")
_PYTHON_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})\s*\{?\s*\.?(?:i?python|py\b|pycon)", re.IGNORECASE)
_SHOWN_ONLY = re.compile(r"\s*<!-- shown only: \S.* -->\s*$")


class PageError(PluginError):
    """An author's mistake: `path:line:`, what is wrong, what to do. MkDocs shows it without a traceback."""

    def __init__(self, path: Path, line: int, message: str):
        root = project_root(path)
        super().__init__(f"{path.relative_to(root) if root else path}:{line}: {message}")


@dataclass(frozen=True)
class Include:
    """One `--8<--` line, expanded: where the text comes from, and the text."""

    path: Path
    line: int
    text: str


@dataclass(frozen=True)
class Block:
    """One Python block: the page's line, its includes, the output that it shows,
    the name of the exception that it must raise."""

    page: Path
    line: int
    includes: tuple[Include, ...]
    output: Path | None
    raises: str | None


def project_root(path: Path) -> Path | None:
    """The folder above `path` that holds mkdocs.yml."""
    return next((folder for folder in path.parents if (folder / "mkdocs.yml").is_file()), None)


def blocks(page: Path, recording: bool = False) -> list[Block]:
    """The page's Python blocks in order.

    Raises PageError where the page breaks a rule. `recording` allows for outputs that no file holds yet.
    """
    text = page.read_text(encoding="utf-8")
    _check_translation(page)
    found = []
    try:
        fences = pytest_codeblocks.extract_from_file(page)
    except RuntimeError as error:  # pytest-codeblocks names no line
        raise PageError(page, 1, f"pytest-codeblocks cannot read this page: {error}") from None
    for fence in fences:
        if fence.syntax == "python":
            found.append(_block(page, fence, recording))
        elif fence.syntax in ("sh", "bash"):
            raise PageError(
                page, fence.lineno, "shell is not run here; write ```console for commands that a reader types"
            )
    _check_fences(page, text, {block.line for block in found})
    for number, line in enumerate(text.splitlines(), 1):
        if "8<-" in line and not (recording and "snippets/outputs/" in line):
            include(page, number, line)
    return found


def include(page: Path, number: int, line: str) -> Include:
    """Line `number` of the page, a `--8<--` line, expanded by pymdownx itself with mkdocs.yml's settings."""
    match = _SNIPPET_LINE.match(line)
    if not match:
        raise PageError(page, number, f'not an include: {line.strip()!r}; write --8<-- "snippets/NAME.py:SECTION"')
    path, section = project_root(page) / match["file"], match["section"]
    try:
        lines = _preprocessor(project_root(page)).run([line.lstrip()])
    except SnippetMissingError:
        raise PageError(page, number, _missing(path, match["file"], section)) from None
    if lines == [line.lstrip()]:
        raise PageError(page, number, "this include is not expanded; take out the spaces behind it")
    source = path.read_text(encoding="utf-8").splitlines()
    start = 0
    if section:
        start = next(i for i, text in enumerate(source, 1) if f"[start:{section}]" in text)
    return Include(path, start + 1, "\n".join(lines) + "\n")


def name_source(config: MkDocsConfig, page: Path) -> None:
    """Tells our Markdown extensions which page comes next, so that their errors can name it."""
    for extension in ("publishing.math", "publishing.figures"):
        config.mdx_configs.setdefault(extension, {})["source"] = str(page)


def render(page: Path) -> str:
    """The page's text as HTML, made by MkDocs's own settings. Raises PageError for LaTeX or figures that fail."""
    root = project_root(page)
    language = page.relative_to(root / "docs").parts[0]
    config = load_config(str(root / CONFIGURATIONS[language]))
    name_source(config, page)
    text, _ = meta.get_data(page.read_text(encoding="utf-8"))
    return markdown.markdown(text, extensions=config.markdown_extensions, extension_configs=config.mdx_configs)


def sections(path: Path) -> list[str]:
    """Names of the sections that a snippet file defines, in order."""
    matches = map(SnippetPreprocessor.RE_SNIPPET_SECTION.match, path.read_text(encoding="utf-8").splitlines())
    return [match["name"] for match in matches if match and match["type"] == "start"]


def _block(page: Path, fence: pytest_codeblocks.CodeBlock, recording: bool) -> Block:
    includes = []
    for number, line in enumerate(fence.code.splitlines(), fence.lineno + 1):
        if not _SNIPPET_LINE.match(line):
            raise PageError(
                page, number, 'Python on a page comes from snippets; write --8<-- "snippets/NAME.py:SECTION"'
            )
        includes.append(include(page, number, line))
    if not includes:
        raise PageError(page, fence.lineno, 'this block is empty; write --8<-- "snippets/NAME.py:SECTION" into it')
    output = None
    if fence.expected_output is not None:
        match = _SNIPPET_LINE.match(fence.expected_output.rstrip("\n"))
        if not match or not match["file"].startswith("snippets/outputs/"):
            raise PageError(
                page,
                fence.lineno,
                'the output of this block must be one line: --8<-- "snippets/outputs/NAME/SECTION.txt"',
            )
        output = project_root(page) / match["file"]
        if not output.exists() and not recording:
            raise PageError(page, fence.lineno, f"{match['file']} does not exist; run `make record`, then look at it")
    return Block(page, fence.lineno, tuple(includes), output, _exception(page, fence))


def _exception(page: Path, fence: pytest_codeblocks.CodeBlock) -> str | None:
    for mark in fence.marks:
        match = _RAISES.fullmatch(mark)
        if not match:
            raise PageError(
                page, fence.lineno, f"{mark} has no meaning here; only <!--pytest.mark.raises(ERROR)--> has"
            )
        return match["name"]
    return None


def _check_translation(page: Path) -> None:
    language = page.relative_to(project_root(page) / "docs").parts[0]
    for other in CONFIGURATIONS:
        twin = project_root(page) / "docs" / other / page.relative_to(project_root(page) / "docs" / language)
        if not twin.exists():
            raise PageError(twin, 1, f"missing; {page.relative_to(project_root(page))} needs its translation here")


def _check_fences(page: Path, text: str, running: set[int]) -> None:
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if not _PYTHON_FENCE.match(line) or number in running:
            continue
        if re.match(r"\s*```py$", line):
            above = next((text for text in reversed(lines[: number - 1]) if text.strip()), "")
            if _SHOWN_ONLY.match(above):
                continue
            raise PageError(
                page, number, "`py` is not run: write `python`, or say why above it: <!-- shown only: REASON -->"
            )
        raise PageError(page, number, f"this fence would not run: write ```python alone instead of {line.strip()!r}")


def _missing(path: Path, file: str, section: str | None) -> str:
    if not path.is_file():
        return f"{file} does not exist; mend the path, or run `make record` if it is an output"
    return f"{file} has no section {section!r}; it has: {', '.join(sections(path)) or 'none'}"


@functools.lru_cache
def _preprocessor(root: Path) -> SnippetPreprocessor:
    settings = load_config(str(root / "mkdocs.yml")).mdx_configs["pymdownx.snippets"]
    md = markdown.Markdown(extensions=["pymdownx.snippets"], extension_configs={"pymdownx.snippets": settings})
    return md.preprocessors["snippet"]
