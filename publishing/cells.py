"""A page in parts, which a notebook has as cells: texts, code, figures, exercises."""

import ast
import re
import textwrap
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from mkdocs.utils import meta

from publishing import pages
from publishing.pages import Block, PageError

_FIGURE = re.compile(r" *!\[(?P<alt>.*)\]\(figure:(?P<name>\w+)/(?P<figure>\w+)\)$")
_EXERCISE = re.compile(r"\*\*(\d+\.(\d+))\*\* ")
_HINTS = re.compile(r'\?\?\? hint "')
_SECTION = re.compile(r':(\w+)"')
_RAISES = re.compile(r" *<!--pytest\.mark\.raises")
_OUTPUT = re.compile(r" *<!--pytest-codeblocks:expected-output-->")


@dataclass(frozen=True)
class Text:
    """Lines of a page, the first of which has the number `line`."""

    line: int
    lines: list[str]

    @property
    def indent(self) -> str:
        return re.match(" *", self.lines[0])[0]


@dataclass(frozen=True)
class Code(Text):
    """A Python block, or a figure as the code that draws it."""

    id: str
    source: str
    prints: bool = False
    alt: str | None = None  # what a figure shows


@dataclass(frozen=True)
class Exercise(Text):
    """The hints of an exercise, and what its check asks for."""

    number: str  # "3.1"
    check: str  # the function that finds the hint
    asked: dict[str, str]  # names and their types
    hints: list[str]

    @property
    def answer(self) -> str:
        """The code of the cell to be filled in."""
        return "\n".join(f"{name} = ...  # {kind}" for name, kind in self.asked.items())

    @property
    def call(self) -> str:
        """The code that tells whether the answer is right."""
        return f'check("{self.number}", {", ".join(self.asked)})'


def parts(page: Path) -> list[Text]:
    """The page without its front matter, in order; each cell with an id of its own.

    Raises PageError where the page breaks a rule, or an exercise has no check.
    """
    lines = page.read_text(encoding="utf-8").splitlines()
    blocks = {block.line: block for block in pages.blocks(page)}
    included = (each for block in blocks.values() for each in block.includes)
    for module in sorted({include.path for include in included}):
        pages.parsed(module)
    text, _ = meta.get_data("\n".join(lines))
    at = len(lines) - len(text.splitlines())
    found: list[Text] = []
    exercise = None
    while at < len(lines):
        line, rest = at + 1, lines[at:]
        exercise = _EXERCISE.match(rest[0]) or exercise
        if line in blocks:
            size = _fence(rest)
            found.append(_code(blocks[line], rest[:size]))
        elif _OUTPUT.match(rest[0]):
            begin = next(i for i, each in enumerate(rest) if "```" in each)
            size = begin + _fence(rest[begin:])
        elif _RAISES.match(rest[0]):
            size = 1
        elif figure := _FIGURE.match(rest[0]):
            size = 1
            found.append(_figure(line, rest[0], figure))
        elif _HINTS.match(rest[0]):
            ends = (i for i, each in enumerate(rest) if i and each[:1].strip())
            size = next(ends, len(rest))
            found.append(_exercise(page, line, rest[:size], exercise))
        else:
            size = 1
            if type(found[-1] if found else None) is not Text:
                found.append(Text(line, []))
            found[-1].lines.append(rest[0])
        at += size
    _check_names(page, found)
    _tell_apart(found)
    return found


def _fence(lines: list[str]) -> int:
    """How many lines a fence has, its first and last included."""
    end = next(i for i, line in enumerate(lines) if i and line.strip() == "```")
    return end + 1


def _code(block: Block, lines: list[str]) -> Code:
    source = "".join(include.text for include in block.includes).strip("\n")
    if block.raises:
        source = _caught(block, source)
    name = _SECTION.search(lines[1])[1]
    return Code(block.line, lines, name, source, prints=block.output is not None)


def _caught(block: Block, source: str) -> str:
    """The same, so that a notebook prints the error and goes on."""
    tried = (
        f"try:\n{textwrap.indent(source, '    ')}\n"
        "except Exception as error:\n"
        '    print(f"{type(error).__name__}: {error}")'
    )
    if ast.dump(ast.parse(tried).body[0].body[0]) != ast.dump(
        ast.parse(source).body[0]
    ):
        message = "a block that raises has no strings of several lines"
        raise PageError(block.page, block.line, message)
    return tried


def _figure(line: int, text: str, figure: re.Match) -> Code:
    name = f"figure_{figure['figure']}"
    source = f"from snippets.{figure['name']} import {name}\n\n{name}()"
    return Code(line, [text], name, source, prints=True, alt=figure["alt"])


def _exercise(
    page: Path, line: int, lines: list[str], exercise: re.Match | None
) -> Exercise:
    if not exercise:
        raise PageError(page, line, "hints stand behind an exercise, **3.1** …")
    name = f"check_{exercise[2]}"
    module = pages.project_root(page) / f"snippets/{page.stem}.py"
    body = pages.parsed(module).body
    checks = (node for node in body if getattr(node, "name", "") == name)
    function = next(checks, None)
    if not function:
        message = f"snippets/{page.stem}.py has no {name}(), which finds the hint"
        raise PageError(page, line, message)
    asked = function.args.args
    for each in asked:
        if not each.annotation:
            message = f"{name}() does not tell what {each.arg} is; annotate it"
            raise PageError(module, each.lineno, message)
    kinds = {each.arg: ast.unparse(each.annotation) for each in asked}
    text = textwrap.dedent("\n".join(lines[1:])).strip()
    hints = [" ".join(each.split()) for each in re.split("^- ", text, flags=re.M)[1:]]
    return Exercise(line, lines, exercise[1], name, kinds, hints)


def _tell_apart(found: list[Text]) -> None:
    """Numbers the cells of what a page shows more than once."""
    count: Counter[str] = Counter()
    for at, part in enumerate(found):
        if isinstance(part, Code):
            count[part.id] += 1
            if count[part.id] > 1:
                found[at] = replace(part, id=f"{part.id}-{count[part.id]}")


def _check_names(page: Path, found: list[Text]) -> None:
    """An answer must not take the place of something that the page has defined."""
    defined: set[str] = set()
    for part in found:
        if isinstance(part, Code):
            defined.update(map(_defined, ast.walk(ast.parse(part.source))))
        for name in defined.intersection(getattr(part, "asked", ())):
            message = f"the page defines {name} already; call it otherwise in"
            raise PageError(page, part.line, f"{message} {part.check}()")


def _defined(node: ast.AST) -> str:
    """The name that a part of a program gives to something, or none."""
    if isinstance(node, ast.alias):
        return node.asname or node.name.partition(".")[0]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    stored = isinstance(getattr(node, "ctx", None), ast.Store)
    return getattr(node, "id", "") if stored else ""
