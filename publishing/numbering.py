r"""Numbers that nobody types: chapters, equations, exercises and figures.

A chapter's number is its place in `nav`, an appendix's a letter; the others count from
its beginning. In the source stand labels, and `fill` puts the numbers in:

    # Training { #training }          # 7. Training { #training }
    \label{step}                      \tag{7.1}\label{step}
    **{ #steps }** How many …         <strong id="exercise-steps">7.1</strong> How …
    /// figure-caption                /// figure-caption | 7.1 #figure-path
    [](loss.md)                       [Chapter 5](loss.md)
    [](loss.md#eq-mse)                [(5.1)](loss.md#eq-mse)
    [](#exercise-steps)               [Exercise 7.1](#exercise-steps)
    {{ title }}, {{ loss.title }}     what front matter says, of this page or another
    {{ minutes }}, {{ time }}         for reading: the page, all that the line links to
    {{ counts.blocks }}               how many the whole book has
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from mkdocs.utils import meta

from publishing.page import (
    CONFIGURATIONS,
    OUTPUT,
    Page,
    PageError,
    appendices,
    chapters,
    project_root,
)

_WORDS = {
    "ko": {
        "chapter": "{}장",
        "appendix": "부록\N{NO-BREAK SPACE}{}",
        "eq": "({})",
        "exercise": "연습문제\N{NO-BREAK SPACE}{}",
        "figure": "그림\N{NO-BREAK SPACE}{}",
        "hours": "{}시간",
        "minutes": "{}분",
    },
    "en": {
        "chapter": "Chapter\N{NO-BREAK SPACE}{}",
        "appendix": "Appendix\N{NO-BREAK SPACE}{}",
        "eq": "({})",
        "exercise": "Exercise\N{NO-BREAK SPACE}{}",
        "figure": "Figure\N{NO-BREAK SPACE}{}",
        "hours": "{} h",
        "minutes": "{} min",
    },
}
# filling again changes nothing: notebooks are filled before they become HTML
_MARKS = re.compile(r"^# |\\label|\*\*\{|\]\(figure:|figure-caption|\[\]\(|\{\{")
_TITLE = re.compile(r"^# (?:(?:\d+|[A-Z])\. )?(?=\S)")
_EQUATION = re.compile(r"(?:\\tag\{[^}]*\})?\\label\{(?P<label>[\w-]+)\}")
_EXERCISE = re.compile(r"^\*\*\{ #(?P<label>[\w-]+) \}\*\*")
# of several figures that stand side by side, in one paragraph, the last
_FIGURE = re.compile(r"\]\(figure:\w+/(?P<label>\w+)\)(?!\n!\[)")
_CAPTION = re.compile(r"^(\s*/// figure-caption)\s*$")
_REFERENCE = re.compile(r"\[\]\((?P<page>[\w-]+\.md)?(?:#(?P<anchor>[\w-]+))?\)")
# in code; on a page, such a link begins with [ or (
_SOURCE = re.compile(r"(?<![\w./#(\[])(?P<page>\w+)#eq-(?P<label>[\w-]+)")
_LINKED = re.compile(r"\]\((\w+)\.md\)")
_VALUE = re.compile(r"\{\{ (?:(?P<page>\w+)\.)?(?P<key>\w+) \}\}")


@dataclass(frozen=True)
class _Labels:
    """Labels of a page in their order, by kind."""

    eq: tuple[str, ...]
    exercise: tuple[str, ...]
    figure: tuple[str, ...]


def fill(path: Path, text: str) -> str:
    """The page's text with its numbers. Its lines stay where they are.

    The text may lack the lines above it, the front matter. Raises PageError for a
    reference to what is not there.
    """
    missing = path.read_text(encoding="utf-8").count("\n") - text.count("\n")
    return _Filler(path, max(missing, 0)).fill(text)


def fill_code(path: Path, code: str) -> str:
    """The code with the numbers of the equations that its docstrings name.

    `Source: equation training#eq-step` becomes `Source: equation (7.1)`.
    """
    filler = _Filler(path, 0)

    def number(match: re.Match) -> str:
        page = path.with_name(f"{match['page']}.md")
        return f"({filler.numbered('eq', match['label'], page)})"

    return _SOURCE.sub(number, code)


def number_of(path: Path) -> str | None:
    """The chapter's number or letter, or None for a page that is no chapter."""
    root = project_root(path)
    if path.stem in (letters := appendices(root)):
        return chr(ord("A") + letters.index(path.stem))
    names = chapters(root)
    return str(names.index(path.stem) + 1) if path.stem in names else None


def figure(path: Path, number: str) -> str:
    """How the page's language calls the figure with the number."""
    return _WORDS[path.parent.name]["figure"].format(number)


