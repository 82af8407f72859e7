"""feed.xml, an Atom feed of the page whose front matter says `feed`.

The page's second-level sections are the entries; a section's id is its date.
"""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from mkdocs.structure.pages import Page

_SECTION = re.compile(
    r'<h2 id="(?P<date>\d{4}-\d\d-\d\d)">(?P<title>.*?)</h2>(?P<text>.*?)(?=<h2|$)',
    re.S,
)


def atom(page: Page, site_name: str) -> bytes:
    """The feed of a page that MkDocs has rendered."""
    feed = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    entries = list(_SECTION.finditer(page.content))
    author = SubElement(feed, "author")
    SubElement(author, "name").text = site_name
    _describe(feed, f"{site_name}: {page.title}", page.canonical_url)
    SubElement(feed, "updated").text = f"{entries[0]['date']}T00:00:00Z"
    for entry in entries:
        element = SubElement(feed, "entry")
        title = re.sub(r'<a class="headerlink".*?</a>|<[^>]*>', "", entry["title"])
        _describe(element, title.strip(), f"{page.canonical_url}#{entry['date']}")
        SubElement(element, "updated").text = f"{entry['date']}T00:00:00Z"
        SubElement(element, "content", type="html").text = entry["text"].strip()
    return tostring(feed, "utf-8", xml_declaration=True)


def _describe(element: Element, title: str, address: str) -> None:
    SubElement(element, "title").text = title
    SubElement(element, "id").text = address
    SubElement(element, "link", href=address)
