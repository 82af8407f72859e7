"""Figures on a page: `![alt](figure:NAME/FIGURE)` shows a recorded drawing.

`make record` has drawn it, see publishing/drawing.py. Without alternative text it only
adorns a link: a picture of its own, figures/NAME/FIGURE.svg, not carried by the page.

A figure with FIGURE.json beside FIGURE.svg is one that the reader can move: a script of
docs/shared/scripts/explorables takes its place on the screen.
"""

import json
import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from publishing.drawing import inline
from publishing.page import PageError, project_root, relative

SOURCE = re.compile(r"figure:(\w+)/(\w+)")


class Figures(Treeprocessor):
    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source

    def run(self, root: Element) -> None:
        for image in root.iter("img"):
            match = SOURCE.fullmatch(image.get("src", ""))
            if match and not image.get("alt"):
                image.set("src", f"figures/{match[1]}/{match[2]}.svg")
                image.set("loading", "lazy")
            elif match:
                alt = image.get("alt", "")
                image.tag = "span"
                image.attrib = {"class": "figure", "role": "img", "aria-label": alt}
                image.set("data-search-exclude", "")
                image.text = self.md.htmlStash.store(self.svg(*match.groups()))
                self.make_explorable(image, *match.groups())

    def make_explorable(self, image: Element, name: str, figure: str) -> None:
        """Wraps a figure that has data in the custom element which shows that data."""
        file = recorded(project_root(self.source), name, figure).with_suffix(".json")
        if file.is_file():
            given = file.read_text(encoding="utf-8").strip()
            still = Element(image.tag, image.attrib)
            still.text, image.text = image.text, None
            image.tag = f"theta-{json.loads(given)['element']}"
            image.attrib = {"class": "explorable", "data-given": given}
            image.append(still)

    def svg(self, name: str, figure: str) -> str:
        file = recorded(project_root(self.source), name, figure)
        if file.is_file():
            return inline(file.read_text(encoding="utf-8"))
        text = self.source.read_text(encoding="utf-8")
        line = text.partition(f"figure:{name}/{figure}")[0].count("\n") + 1
        message = (
            f"{relative(file)} does not exist; let figure_{figure}() of "
            f"snippets/figures/{name}.py draw it, and run `make record PAGE={name}`"
        )
        raise PageError(self.source, line, message)


def recorded(root: Path, name: str, figure: str) -> Path:
    """The file of a figure."""
    return root / f"snippets/outputs/{name}/{figure}.svg"
