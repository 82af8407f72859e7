"""A Markdown extension: LaTeX, found by pymdownx.arithmatex, becomes MathML while the page is built.

`$$ … \\tag{5.2} $$` is a numbered equation with the id `eq-5.2`; `$\\eqref{5.2}$` on the same page links to it.
"""

import html
import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

from publishing.pages import PageError

_MACROS = {"E": r"\operatorname{E}", "Var": r"\operatorname{Var}", "Cov": r"\operatorname{Cov}"}
_TAG = re.compile(r"\\tag\{([^}]*)\}")
_REFERENCE = re.compile(r"\\(?:eq)?ref\{([^}]*)\}")


class MathExtension(Extension):
    """Option `source`: the page's path, for error messages."""

    def __init__(self, **options):
        self.config = {"source": ["", "path of the page"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        # after arithmatex has marked the formulas (inline, 20), before the table of contents reads the headings (5)
        md.treeprocessors.register(_MathML(md, self.getConfig("source")), "mathml", 15)


def makeExtension(**options) -> MathExtension:
    return MathExtension(**options)


class _MathML(Treeprocessor):
    def __init__(self, md: Markdown, source: str):
        super().__init__(md)
        self.source = source
        self.converter = LatexToMathML(macros=_MACROS, fancy_error=False, annotation=True, id_prefix="eq-")

    def run(self, root: Element) -> None:
        elements = [element for element in root.iter() if element.get("class") == "arithmatex"]
        formulas = [_formula(element) for element in elements]
        labels = {label for latex, _ in formulas for label in _TAG.findall(latex)}
        for latex, _ in formulas:
            for label in _REFERENCE.findall(latex):
                if label not in labels:
                    self.fail(
                        latex, f"no equation on this page has \\tag{{{label}}}; link to another page's in Markdown"
                    )
        snippets = [(_numbered(latex), display) for latex, display in formulas]
        try:
            converted = self.converter.convert_all(snippets)
        except LatexError:
            self.explain(formulas)
            raise
        for element, mathml, (_, display) in zip(elements, converted, formulas, strict=True):
            element.text = self.md.htmlStash.store(mathml)
            element.set("class", "math-display" if display else "math-inline")
            if display:
                element.set("tabindex", "0")  # a wide equation scrolls inside itself, by keyboard too

    def explain(self, formulas: list[tuple[str, bool]]) -> None:
        """Finds the formula that math-core refuses."""
        for latex, display in formulas:
            try:
                self.converter.convert_with_local_state(_numbered(latex), displaystyle=display)
            except LatexError as error:
                self.fail(latex, f"LaTeX: {str(error).partition(': ')[2]} In: {latex.strip()}")

    def fail(self, latex: str, message: str) -> None:
        source = Path(self.source)
        text = source.read_text(encoding="utf-8") if self.source else ""
        # a formula inside an admonition is indented in the source; its first line still stands there as it is
        first = latex.strip().partition("\n")[0]
        raise PageError(source, text[: max(text.find(first), 0)].count("\n") + 1, message)


def _formula(element: Element) -> tuple[str, bool]:
    r"""LaTeX between arithmatex's `\(…\)` or `\[…\]`, and whether it is displayed."""
    if element.tag == "div":
        return html.unescape(element.text[2:-2]), True  # arithmatex escapes displayed formulas, and only those
    return element.text[2:-2], False


def _numbered(latex: str) -> str:
    r"""`\tag` wants a numbered environment; write it for the author, with a label that references find."""
    tag = _TAG.search(latex)
    if not tag:
        return latex
    labelled = latex.replace(tag[0], f"{tag[0]}\\label{{{tag[1]}}}").strip()
    return labelled if labelled.startswith(r"\begin") else rf"\begin{{equation}}{labelled}\end{{equation}}"
