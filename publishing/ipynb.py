"""A chapter as notebooks, one to be executed and one for home, and as their page."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from textwrap import indent

from publishing import carried, figures, math, pages
from publishing.cells import Code, Exercise, Text
from publishing.pages import PageError

WORDS = {
    "ko": {
        "notebook": "노트북",
        "about": "{}의 노트북이다.",
        "download": "[내려받아]({}) Jupyter나 VS Code에서 열면 코드를 고쳐 가며"
        " 실행할 수 있고, 연습문제의 답도 확인할 수 있다.",
        "colab": "Colab에서 열기",
        "idle": "`mkdocs serve`는 노트북을 만들지 않는다. `NOTEBOOKS=1 mkdocs serve`는"
        " 만들고 실행한다.",
        "brought": "이 노트북이 책에서 가져온 코드",
        "first": "먼저 실행한다. 읽지 않아도 된다.",
        "right": "맞다.",
        "wrong": "답이 다르다. 다시 생각해 보라.",
        "empty": "위의 셀에서 `...` 자리에 답을 적고, 두 셀을 차례로 실행하라.",
    },
    "en": {
        "notebook": "Notebook",
        "about": "This is the notebook of {}.",
        "download": "[Download it]({}) and open it in Jupyter or VS Code to"
        " change the code and run it; it also checks your answers to the exercises.",
        "colab": "Open it in Colab",
        "idle": "`mkdocs serve` makes no notebooks. `NOTEBOOKS=1 mkdocs serve` makes"
        " them and runs them.",
        "brought": "Code that this notebook brings from the book",
        "first": "Run this first. There is no need to read it.",
        "right": "Right.",
        "wrong": "The answer differs. Think again.",
        "empty": "Write your answer in place of `...` in the cell above, and run both"
        " cells in turn.",
    },
}
BROUGHT = "brought"  # the id of the first cell

_BRING = """\
# {title}
# {first}
def _bring():
    import sys
    import types

    import matplotlib
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg")
    matplotlib.rcParams.update(
{style}
    )
    for name, source in _modules.items():
        module = sys.modules[name] = types.ModuleType(name)
        exec(compile(source, name, "exec"), vars(module))


_modules = {{
{modules}}}
_bring()
"""
_CHECK = """

def check(exercise, *answers):
    import importlib

    from IPython.display import Markdown

    name, function, *hints = _exercises[exercise]
    if any(answer is ... for answer in answers):
        return Markdown({empty!r})
    # an answer is made of the classes that cells have defined
    module, ours = vars(importlib.import_module(name)), globals()
    module.update({{k: ours[k] for k in module if isinstance(ours.get(k), type)}})
    which = module[function](*answers)
    return Markdown([{right!r}, *hints, {wrong!r}][which])


