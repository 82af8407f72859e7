r"""LaTeX, found by pymdownx.arithmatex, becomes MathML.

`$$ … \tag{7.1}\label{step} $$` is a numbered equation whose id is `eq-step`; on the
same page, `$\eqref{step}$` links to it. publishing/numbering.py writes the tag.
"""

import html
import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

from publishing.page import PageError

MACROS = {name: rf"\operatorname{{{name}}}" for name in ("E", "Var", "Cov")}
_TAG = re.compile(r"\\tag\{(?P<number>[^}]*)\}\\label\{(?P<label>[^}]*)\}")
_BESIDE = re.compile(r"([^\s(\x02\x03]*)(.*)", re.S)
_REFERENCE = re.compile(r"\\eqref\{([^}]*)\}")


class Mathematics(Treeprocessor):
    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source
        self.converter = LatexToMathML(
            macros=MACROS, fancy_error=False, annotation=True, id_prefix="eq-"
        )

    def run(self, root: Element) -> None:
        marked = [each for each in root.iter() if each.get("class") == "arithmatex"]
        tags = _TAG.findall(" ".join(_formula(element)[0] for element in marked))
        numbers = {label: number for number, label in tags}
        elements = [each for each in marked if not self.refer(each, numbers)]
        formulas = [_formula(element) for element in elements]
        for element, mathml in zip(elements, self.convert(formulas), strict=True):
            # the LaTeX inside is for those who copy the formula, not for searching
            mathml = mathml.replace("<annotation ", "<annotation data-search-exclude ")
            if element.tag == "span":  # a particle or a period stays beside its formula
                beside, element.tail = _BESIDE.match(element.tail or "").groups()
                mathml += html.escape(beside)
            label = _TAG.search(_formula(element)[0])
            if label:  # MkDocs, which checks links, does not see an id inside
                element.set("id", f"eq-{label['label']}")
                mathml = mathml.replace(f' id="{element.get("id")}"', "")
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

    def refer(self, element: Element, numbers: dict[str, str]) -> bool:
        r"""Whether this is an `\eqref`: a link, which MathML could not hold."""
        latex, _ = _formula(element)
        found = _REFERENCE.search(latex)
        if not found:
            return False
        label = found[1]
        if found[0] != latex.strip():
            self.fail(latex, f"write ${found[0]}$ apart from other mathematics")
        if label not in numbers:
            self.fail(latex, f"no equation on this page has \\label{{{label}}}")
        link = f'<a href="#eq-{label}">({numbers[label]})</a>'
        element.text = self.md.htmlStash.store(link)
        element.set("class", "equation")
        return True

    def fail(self, latex: str, message: str) -> None:
        text = self.source.read_text(encoding="utf-8")
        # as the page has it: without its number; in an admonition it is indented, so
        # only its first line is looked for
        written = re.sub(r"\\tag\{[^}]*\}", "", latex).strip().partition("\n")[0]
        start = max(text.find(written), 0)
        raise PageError(self.source, text.count("\n", 0, start) + 1, message)


def _formula(element: Element) -> tuple[str, bool]:
    r"""LaTeX between arithmatex's `\(…\)` or `\[…\]`, and whether it is displayed."""
    latex, display = element.text[2:-2], element.tag == "div"
    # arithmatex escapes displayed formulas, and only those
    return (html.unescape(latex) if display else latex), display


def _numbered(latex: str) -> str:
    r"""Adds the numbered environment that `\tag` wants, unless there is one."""
    if not _TAG.search(latex) or latex.strip().startswith(r"\begin"):
        return latex
    return rf"\begin{{equation}}{latex.strip()}\end{{equation}}"