class _Filler:
    def __init__(self, path: Path, line: int):
        self.path, self.number = path, number_of(path)
        self.words = _WORDS[path.parent.name]
        self.line = line  # that is being filled
        self.figure = ""  # the last one above the line

    def fill(self, text: str) -> str:
        lines = []
        for line in text.split("\n"):
            self.line += 1
            lines.append(self.filled(line))
        return "\n".join(lines)

    def filled(self, line: str) -> str:
        if not _MARKS.search(line):
            return line
        line = _REFERENCE.sub(self.reference, _VALUE.sub(self.value, line))
        if not self.number:
            if _EQUATION.search(line) or _EXERCISE.search(line):
                message = "only a chapter has numbers; name it in a part of `nav`"
                raise PageError(self.path, self.line, f"{message} in mkdocs.yml")
            return line
        if figure := _FIGURE.search(line):
            self.figure = figure["label"]
        line = _TITLE.sub(f"# {self.number}. ", line)
        line = _EQUATION.sub(self.equation, line)
        line = _EXERCISE.sub(self.exercise, line)
        return _CAPTION.sub(self.caption, line)

    def equation(self, match: re.Match) -> str:
        label = match["label"]
        return rf"\tag{{{self.numbered('eq', label)}}}\label{{{label}}}"

    def exercise(self, match: re.Match) -> str:
        label = match["label"]
        number = self.numbered("exercise", label)
        return f'<strong id="exercise-{label}">{number}</strong>'

    def caption(self, match: re.Match) -> str:
        number = self.numbered("figure", self.figure)
        return f"{match[1]} | {number} #figure-{self.figure}"

    def reference(self, match: re.Match) -> str:
        page = self.path.with_name(match["page"]) if match["page"] else self.path
        if not page.is_file():
            raise PageError(self.path, self.line, f"{match['page']} does not exist")
        kind, _, label = (match["anchor"] or "").partition("-")
        if kind not in _Labels.__annotations__ or not label:
            number = number_of(page)
            kind = "chapter" if (number or "").isdigit() else "appendix"
            if not number:
                message = f"{match[0]} needs a text: {page.name} has no number"
                raise PageError(self.path, self.line, message)
        else:
            number = self.numbered(kind, label, page)
        return f"[{self.words[kind].format(number)}]{match[0][2:]}"

    def numbered(self, kind: str, label: str, page: Path | None = None) -> str:
        page = page or self.path
        labels = getattr(_labels(page.read_text(encoding="utf-8")), kind)
        if label not in labels:
            known = ", ".join(labels) or "none"
            message = f"{page.name} has no {kind} {label!r}; it has: {known}"
            raise PageError(self.path, self.line, message)
        return f"{number_of(page)}.{labels.index(label) + 1}"

    def value(self, match: re.Match) -> str:
        name, key = match["page"], match["key"]
        root = project_root(self.path)
        if name == "counts":
            parts = [each for each in chapters(root) if each not in appendices(root)]
            known = counts(root) | {"time": self.time(parts)}
        else:
            page = self.path.with_stem(name) if name else self.path
            known = front_matter(page) | {
                "time": self.time(_LINKED.findall(match.string))
            }
            if number := number_of(page):
                known |= {"number": number, "minutes": minutes(page)}
        if known.get(key) is None:
            message = f"{match[0]} is not known; {name or 'this page'} has: "
            raise PageError(self.path, self.line, message + ", ".join(known))
        return _REFERENCE.sub(self.reference, str(known[key]))

    def time(self, names: list[str]) -> str | None:
        """For reading the chapters among the pages, such as "2 h 35 min"."""
        known = set(names) & set(chapters(project_root(self.path)))
        hours, rest = divmod(sum(minutes(self.path.with_stem(n)) for n in known), 60)
        said = [
            self.words[unit].format(count)
            for unit, count in (("hours", hours), ("minutes", rest))
            if count
        ]
        return " ".join(said) or None


def minutes(page: Path) -> int:
    """For reading a chapter's core; the Korean page's, so that both say the same."""
    korean = page.parents[1] / "ko" / page.name
    return _minutes(korean, korean.read_text(encoding="utf-8"))


@functools.lru_cache(256)
def _minutes(page: Path, text: str) -> int:
    return Page(page, text).minutes


def front_matter(page: Path) -> dict:
    """What stands above the page's text; nothing, if there is no such page."""
    if not page.is_file():
        return {}
    return _front_matter(page.read_text(encoding="utf-8"))


def moved(page: Path) -> dict[str, tuple[str, str]]:
    """Ids that the page had, each with its new place and the title of the page there.

    `moved: {digits: rounding.md#digits}` in the front matter says so.
    """
    found = {}
    for old, new in front_matter(page).get("moved", {}).items():
        path = page.with_name(new.partition("#")[0])
        found[old] = (new, f"{number_of(path)}. {front_matter(path).get('title')}")
    return found


def counts(root: Path) -> dict[str, int]:
    """What the book has: blocks and outputs in both languages, and the rest once."""
    texts = {
        language: [
            path.read_text(encoding="utf-8")
            for path in sorted((root / "docs" / language).glob("*.md"))
        ]
        for language in CONFIGURATIONS
    }
    every = "\n".join(text for each in texts.values() for text in each)
    labels = [_labels(text) for text in texts["ko"]]
    return {
        "blocks": len(re.findall(r"^ *```python", every, re.M)),
        "outputs": every.count(OUTPUT),
        "equations": sum(len(each.eq) for each in labels),
        "exercises": sum(len(each.exercise) for each in labels),
        "figures": len({each for text in texts["ko"] for each in _drawn(text)}),
    }


def _drawn(text: str) -> list[str]:
    return [match[0] for match in _FIGURE.finditer(text)]


@functools.lru_cache(256)
def _labels(text: str) -> _Labels:
    exercise = re.compile(_EXERCISE.pattern, re.M)
    found = (pattern.findall(text) for pattern in (_EQUATION, exercise, _FIGURE))
    return _Labels(*map(tuple, found))


@functools.lru_cache(256)
def _front_matter(text: str) -> dict:
    return meta.get_data(text)[1]