_exercises = {{
{exercises}}}
"""
_CLOSED = "jp-MarkdownHeadingCollapsed"
_ADMONITION = re.compile(r'(?:\?\?\?\+?|!!!|===) (?:(?P<kind>\w+) )?"(?P<title>.*)"$')
_EXERCISE = re.compile(r"^\*\*(\d+\.\d+)\*\* ", re.M)
_TITLE = re.compile(r"^(# .*?) \{ #[\w-]+ \}$", re.M)
_HEADING = re.compile(r"^(##+ .*?) \{ #([\w-]+) \}$", re.M)
_CAPTION = re.compile(r"^/// [\w-]+ \| (\S+)\n(.*?)\n///$", re.M | re.S)
_DROPPED = re.compile(r"^(?:\{ \.\w+ \}|<!--.*?-->)$\n?", re.M)
_EQUATION = re.compile(r"\$\\eqref\{([^}]*)\}\$")
_MACRO = re.compile(rf"\\({'|'.join(math.MACROS)})\b")
_ANNOTATED = re.compile(r"(# \(\d+\))!")
_LINK = re.compile(r"\[([^\]]*)\]\(([\w-]+)\.md(#[\w-]+)?\)")
_NOTE = re.compile(r"\[\^([\w-]+)\](:?)")
_COLAB = "https://colab.research.google.com/github/"
_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


@dataclass(frozen=True)
class Notebook:
    """A page, and what is to be known of its site."""

    page: Path
    parts: list[Text]
    language: str
    title: str
    site_url: str  # of the language, or ""
    repo_url: str  # or ""
    caption: str  # "Figure {}."

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    @property
    def codes(self) -> list[Code]:
        return [part for part in self.parts if isinstance(part, Code)]

    @property
    def exercises(self) -> list[Exercise]:
        return [part for part in self.parts if isinstance(part, Exercise)]

    def executed(self) -> str:
        """Code alone: other words are no reason to execute it again."""
        told = [(code.id, f"# cell {code.id}\n{code.source}") for code in self.codes]
        return _ipynb([_code(*each) for each in ((BROUGHT, self.brought()), *told)])

    def home(self) -> str:
        """Everything, for the reader's own machine."""
        found = _Home(self).cells
        closed = [each["id"] for each in found if _CLOSED in each["metadata"]]
        return _ipynb(
            found,
            title=f"{self.title} · {self.words['notebook']}",
            lang=self.language,
            license="MIT",
            source=self.site_url and f"{self.site_url}{self.page.stem}.html",
            colab={"collapsed_sections": closed},
        )

    def shown(self) -> str:
        """The chapter's Markdown with places for what the cells print and draw."""
        lines: list[str] = []
        for part in self.parts:
            if isinstance(part, Exercise):
                lines += _fence(f"{part.answer}\n\n{part.call}", "")
                lines += ["", *part.lines]
            elif not isinstance(part, Code):
                lines += part.lines
            elif part.alt is None:
                lines += part.lines
                if part.prints:
                    lines += ["", *_fence(place(part.id), part.indent, "text")]
            else:
                lines += _fence(part.source, part.indent)
                lines += ["", f"{part.indent}![{part.alt}]({place(part.id)})"]
        heads = (i for i, line in enumerate(lines) if line.startswith("# "))
        head = next(heads, None)
        if head is None:
            message = "a notebook needs a title; write `# TITLE` above the text"
            raise PageError(self.page, 1, message)
        brought = _fence(self.brought().rstrip(), "    ")
        folded = f'??? note "{self.words["brought"]}"'
        lines[head + 1 : head + 1] = ["", self.links(), "", folded, "", *brought]
        return "\n".join(lines)

    def links(self) -> str:
        """Where else the chapter is, for its page on the site."""
        name, words = self.page.stem, self.words
        text = words["about"].format(f"[{self.title}]({name}.md)")
        text += " " + words["download"].format(f"downloads/{name}.ipynb")
        if repository := _GITHUB.fullmatch(self.repo_url):
            path = f"{repository[1]}/blob/notebooks/{self.language}/{name}.ipynb"
            text += f" [{words['colab']}]({_COLAB}{path})"
        return text

    def brought(self, home: bool = False) -> str:
        """The first cell: what the others need of `snippets`, and their style."""
        root = pages.project_root(self.page)
        names = [name for code in self.codes for name in carried.imported(code.source)]
        module = f"snippets.{self.page.stem}"
        if home:
            names += [(module, exercise.check) for exercise in self.exercises]
        try:
            sources = carried.sources(root, names)
        except LookupError as error:
            raise PageError(self.page, 1, f"its notebook: {error.args[0]}") from None
        modules = "".join(_module(name, code) for name, code in sources.items())
        style = figures.STYLE | {"svg.hashsalt": self.page.stem}
        style = indent(pformat(style, sort_dicts=False), " " * 8)
        code = _BRING.format(
            title=f"@title {self.words['brought']}",
            first=self.words["first"],
            style=style,
            modules=modules,
        )
        if not home:
            return code
        rows = {
            each.number: (module, each.check, *map(self.plain, each.hints))
            for each in self.exercises
        }
        rows = "".join(f"    {number!r}: {row!r},\n" for number, row in rows.items())
        return code + _CHECK.format(exercises=rows, **self.words)

    def plain(self, text: str) -> str:
        """Markdown as every notebook reads it."""
        text = _CAPTION.sub(lambda m: f"**{self.caption.format(m[1])}** {m[2]}", text)
        text = _TITLE.sub(r"\1", _DROPPED.sub("", text))
        text = _HEADING.sub(r'<a id="\2"></a>\n\n\1', text)
        text = _EQUATION.sub(r"(\1)", _MACRO.sub(r"\\operatorname{\1}", text))
        text = _EXERCISE.sub(r"### \1\n\n", text)
        text = _NOTE.sub(self.note, text)
        return _LINK.sub(self.link, text)

    def note(self, note: re.Match) -> str:
        """A footnote's number, and in front of it what makes a list of footnotes."""
        page = self.page.read_text(encoding="utf-8")
        names = dict.fromkeys(name for name, _ in _NOTE.findall(page))
        return f"{'- ' if note[2] else ''}<sup>{list(names).index(note[1]) + 1}</sup>"

    def link(self, link: re.Match) -> str:
        """A link to another page, absolute; its words alone where nothing is known."""
        text, page, section = link.groups(default="")
        if not self.site_url:
            return text
        return f"[{text}]({self.site_url}{page}.html{section})"


