"""docs/glossary.tsv as a list, and as links at the terms' first use on a page.

A paragraph `{glossary}` becomes the list. Elsewhere the first use of a term links to
its entry, and the link's title is the entry's meaning.
"""

import csv
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from publishing.page import project_root

_LIST = "{glossary}"
_PAGE = "glossary.md"
_SILENT = {"a", "code", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "figure"}
_SILENT_CLASSES = {"math-inline", "math-display", "figure", "equation"}
# what may follow a word of one syllable for it to be that word
_PARTICLE = "(?=[^가-힣]|$|이|은|을|의|에|과|으로|도|마다)"


@dataclass(frozen=True)
class Entry:
    """A term in the page's language, in the other one, and what it means."""

    id: str
    term: str
    other: str
    meaning: str


def entries(root: Path, language: str) -> list[Entry]:
    """The terms that have a meaning, in the order of the language's alphabet."""
    table = root / "docs/glossary.tsv"
    return _entries(table.read_text(encoding="utf-8"), language)


@functools.lru_cache
def _entries(table: str, language: str) -> list[Entry]:
    found = []
    for row in csv.DictReader(table.splitlines(), delimiter="\t"):
        if row["id"]:
            words = [row["korean"].partition("(")[0], row["english"]]
            term, other = words if language == "ko" else reversed(words)
            found.append(Entry(row["id"], term, other, row[f"meaning_{language}"]))
    return sorted(found, key=lambda entry: entry.term.casefold())


class Terms(Treeprocessor):
    def __init__(self, md: Markdown, source: Path):
        super().__init__(md)
        self.source = source

    def run(self, root: Element) -> None:
        self.language = self.source.parent.name
        self.entries = entries(project_root(self.source), self.language)
        self.by_term: dict[str, Entry] = {}
        for entry in self.entries:
            self.by_term.setdefault(_bare(entry.term), entry)
        self.pattern = _pattern(tuple(self.by_term), self.language)
        lists = [each for each in root.iter("p") if each.text == _LIST]
        for place in lists:
            self.write_list(place)
        if not lists:
            self.seen: set[str] = set()
            self.link(root)

    def write_list(self, place: Element) -> None:
        place.tag, place.text = "dl", None
        place.attrib = {"class": "glossary", "data-search-exclude": ""}
        for entry in self.entries:
            term = SubElement(place, "dt", id=entry.id)
            term.text = f"{entry.term} "
            other = SubElement(
                term, "span", lang="en" if self.language == "ko" else "ko"
            )
            other.text = entry.other
            SubElement(place, "dd").text = entry.meaning

    def link(self, element: Element) -> None:
        """Links terms in the element, in reading order."""
        if element.tag in _SILENT or element.get("class") in _SILENT_CLASSES:
            return
        element.text, links = self.links(element.text)
        found = [links]
        for child in element:
            self.link(child)
            child.tail, links = self.links(child.tail)
            found.append(links)
        for place in reversed(range(len(found))):
            element[place:place] = found[place]

    def links(self, text: str | None) -> tuple[str | None, list[Element]]:
        """The text before the first link, and the links, each with its text behind."""
        before, links, end = text, [], 0
        for match, entry in self.first_uses(text or ""):
            between = text[end : match.start()]
            if links:
                links[-1].tail = between
            else:
                before = between
            address = f"{_PAGE}#{entry.id}"
            link = Element(
                "a", {"class": "term", "href": address, "title": entry.meaning}
            )
            link.text, end = match[0], match.end()
            links.append(link)
        if links:
            links[-1].tail = text[end:]
        return before, links

    def first_uses(self, text: str) -> Iterator[tuple[re.Match, Entry]]:
        for match in self.pattern.finditer(text):
            entry = self.by_term[match["term"].lower()]
            if entry.id not in self.seen:
                self.seen.add(entry.id)
                yield match, entry


def _bare(term: str) -> str:
    return re.sub(r" \(.*\)", "", term).lower()


@functools.lru_cache
def _pattern(terms: tuple[str, ...], language: str) -> re.Pattern:
    longest_first = sorted(terms, key=len, reverse=True)
    if language == "en":
        any_term = "|".join(map(re.escape, longest_first))
        return re.compile(rf"\b(?P<term>{any_term})(?:s|es)?\b", re.IGNORECASE)
    any_term = "|".join(
        re.escape(term) + (_PARTICLE if len(term) == 1 else "")
        for term in longest_first
    )
    return re.compile(rf"(?<![가-힣])(?P<term>{any_term})", re.IGNORECASE)
