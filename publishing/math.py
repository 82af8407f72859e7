"""A Markdown extension: LaTeX, found by pymdownx.arithmatex, becomes MathML.

`$$ … \\tag{5.2} $$` is a numbered equation whose id is `eq-5.2`; on the same page,
`$\\eqref{5.2}$` links to it.
"""

import html
import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

from publishing.pages import PageError

MACROS = {name: rf"\operatorname{{{name}}}" for name in ("E", "Var", "Cov")}
_TAG = re.compile(r"\\tag\{([^}]*)\}")
_BESIDE = re.compile(r"([^\s(\x02\x03]*)(.*)", re.S)
_REFERENCE = re.compile(r"\\eqref\{([^}]*)\}")


class MathExtension(Extension):
    """Option `source`: the page's path, for error messages."""

    def __init__(self, **options):
        self.config = {"source": ["", "path of the page"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        # after arithmatex has marked the formulas, which it does at 20
        source = Path(self.getConfig("source"))
        md.treeprocessors.register(_MathML(md, source), "mathml", 15)


def makeExtension(**options) -> MathExtension:
    return MathExtension(**options)


class _MathML(Treeprocessor):
    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source
        self.converter = LatexToMathML(
            macros=MACROS, fancy_error=False, annotation=True, id_prefix="eq-"
        )

    def run(self, root: Element) -> None:
        marked = [each for each in root.iter() if each.get("class") == "arithmatex"]
        labels = _TAG.findall(" ".join(_formula(element)[0] for element in marked))
        elements = [each for each in marked if not self.refer(each, labels)]
        formulas = [_formula(element) for element in elements]
        for element, mathml in zip(elements, self.convert(formulas), strict=True):
            # the LaTeX inside is for those who copy the formula, not for searching
            mathml = mathml.replace("<annotation ", "<annotation data-search-exclude ")
            if element.tag == "span":  # a particle or a period stays beside its formula
                beside, element.tail = _BESIDE.match(element.tail or "").groups()
                mathml += html.escape(beside)
            element.text = self.md.htmlStash.store(mathml)
            if element.tag == "div":
                element.set("class", "math-display")
                # a wide equation scrolls inside itself, by keyboard too
                element.set("tabindex", "0")
                element.set("data-search-exclude", "")
            else:
                element.set("class", "math-inline")

    def convert(self, formulas: list[tuple[str, bool]]) -> list[str]:
        numbered = [(_numbered(latex), display) for latex, display in formulas]
        try:
            return self.converter.convert_all(numbered)
        except LatexError:  # it does not say in which formula
            for (latex, display), (written, _) in zip(numbered, formulas, strict=True):
                self.try_alone(latex, display, written)
            raise

    def try_alone(self, latex: str, display: bool, written: str) -> None:
        try:
            self.converter.convert_with_local_state(latex, displaystyle=display)
        except LatexError as error:
            reason = str(error).partition(": ")[2]
            self.fail(written, f"LaTeX: {reason} In: {written.strip()}")

    def refer(self, element: Element, labels: list[str]) -> bool:
        r"""Whether this is an `\eqref`: a link, which MathML could not hold."""
        latex, _ = _formula(element)
        found = _REFERENCE.search(latex)
        if not found:
            return False
        label = found[1]
        if found[0] != latex.strip():
            self.fail(latex, f"write ${found[0]}$ apart from other mathematics")
        if label not in labels:
            self.fail(latex, f"no equation on this page has \\tag{{{label}}}")
        link = f'<a href="#eq-{label}">({label})</a>'
        element.text = self.md.htmlStash.store(link)
        element.set("class", "equation")
        return True

    def fail(self, latex: str, message: str) -> None:
        text = self.source.read_text(encoding="utf-8")
        # inside an admonition a formula is indented, but its first line is not cut
        start = max(text.find(latex.strip().partition("\n")[0]), 0)
        raise PageError(self.source, text.count("\n", 0, start) + 1, message)


def _formula(element: Element) -> tuple[str, bool]:
    r"""LaTeX between arithmatex's `\(…\)` or `\[…\]`, and whether it is displayed."""
    latex, display = element.text[2:-2], element.tag == "div"
    # arithmatex escapes displayed formulas, and only those
    return (html.unescape(latex) if display else latex), display


def _numbered(latex: str) -> str:
    r"""Adds what `\tag` wants: a label for references, a numbered environment."""
    tag = _TAG.search(latex)
    if not tag:
        return latex
    labelled = latex.replace(tag[0], f"{tag[0]}\\label{{{tag[1]}}}").strip()
    if labelled.startswith(r"\begin"):
        return labelled
    return rf"\begin{{equation}}{labelled}\end{{equation}}"