def place(id: str) -> str:
    """Where the page has what a cell prints or draws, before that is known."""
    return f"cell:{id}:"


class _Home:
    """The cells of the notebook for home, built in the page's order."""

    def __init__(self, notebook: Notebook):
        self.notebook = notebook
        self.cells: list[dict] = []
        self.lines: list[str] = []  # of the next text
        self.number = ""  # of the exercise
        self.inside = False  # something indented
        for part in notebook.parts:
            if isinstance(part, Exercise):
                self.code(f"answer-{part.check}", part.answer)
                self.code(part.check, part.call)
            elif isinstance(part, Code):
                self.code(part.id, part.source)
            else:
                for at, line in enumerate(part.lines, part.line):
                    self.line(at, line)
        self.text()
        count: Counter[str] = Counter()
        for cell in self.cells:  # those of one name are numbered
            name = cell["id"]
            count[name] += 1
            cell["id"] = f"{name}-{count[name]}" if count[name] > 1 else name

    def line(self, at: int, line: str) -> None:
        if self.inside and line[:1].strip():
            self.inside = False
            self.text()  # a closed heading hides whole cells
        if opened := _ADMONITION.match(line):
            self.open(**opened.groupdict())
            return
        if "--8<--" in line:
            line = pages.include(self.notebook.page, at, line).text.rstrip("\n")
        if exercise := _EXERCISE.match(line):
            self.number = exercise[1]
        self.lines.append(line[4:] if self.inside else line)
        if line.startswith("# "):
            self.bring()

    def open(self, kind: str | None, title: str) -> None:
        self.inside = True
        if kind != "solution":
            self.lines.append(f"**{title}**")
            return
        # a heading that Jupyter and Colab show closed, with all that it is above
        self.text()
        self.lines.append(f"#### {title} {self.number}")
        self.text()
        self.cells[-1]["metadata"][_CLOSED] = True

    def bring(self) -> None:
        notebook = self.notebook
        title = notebook.title
        if notebook.site_url:
            title = f"[{title}]({notebook.site_url}{notebook.page.stem}.html)"
        about = notebook.words["about"].format(title)
        self.lines.append(f"\n{about} MIT License.")
        hidden = {"cellView": "form", "jupyter": {"source_hidden": True}}
        self.code(BROUGHT, notebook.brought(home=True), hidden)

    def text(self) -> None:
        """A cell of the lines so far."""
        text = self.notebook.plain("\n".join(self.lines)).strip()
        self.lines.clear()
        if text:
            self.cells.append(_cell("markdown", "text", text, {}))

    def code(self, id: str, source: str, metadata: dict | None = None) -> None:
        self.text()
        # what the list below the block explains, as a plain comment
        self.cells.append(_code(id, _ANNOTATED.sub(r"\1", source), metadata))


def _cell(kind: str, id: str, source: str, metadata: dict) -> dict:
    return {"cell_type": kind, "id": id, "metadata": metadata, "source": source}


def _code(id: str, source: str, metadata: dict | None = None) -> dict:
    cell = _cell("code", id, source, metadata or {})
    return cell | {"execution_count": None, "outputs": []}


def _ipynb(cells: list[dict], **metadata) -> str:
    """The file of a notebook."""
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata |= {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {
        "cells": cells,
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _module(name: str, source: str) -> str:
    # readable wherever that is possible
    code = repr(source) if "'''" in source else f"r'''\n{source}\n'''"
    return f"    {name!r}: {code},\n"


def _fence(code: str, indent: str, language: str = "python") -> list[str]:
    return [indent + line for line in (f"```{language}", *code.splitlines(), "```")]
