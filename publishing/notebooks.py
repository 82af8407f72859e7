"""A chapter as two notebooks: one that is executed for the site, one for readers.

The executed one holds the chapter's HTML in raw cells, and between them the code
cells, of which mkdocs-jupyter shows what they print and draw. The readers' one has
prose and code as any notebook has them, and cells to solve the exercises in.
"""

import html
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from publishing import bundle
from publishing.cells import Code, Exercise, Part, parts
from publishing.page import Page, PageError, project_root
from publishing.plain import pieces, plain_text

WORDS = {
    "ko": {
        "notebook": "노트북",
        "about": "{}의 노트북이다.",
        "download": "[내려받아]({}) Jupyter나 VS Code에서 열면 코드를 고쳐 가며"
        " 실행할 수 있고, 연습문제의 답도 확인할 수 있다.",
        "colab": "Colab에서 열기",
        "carried": "이 노트북이 책에서 가져온 코드. 먼저 실행한다. 읽지 않아도 된다.",
        "right": "맞다.",
        "wrong": "답이 다르다. 다시 생각해 보라.",
        "empty": "`...` 자리에 답을 적고, 이 셀을 다시 실행하라.",
    },
    "en": {
        "notebook": "Notebook",
        "about": "This is the notebook of {}.",
        "download": "[Download it]({}) and open it in Jupyter or VS Code to"
        " change the code and run it; it also checks your answers to the exercises.",
        "colab": "Open it in Colab",
        "carried": "Code that this notebook brings from the book. Run it first; there"
        " is no need to read it.",
        "right": "Right.",
        "wrong": "The answer differs. Think again.",
        "empty": "Write your answer in place of `...`, and run this cell again.",
    },
}
_PLACE = "<!-- output of {} -->"
_SHOW_FIGURES = "\nfrom publishing import drawing\n\ndrawing.show_inline()\n"
_CLOSED = "jp-MarkdownHeadingCollapsed"
_ANNOTATED = re.compile(r"(# \(\d+\))!")
_COLAB = "https://colab.research.google.com/github/"
_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def colab(repo_url: str, page: Path) -> str:
    """Where Colab opens the notebook of a page; nothing, if it cannot."""
    repository = _GITHUB.fullmatch(repo_url)
    path = f"{page.parent.name}/{page.stem}.ipynb"
    return f"{_COLAB}{repository[1]}/blob/notebooks/{path}" if repository else ""


