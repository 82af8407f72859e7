"""A page in parts: its lines, and the code cells of its notebook between them."""

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from publishing import numbering
from publishing.blocks import Block, blocks, parsed
from publishing.figures import SOURCE
from publishing.page import OUTPUT, Page, PageError, project_root

_EXERCISE = re.compile(
    r'<strong id="exercise-(?P<label>[\w-]+)">(?P<number>[\w.]+)</strong>'
)
_FIGURE = re.compile(r" *!\[(?P<alt>.*)\]\((?P<source>figure:\w+/\w+)\)$")
_MARK = re.compile(r" *<!--pytest\.mark\.")


@dataclass(frozen=True)
class Code:
    """A Python block, or a figure as the code that draws it."""

    line: int
    lines: list[str]  # of the page
    id: str
    source: str
    output: Path | None = None  # the record of what it prints, if anything
    alt: str | None = None  # what a figure shows, in words
    drawn: str | None = None  # the same of a figure that a block shows by plt.show()

    @property
    def indent(self) -> str:
        return re.match(" *", self.lines[0])[0]


@dataclass(frozen=True)
class Exercise:
    """The hints of an exercise, and what its check asks for."""

    line: int
    lines: list[str]
    number: str  # "3.1"
    check: str  # the function that finds the hint
    asked: dict[str, str]  # names and their types
    title: str  # of the hints
    hints: list[str]

    @property
    def source(self) -> str:
        """What a reader fills in, and what tells whether that is right."""
        blanks = (f"{name} = ...  # {kind}\n" for name, kind in self.asked.items())
        return f'{"".join(blanks)}\ncheck("{self.number}", {", ".join(self.asked)})'


Part = str | Code | Exercise  # a string is a line of the page


def parts(page: Page) -> list[Part]:
    """The page, whose numbers are filled in, without front matter and outputs.

    Raises PageError where the page breaks a rule, or an exercise has no check.
    """
    return _numbered(_drawn_once(_parts(page)))


def _parts(page: Page) -> Iterator[Part]:
    ends = {fence.map[0]: fence.map[1] for fence in page.fences}
    hints = {
        token.map[0]: token.map[1]
        for token in page.tokens
        if token.type == "admonition_open" and token.info.split()[0] == "hint"
    }
    running = {block.line - 1: block for block in blocks(page)}
    front = page.tokens[0] if page.tokens else None
    at = front.map[1] if front and front.type == "front_matter" else 0
    exercise = None
    while at < len(page.lines):
        line = page.lines[at]
        exercise = _EXERCISE.match(line) or exercise
        figure = _FIGURE.match(line)
        end = at + 1
        if at in running:
            end = ends[at]
            yield _code(running[at], page.lines[at:end])
        elif line.strip() == OUTPUT:
            end = min(last for first, last in ends.items() if first > at)
        elif figure:
            yield _figure(at + 1, line, figure)
        elif at in hints:
            end = hints[at]
            yield _exercise(page, at + 1, page.lines[at:end], exercise)
        elif not _MARK.match(line):
            yield line
        at = end


def _code(block: Block, lines: list[str]) -> Code:
    source = _caught(block) if block.raises else block.source
    source = numbering.fill_code(block.page, source)
    name = block.includes[0].section
    return Code(block.line, lines, name, source, block.output)


def _caught(block: Block) -> str:
    """Its code, so that a notebook prints the error and goes on."""
    tried = (
        f"try:\n{textwrap.indent(block.source, '    ')}\n"
        "except Exception as error:\n"
        '    print(f"{type(error).__name__}: {error}")'
    )
    inside = ast.parse(tried).body[0].body
    if ast.dump(ast.Module(inside, [])) != ast.dump(ast.parse(block.source)):
        message = "a block that raises has no strings of several lines"
        raise PageError(block.page, block.line, message)
    return tried


def _figure(line: int, text: str, match: re.Match) -> Code:
    name, figure = SOURCE.fullmatch(match["source"]).groups()
    function = f"figure_{figure}"
    source = f"from snippets.figures.{name} import {function}\n\n{function}()"
    return Code(line, [text], function, source, alt=match["alt"])


def _exercise(
    page: Page, line: int, lines: list[str], exercise: re.Match | None
) -> Exercise:
    if not exercise:
        raise PageError(
            page.path, line, "hints stand behind an exercise, **{ #label }**"
        )
    check, file = exercise["label"], f"snippets/exercises/{page.name}.py"
    module = project_root(page.path) / file
    functions = parsed(module).body if module.is_file() else ()
    function = next((f for f in functions if getattr(f, "name", "") == check), None)
    if not function:
        message = f"{file} has no {check}(), which finds the hint"
        raise PageError(page.path, line, message)
    asked = function.args.args
    kinds = {each.arg: _kind(each) for each in asked}
    text = textwrap.dedent("\n".join(lines[1:])).strip()
    hints = [" ".join(each.split()) for each in re.split("^- ", text, flags=re.M)[1:]]
    title = lines[0].partition('"')[2].rstrip('"')
    return Exercise(line, lines, exercise["number"], check, kinds, title, hints)


def _kind(parameter: ast.arg) -> str:
    return ast.unparse(parameter.annotation) if parameter.annotation else "?"


def _drawn_once(found: Iterator[Part]) -> list[Part]:
    """Without a figure that the block above it draws, which a notebook shows anyway."""
    kept: list[Part] = []
    for part in found:
        at = next((i for i in reversed(range(len(kept))) if kept[i] != ""), -1)
        before = kept[at] if kept else None
        block = isinstance(before, Code) and before.alt is None
        figure = isinstance(part, Code) and part.alt is not None
        if block and figure and "plt.show()" in before.source:
            kept[at] = replace(before, drawn=part.alt)
        else:
            kept.append(part)
    return kept


def _numbered(found: list[Part]) -> list[Part]:
    """Each code with an id of its own, where a page shows something more than once."""
    count: Counter[str] = Counter()
    for at, part in enumerate(found):
        if isinstance(part, Code):
            count[part.id] += 1
            if count[part.id] > 1:
                found[at] = replace(part, id=f"{part.id}-{count[part.id]}")
    return found
