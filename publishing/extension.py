"""The book's Markdown: numbers, mathematics, figures and terms of the glossary.

One extension registers all four, so that their order is seen at once.
"""

from pathlib import Path

import markdown
from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.utils import meta

from publishing import numbering
from publishing.figures import Figures
from publishing.glossary import Terms
from publishing.math import Mathematics
from publishing.page import CONFIGURATIONS, Page, project_root

NAME = "publishing.extension"


class BookExtension(Extension):
    """Option `source`: the page's path, whose folder is named after its language."""

    def __init__(self, **options):
        self.config = {"source": ["", "path of the page"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        source = Path(self.getConfig("source"))
        # before anything else reads the text
        md.preprocessors.register(_Numbers(md, source), "numbers", 100)
        # after arithmatex, at 20, has marked the formulas
        md.treeprocessors.register(Mathematics(md, source), "mathematics", 15)
        md.treeprocessors.register(Figures(md, source), "figures", 14)
        # the last to change words; MkDocs checks and rewrites links later, at 0
        md.treeprocessors.register(Terms(md, source), "terms", 12)


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
        return numbering.fill(self.source, "\n".join(lines)).split("\n")
