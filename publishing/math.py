r"""LaTeX, found by pymdownx.arithmatex, becomes MathML.

`$$ … \tag{7.1}\label{step} $$` is a numbered equation whose id is `eq-step`; on the
same page, `$\eqref{step}$` links to it. publishing/numbering.py writes the tag. Where
a displayed formula has a `\qquad`, a narrow screen breaks it.
"""

import html
import re
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

from publishing.page import PageError

MACROS = {name: rf"\operatorname{{{name}}}" for name in ("E", "Var", "Cov")}
_TAG = re.compile(r"\s*\\tag\{(?P<number>[^}]*)\}\\label\{(?P<label>[^}]*)\}")
_DEPTH = re.compile(
    r"(\\begin|\\left(?![a-z])|(?<!\\)\{)"
    r"|(\\end|\\right(?![a-z])|(?<!\\)\})|\\qquad"
)
_BESIDE = re.compile(r"([^\s(\x02\x03]*)(.*)", re.S)
# WebKit draws a hat that may not stretch far above its letter
_STIFF_ACCENT = re.compile(r'<mo stretchy="false">(?=[^<]</mo></mover>)')
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
        for element in marked:
            if self.refer(element, numbers):
                continue
            latex, display = _formula(element)
            if display:
                self.display(element, latex)
                continue
            # a particle or a period stays beside its formula
            beside, element.tail = _BESIDE.match(element.tail or "").groups()
            mathml = self.convert(latex, display) + html.escape(beside)
            element.text = self.md.htmlStash.store(mathml)
            element.set("class", "math-inline")

    def display(self, element: Element, latex: str) -> None:
        """A line of its own: its parts, which scroll if one is too wide, its number."""
        element.text = None
        element.set("class", "math-display")
        # the parts scroll by keyboard too
        parts = SubElement(element, "div", {"class": "math-parts", "tabindex": "0"})
        parts.set("data-search-exclude", "")
        mathml = (self.convert(each, True) for each in _parts(_TAG.sub("", latex)))
        parts.text = self.md.htmlStash.store("".join(mathml))
        tag = _TAG.search(latex)
        if tag:
            element.set("id", f"eq-{tag['label']}")
            number = SubElement(element, "span", {"class": "equation-number"})
            number.set("data-search-exclude", "")
            number.text = f"({tag['number']})"

    def convert(self, latex: str, display: bool) -> str:
        try:
            mathml = self.converter.convert_with_local_state(
                latex, displaystyle=display
            )
        except LatexError as error:
            reason = str(error).partition(": ")[2]
            self.fail(latex, f"LaTeX: {reason} In: {latex.strip()}")
        mathml = _STIFF_ACCENT.sub("<mo>", mathml)
        # the LaTeX inside is for those who copy the formula, not for searching
        return mathml.replace("<annotation ", "<annotation data-search-exclude ")

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


def _parts(latex: str) -> list[str]:
    r"""What stands between the `\qquad` of a formula that are inside nothing."""
    parts, start, depth = [], 0, 0
    for match in _DEPTH.finditer(latex):
        if match[1] or match[2]:
            depth += 1 if match[1] else -1
        elif depth == 0:
            parts.append(latex[start : match.start()])
            start = match.end()
    return [*parts, latex[start:]]
