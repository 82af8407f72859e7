"""A model of the book's pages, parsed once, with the line of everything."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.utils.yaml import get_yaml_loader, yaml_load

CONFIGURATIONS = {"ko": "mkdocs.yml", "en": "mkdocs.en.yml"}
APPENDICES = "부록"  # the part of `nav` in mkdocs.yml that has them
OUTPUT = "<!--pytest-codeblocks:expected-output-->"

_PARSER = (
    MarkdownIt("commonmark")
    .enable("table")
    .use(admon_plugin)
    .use(dollarmath_plugin, allow_space=False)
    .use(footnote_plugin)
    .use(front_matter_plugin)
)
_HEADING_ID = re.compile(r"\s*\{\s*#(?P<id>[\w-]+)\s*\}\s*$")
_LABEL = re.compile(r"\\label\{([^}]*)\}")
_ATTRIBUTE = re.compile(r"\{ \w+=.*? \}")  # such as { situation="slope=2" }
# below the heading of a section that is not part of the chapter's core
_DEEPER = (
    "*심화: 이 절은 건너뛰어도 된다.*",
    "*Deeper: the rest of the chapter does not need this section.*",
)
_NOT_READ = ("exercises", "sources")  # ids of sections that count no reading time
_WORDS_A_MINUTE = 90  # of Korean
_BLOCKS_A_MINUTE = 3


class PageError(PluginError):
    """An author's mistake: `path:line:`, what is wrong, what to do.

    MkDocs shows a PluginError without a traceback.
    """

    def __init__(self, path: Path, line: int, message: str):
        super().__init__(f"{relative(path)}:{line}: {message}")


def project_root(path: Path) -> Path | None:
    """The folder above `path` that holds mkdocs.yml."""
    return next((up for up in path.parents if (up / "mkdocs.yml").is_file()), None)


def relative(path: Path) -> Path:
    """The path as seen from the project's root, which is how messages show it."""
    root = project_root(path)
    return path.relative_to(root) if root else path


@dataclass(frozen=True)
class Heading:
    line: int
    level: int
    id: str | None
    text: str


@dataclass(frozen=True)
class Formula:
    line: int
    latex: str
    display: bool

    @property
    def label(self) -> str | None:
        match = _LABEL.search(self.latex)
        return match and match[1]

    @property
    def unlabeled(self) -> str:
        """LaTeX as a test quotes it: no label, white space as one space."""
        return " ".join(_LABEL.sub("", self.latex).split())


@dataclass(frozen=True)
class Text:
    """A paragraph, heading, list item or table cell: its line, words and formulas."""

    line: int
    token: Token
    kind: str  # the tag that holds it: "p", "h2", "td", …
    section: str | None  # id of the heading above it
    note: bool  # in a footnote

    def pieces(self, kind: str) -> Iterator[tuple[int, Token]]:
        """Inline tokens of one type, each with its line."""
        line = self.line
        for child in self.token.children:
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == kind:
                yield line, child

    def words(self) -> Iterator[tuple[int, str]]:
        """The text of each line, without code, formulas, attributes and HTML."""
        line, words = self.line, ""
        for child in self.token.children:
            if child.type in ("softbreak", "hardbreak"):
                yield line, words
                line, words = line + 1, ""
            elif child.type == "image" or child.type == "text":
                words += _ATTRIBUTE.sub("", child.content)
            elif child.type in ("code_inline", "math_inline"):
                words += "\N{OBJECT REPLACEMENT CHARACTER}"
        yield line, words


