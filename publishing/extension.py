"""The book's Markdown: numbers, mathematics, figures, exercises, terms of the glossary.

One extension registers all five, so that their order is seen at once.
"""

import base64
import json
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import markdown
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.utils import meta

from publishing import numbering
from publishing.figures import Figures
from publishing.glossary import Terms
from publishing.math import Mathematics
from publishing.page import CONFIGURATIONS, Page, project_root

NAME = "publishing.extension"
_LETTERED = re.compile(
    r"^(?P<opens>/// figure-caption \| )(?P<number>[A-Z]\.\d+) (?P<id>#\S+)\n", re.M
)


class BookExtension(Extension):
    """Option `source`: the page's path, whose folder is named after its language."""

    def __init__(self, **options):
        self.config = {"source": ["", "path of the page"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        source = Path(self.getConfig("source"))
        # before anything else reads the text
        md.preprocessors.register(_Numbers(md, source), "numbers", 100)
        # after snippets, at 32, and before superfences, at 25
        md.preprocessors.register(_Sources(md, source), "sources", 28)
        # after arithmatex, at 20, has marked the formulas
        md.treeprocessors.register(Mathematics(md, source), "mathematics", 15)
        md.treeprocessors.register(Figures(md, source), "figures", 14)
        md.treeprocessors.register(_Exercises(md, source), "exercises", 13)
        # after attr_list, at 8: what it reads, { situation="slope=2" }, is no words
        md.treeprocessors.register(Terms(md, source), "terms", 7)
        md.treeprocessors.register(_Particles(md), "particles", 6)
        # MkDocs checks and rewrites links later, at 0
        md.treeprocessors.register(_Situations(md), "situations", -1)


def makeExtension(**options) -> BookExtension:
    return BookExtension(**options)


def name_page(config: MkDocsConfig, page: Path) -> None:
    """Tells the extension which page comes next."""
    config.mdx_configs.setdefault(NAME, {})["source"] = str(page)


def render(page: Page) -> str:
    """The page's text as HTML, by the settings of its language.

    Raises PageError for what the extension cannot make.
    """
    config = load_config(str(project_root(page.path) / CONFIGURATIONS[page.language]))
    return to_html(config, page.path, meta.get_data(page.source)[0])


def to_html(config: MkDocsConfig, page: Path, text: str) -> str:
    """Markdown as HTML, as it would be if it stood on the page."""
    name_page(config, page)
    return markdown.markdown(
        text,
        extensions=config.markdown_extensions,
        extension_configs=config.mdx_configs,
    )


class _Numbers(Preprocessor):
    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source

    def run(self, lines: list[str]) -> list[str]:
        text = numbering.fill(self.source, "\n".join(lines))
        return _LETTERED.sub(self.lettered, text).split("\n")

    def lettered(self, match: re.Match) -> str:
        """The caption of an appendix's figure: captions know no letters."""
        begins = numbering.figure(self.source, match["number"])
        prefix = f'<span class="caption-prefix">{begins}.</span>'
        return f"{match['opens']}{match['id']}\n{prefix} "


class _Sources(Preprocessor):
    """Numbers the equations that included code names."""

    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source

    def run(self, lines: list[str]) -> list[str]:
        return numbering.fill_code(self.source, "\n".join(lines)).split("\n")


class _Exercises(Treeprocessor):
    """Puts each exercise, with its hints and its solution, into a box of its own.

    Above the hints stands what a script makes fields of, where answers are recorded.
    """

    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source

    def run(self, root: Element) -> None:
        box, label, answers = None, "", self.answers()
        for element in list(root):
            if element.tag in ("h1", "h2", "h3"):
                box = None
            elif begun := self.begins(element):
                label = begun
                box = Element("div", {"class": "exercise"})
                root.insert(list(root).index(element), box)
            if box is not None:
                root.remove(element)
                if element.get("class") == "hint" and label in answers:
                    box.append(_field(label, answers[label]))
                box.append(element)

    def begins(self, element: Element) -> str:
        """The label of the exercise that begins here, or nothing."""
        found = HTML_PLACEHOLDER_RE.match(element.text or "")
        stashed = str(self.md.htmlStash.rawHtmlBlocks[int(found[1])]) if found else ""
        begins = re.match(r'<strong id="exercise-([\w-]+)"', stashed)
        return begins[1] if begins else ""

    def answers(self) -> dict:
        """What tools/answers.py has recorded for the page's exercises."""
        root = project_root(self.source)
        file = root and root / f"snippets/outputs/{self.source.stem}/answers.json"
        if not file or not file.is_file():
            return {}
        return json.loads(file.read_text(encoding="utf-8"))


def _field(label: str, check: dict) -> Element:
    """What docs/shared/scripts/answers.js makes a form of."""
    data = json.dumps(check, separators=(",", ":")).encode()
    # encoded, so that a glance at the source does not show the answer
    shown = {"data-label": label, "data-check": base64.b64encode(data).decode()}
    return Element("theta-answer", {"hidden": "hidden"} | shown)


class _Situations(Treeprocessor):
    """`[…](loss.md#figure-surface){ situation="slope=2" }` opens the figure so."""

    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            if situation := link.attrib.pop("situation", None):
                link.set("href", f"{link.get('href')}?{situation}")


class _Particles(Treeprocessor):
    """Keeps a Korean particle on the line of the code or link that it stands behind."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.tag in ("a", "code", "span") and re.match(
                "[가-힣]", element.tail or ""
            ):
                element.tail = f"\N{WORD JOINER}{element.tail}"