@dataclass(frozen=True)
class Notebook:
    """A page whose numbers are filled in, and what is to be known of its site."""

    page: Page
    title: str
    caption: str  # "Figure {}."
    site_url: str = ""  # of the language
    repo_url: str = ""

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.page.language]

    @cached_property
    def parts(self) -> list[Part]:
        return parts(self.page)

    @property
    def codes(self) -> list[Code]:
        return [part for part in self.parts if isinstance(part, Code)]

    @property
    def exercises(self) -> list[Exercise]:
        return [part for part in self.parts if isinstance(part, Exercise)]

    def markdown(self) -> str:
        """The chapter with a place for what each cell prints or draws."""
        lines: list[str] = []
        for part in self.parts:
            if isinstance(part, str):
                lines.append(part)
                if part.startswith("# "):
                    folded = f'??? note carried "{self.words["carried"]}"'
                    carried = _fence(self.carried().rstrip(), "    ")
                    lines += ["", self.links(), "", folded, "", *carried]
            elif isinstance(part, Exercise):
                lines += [*_fence(part.source, ""), "", *part.lines]
            elif part.alt is not None:
                lines += [*_fence(part.source, part.indent), "", _drawing(part)]
            elif part.drawn is not None:
                lines += [*part.lines, "", _drawing(part)]
            else:
                place = part.indent + _PLACE.format(part.id)
                lines += [*part.lines, "", place if part.output else ""]
        if not any(line.startswith("# ") for line in lines):
            message = "a notebook needs a title; write `# TITLE` above the text"
            raise PageError(self.page.path, 1, message)
        return "\n".join(lines)

    def executed(self, page: str) -> str:
        """The notebook for the site; `page` is the HTML of `markdown()`."""
        verbatim = {"raw_mimetype": "text/html"}
        cells = [new_code_cell(self.carried() + _SHOW_FIGURES, id="carried")]
        for code in self.codes:
            before, place, behind = page.partition(_PLACE.format(code.id))
            if place:
                id = f"before-{code.id}"
                cells.append(new_raw_cell(before, id=id, metadata=verbatim))
                page = behind
            cells.append(new_code_cell(f"# cell {code.id}\n{code.source}", id=code.id))
        cells.append(new_raw_cell(page, id="end", metadata=verbatim))
        return _written(cells)

    def readers(self) -> str:
        """The notebook for the reader's own machine."""
        cells = []
        for piece in pieces(self.page, self.caption, self.site_url):
            if piece.of:
                name = piece.of.id if isinstance(piece.of, Code) else piece.of.check
                # what the list below the block explains, as a plain comment
                source = _ANNOTATED.sub(r"\1", piece.text)
                cells.append(new_code_cell(source, id=name))
            else:
                closed = {_CLOSED: True} if piece.solution else {}
                cells.append(new_markdown_cell(piece.text, id="text", metadata=closed))
        link = f"[{self.title}]({self.site_url}{self.page.name}.html)"
        about = self.words["about"].format(link if self.site_url else self.title)
        hidden = {"cellView": "form", "jupyter": {"source_hidden": True}}
        carried = self.carried(with_checks=True)
        cells[1:1] = [
            new_markdown_cell(f"{about} MIT License.", id="text"),
            new_code_cell(carried, id="carried", metadata=hidden),
        ]
        count: Counter[str] = Counter()
        for cell in cells:  # those of one name are numbered
            count[cell.id] += 1
            if count[cell.id] > 1:
                cell.id = f"{cell.id}-{count[cell.id]}"
        closed = [cell.id for cell in cells if _CLOSED in cell.metadata]
        return _written(
            cells,
            title=f"{self.title} · {self.words['notebook']}",
            lang=self.page.language,
            license="MIT",
            source=self.site_url and f"{self.site_url}{self.page.name}.html",
            colab={"collapsed_sections": closed},
        )

    def links(self) -> str:
        """Where else the chapter is, for its notebook's page on the site."""
        name, words = self.page.name, self.words
        text = words["about"].format(f"[{self.title}]({name}.md)")
        text += " " + words["download"].format(f"../downloads/{name}.ipynb")
        if address := colab(self.repo_url, self.page.path):
            text += f" [{words['colab']}]({address})"
        return text

    def carried(self, with_checks: bool = False) -> str:
        """The first code cell."""
        root, name = project_root(self.page.path), self.page.name
        code = "\n".join(code.source for code in self.codes)
        if with_checks and self.exercises:
            code += f"\nfrom snippets.exercises.{name} import *"
        carried = bundle.modules(root, code, (self.page.path, 1))
        cell = bundle.first_cell(self.words["carried"], carried)
        if not with_checks:
            return cell
        right, wrong, empty = (self.words[key] for key in ("right", "wrong", "empty"))
        exercises = {
            each.number: (name, each.check, right, *map(self.plain, each.hints), wrong)
            for each in self.exercises
        }
        return cell + bundle.check_cell(exercises, empty)

    def plain(self, text: str) -> str:
        return plain_text(text, self.page, self.caption, self.site_url)


def _drawing(code: Code) -> str:
    """The place for a figure, which is named for those who do not see it."""
    alt = html.escape(code.drawn if code.alt is None else code.alt)
    label = f'class="figure" role="img" aria-label="{alt}"'
    return f"{code.indent}<div {label}>{_PLACE.format(code.id)}</div>"


def _written(cells: list, **metadata) -> str:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata |= {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.writes(new_notebook(cells=cells, metadata=metadata)) + "\n"


def _fence(code: str, indent: str) -> list[str]:
    return [indent + line for line in ("```python", *code.splitlines(), "```")]