class Page:
    """A Markdown page. `source` is its text, where that is not the file's."""

    def __init__(self, path: Path, source: str | None = None):
        self.path = path
        self.name = path.stem
        self.language = path.parent.name
        self.source = path.read_text(encoding="utf-8") if source is None else source
        self.lines = self.source.splitlines()

    @cached_property
    def tokens(self) -> list[Token]:
        return _PARSER.parse(self.source)

    @cached_property
    def front(self) -> dict:
        """Front matter."""
        token = self.tokens[0] if self.tokens else None
        if token is None or token.type != "front_matter":
            return {}
        return yaml.safe_load(token.content) or {}

    @cached_property
    def texts(self) -> list[Text]:
        found, holders, section, note = [], [], None, False
        for token in self.tokens:
            if token.type in ("footnote_open", "footnote_close"):
                note = token.type == "footnote_open"
            elif token.nesting == 1:
                holders.append(token.tag)
            elif token.nesting == -1 and holders:
                holders.pop()
            elif token.type == "inline" and token.map:
                kind = holders[-1] if holders else ""
                if kind[:1] == "h" and (match := _HEADING_ID.search(token.content)):
                    section = match["id"]
                found.append(Text(token.map[0] + 1, token, kind, section, note))
        return found

    @cached_property
    def headings(self) -> list[Heading]:
        found = []
        for text in self.texts:
            if re.fullmatch(r"h\d", text.kind):
                match = _HEADING_ID.search(text.token.content)
                words = _HEADING_ID.sub("", text.token.content)
                level = int(text.kind[1])
                found.append(Heading(text.line, level, match and match["id"], words))
        return found

    @cached_property
    def formulas(self) -> list[Formula]:
        display = [
            # where the LaTeX begins, mostly the line behind `$$`
            Formula(token.map[0] + 1 + (token.content[:1] == "\n"), token.content, True)
            for token in self.tokens
            if token.type == "math_block"
        ]
        inline = [
            Formula(line, token.content, False)
            for text in self.texts
            for line, token in text.pieces("math_inline")
        ]
        return sorted(display + inline, key=lambda formula: formula.line)

    @property
    def fences(self) -> list[Token]:
        return [token for token in self.tokens if token.type == "fence"]

    def in_core(self, line: int) -> bool:
        """Whether the line is in a section that readers of the core read."""
        return not any(line in section for section in self._beside_the_core)

    @cached_property
    def deeper(self) -> list[Heading]:
        """Headings of the sections that are marked as not needed for the rest."""
        marks = {t.line for t in self.texts if t.token.content in _DEEPER}
        starts = [heading.line for heading in self.headings]
        ends = [*starts[1:], len(self.lines) + 1]
        return [
            heading
            for heading, end in zip(self.headings, ends, strict=False)
            if marks & set(range(heading.line, end))
        ]

    @cached_property
    def _beside_the_core(self) -> list[range]:
        return [
            range(heading.line, self._end(heading))
            for heading in self.headings
            if heading.id in _NOT_READ or heading in self.deeper
        ]

    def _end(self, heading: Heading) -> int:
        """The line behind the section that the heading begins, with its subsections."""
        after = (
            other.line
            for other in self.headings
            if other.line > heading.line and other.level <= heading.level
        )
        return next(after, len(self.lines) + 1)

    @property
    def minutes(self) -> int:
        """How long a reader of this page, in Korean, takes for its core; in fives."""
        words = sum(
            len(text.token.content.split())
            for text in self.texts
            if self.in_core(text.line) and not text.note
        )
        blocks = sum(
            fence.info == "python" and self.in_core(fence.map[0] + 1)
            for fence in self.fences
        )
        minutes = words / _WORDS_A_MINUTE + blocks / _BLOCKS_A_MINUTE
        return 5 * max(round(minutes / 5), 1)

    def line_of(self, text: str) -> int:
        """The first line that holds the text, or the first line of the page."""
        return next((i for i, line in enumerate(self.lines, 1) if text in line), 1)


class Book:
    """All pages below `root`, by language and name."""

    def __init__(self, root: Path):
        self.root = root
        self.pages = {
            (language, path.stem): Page(path)
            for language in CONFIGURATIONS
            for path in sorted((root / "docs" / language).glob("*.md"))
        }

    def __iter__(self) -> Iterator[Page]:
        return iter(self.pages.values())

    def pairs(self) -> Iterator[tuple[Page, Page]]:
        """Korean and English pages of one name."""
        for (language, name), page in self.pages.items():
            if language == "ko" and ("en", name) in self.pages:
                yield page, self.pages["en", name]


def chapters(root: Path) -> list[str]:
    """Names of the pages that stand in a part of the book, in order.

    A part is a nested list in the `nav` of mkdocs.yml.
    """
    return [name for part in _parts_of(root).values() for name in part]


def appendices(root: Path) -> list[str]:
    """Names of the chapters that are appendices, which have letters for numbers."""
    return _parts_of(root).get(APPENDICES, [])


def _parts_of(root: Path) -> dict[str, list[str]]:
    file = root / "mkdocs.yml"
    return _parts(file, file.read_bytes())


@functools.lru_cache
def _parts(file: Path, text: bytes) -> dict[str, list[str]]:  # text: as it is now
    return {
        title: [Path(page).stem for page in part]
        for entry in read_settings(file).get("nav") or ()
        if isinstance(entry, dict)
        for title, part in entry.items()
        if isinstance(part, list)
    }


def read_settings(file: Path) -> dict:
    """An MkDocs configuration as it is written: no plugin is loaded."""
    config = MkDocsConfig(config_file_path=str(file))
    with file.open(encoding="utf-8") as text:
        return yaml_load(text, get_yaml_loader(config=config))
