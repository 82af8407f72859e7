"""The site as `mkdocs build` leaves it, for a host that serves it under /theta/.

Its notebooks' pages are in tests/test_notebooks.py.
"""

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from PIL import Image

from publishing.page import Page as Source
from publishing.plugin import BookPlugin
from tests import tiny
from tests.projects import FOLDERS
from tests.server import PATH, SITE_URL, fetch, mkdocs_serve

ROOT = Path(__file__).parents[1]
# what a visit makes the browser ask for
REQUESTS = {("img", "src"), ("link", "href"), ("script", "src"), ("source", "srcset")}
LANGUAGES = pytest.mark.parametrize("language", FOLDERS.values())


class Document(HTMLParser):
    """Ids, links and attributes of a built page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.attributes = set(), [], {}
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.attributes.setdefault(tag, []).append(attributes)
        self.ids.add(attributes.get("id"))
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append((tag, name, attributes[name]))


@pytest.fixture(scope="module")
def documents(site):
    """Every page by its address under the site's root: "data.html", "en/data.html" …"""
    return {
        str(path.relative_to(site)): Document(path) for path in site.rglob("*.html")
    }


@pytest.fixture(scope="module")
def pages(documents):
    """The same without the pages for addresses that lead nowhere."""
    return {
        page: document
        for page, document in documents.items()
        if not page.endswith("404.html")
    }


def test_both_languages_have_every_page(documents):
    english = {page.removeprefix("en/") for page in documents if page[:3] == "en/"}
    korean = {page for page in documents if page[:3] != "en/"}
    sources = {f"{path.stem}.html" for path in (ROOT / "docs/ko").glob("*.md")}
    assert korean == english == sources | {"404.html"}
    for page, document in documents.items():
        language = "en" if page.startswith("en/") else "ko"
        assert document.attributes["html"][0]["lang"] == language


def test_every_link_arrives(site, documents):
    host = urlsplit(SITE_URL).netloc
    for page, document in documents.items():
        for tag, _, link in document.links:
            target = urlsplit(urljoin(SITE_URL + page, link))
            if target.netloc != host:
                assert tag == "a", f"{page} would ask {target.netloc} for {link}"
                continue
            where = f"{page} links to {link}"
            assert target.path.startswith(PATH), where
            path = target.path.removeprefix(PATH)
            file = site / path
            assert (file / "index.html" if file.is_dir() else file).is_file(), where
            if target.fragment and path in documents:
                place, _, _ = target.fragment.partition("?")  # behind it, a situation
                assert place in documents[path].ids, where


def test_no_page_asks_another_host_for_anything(documents):
    for page, document in documents.items():
        for tag, name, link in document.links:
            if (tag, name) in REQUESTS and not link.startswith(SITE_URL):
                assert not urlsplit(link).netloc, f"{page}: {link}"
        assert "@import" not in document.text


def test_each_page_names_its_translations(pages):
    for page, document in pages.items():
        name = page.removeprefix("en/")
        alternates = {
            link["hreflang"]: urljoin(SITE_URL + page, link["href"])
            for link in document.attributes["link"]
            if "hreflang" in link
        }
        korean, english = SITE_URL + name, f"{SITE_URL}en/{name}"
        assert alternates == {"ko": korean, "x-default": korean, "en": english}
        (switch,) = [a for a in document.attributes["a"] if "hreflang" in a]
        target = english if page == name else korean
        assert urljoin(SITE_URL + page, switch["href"]) == target


def test_nothing_is_left_unmade(documents):
    unmade = re.compile(r"--8<--|\$\$|\\\(|\\\[|figure:\w|arithmatex|\{\{|\]\(|/// ")
    for page, document in documents.items():
        article = re.search("<article.*?</article>", document.text, re.S)[0]
        drawn = re.sub(r"<(annotation|code).*?</\1>", "", article, flags=re.S)
        assert not unmade.search(drawn), f"{page}: {unmade.search(drawn)}"


def test_headings_are_in_order(documents):
    for page, document in documents.items():
        article = re.search(r"<article.*?</article>", document.text, re.S)[0]
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", article)]
        assert levels[0] == 1, page
        assert levels.count(1) == 1, page
        assert all(below - above <= 1 for above, below in pairwise(levels)), page


def test_ids_are_unique(documents):
    for page, document in documents.items():
        ids = re.findall(r'\sid="([^"]+)"', document.text)
        assert sorted(ids) == sorted(set(ids)), page


@LANGUAGES
def test_the_font_has_every_glyph_of_the_formulas(site, documents, language):
    font = site / language / "fonts/math.woff2"
    assert font.stat().st_size < 60_000
    known = TTFont(font).getBestCmap()
    text = "".join(document.text for document in documents.values())
    symbols = re.findall(r"<m[oin]\b[^>]*>([^<]*)</m[oin]>", text)
    written = set(html.unescape("".join(symbols))) - {"\N{FUNCTION APPLICATION}"}
    # what browsers draw for <mi>θ</mi> and <msqrt>
    assert {"θ", "x"} < written
    assert {c for c in written | {"𝜃", "𝑥", "√"} if ord(c) not in known} == set()


def test_no_hat_is_far_above_its_letter(documents):
    """WebKit lifts an accent that may not stretch by the height of a line."""
    text = "".join(document.text for document in documents.values())
    assert set(re.findall(r"<mo([^>]*)>[ˆ¯˜]</mo></mover>", text)) == {""}


def test_figures_are_pictures_with_words(documents):
    for page, document in documents.items():
        drawn = document.text.count("<svg viewBox=")
        figures = [a for a in document.attributes.get("span", ()) if a.get("role")]
        assert len(figures) <= drawn, page
        assert all(figure["aria-label"] for figure in figures), page
    shown = re.findall(r'class="figure"', documents["estimates.html"].text)
    source = (ROOT / "docs/ko/estimates.md").read_text(encoding="utf-8")
    assert len(shown) == source.count("](figure:") > 2


def test_each_page_says_what_it_is_to_those_who_list_it(site, pages):
    for page, document in pages.items():
        metas = {
            meta.get("name", meta.get("property")): meta.get("content")
            for meta in document.attributes["meta"]
        }
        assert metas["og:title"]
        assert metas["og:description"] == metas["description"]
        assert 20 < len(metas["description"]) < 200, page
        links = {link["rel"]: link["href"] for link in document.attributes["link"]}
        assert links["canonical"] == metas["og:url"] == SITE_URL + page
        described = re.search(r'ld\+json">(.*?)</script>', document.text, re.S)
        resource = json.loads(described[1])
        assert resource["@type"] == "LearningResource"
        assert resource["url"] == SITE_URL + page
        language = document.attributes["html"][0]["lang"]
        assert resource["inLanguage"] == language
        card = metas["og:image"].removeprefix(SITE_URL)
        assert card == f"{FOLDERS[language]}card.{language}.png"
        with Image.open(site / card) as picture:
            assert picture.size == (1200, 630)


def test_titles_and_descriptions_are_each_page_s_own(pages):
    for pattern in (
        "<title>(.*?)</title>",
        '<meta name="description" content="(.*?)">',
    ):
        said = [re.search(pattern, document.text)[1] for document in pages.values()]
        assert len(set(said)) == len(said)


@LANGUAGES
def test_the_sitemap_lists_every_page(site, pages, language):
    sitemap = (site / language / "sitemap.xml").read_text(encoding="utf-8")
    listed = re.findall("<loc>(.*?)</loc>", sitemap)
    assert sorted(listed) == sorted(
        SITE_URL + page for page in pages if page.startswith("en/") == bool(language)
    )


@LANGUAGES
def test_each_page_is_there_as_plain_markdown(site, pages, language):
    listed = (site / language / "llms.txt").read_text(encoding="utf-8")
    for page in pages:
        if page.startswith("en/") != bool(language):
            continue
        address = page.replace(".html", ".md")
        assert f"]({SITE_URL}{address})" in listed
        text = (site / address).read_text(encoding="utf-8")
        assert text.startswith("# ")
        left = re.search(r"--8<--|<!--|\{ ?#|figure:|\\label|\\eqref|\{\{", text)
        assert not left, f"{page}: {left}"
    model = (site / language / "model.md").read_text(encoding="utf-8")
    output = (ROOT / "snippets/outputs/model/names.txt").read_text(encoding="utf-8")
    assert "class Model(nn.Module):" in model
    assert output in model


@LANGUAGES
def test_the_feed_tells_what_has_changed(site, language):
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.parse(site / language / "feed.xml").getroot()
    entries = feed.findall(f"{atom}entry")
    assert entries
    for entry in entries:
        address = entry.find(f"{atom}id").text
        page, _, date = address.partition("#")
        assert page == f"{SITE_URL}{language}changes.html"
        assert entry.find(f"{atom}updated").text == f"{date}T00:00:00Z"
        assert entry.find(f"{atom}title").text
        assert "<p>" in entry.find(f"{atom}content").text
    dates = [entry.find(f"{atom}updated").text for entry in entries]
    assert dates == sorted(dates, reverse=True)
    assert feed.find(f"{atom}updated").text == dates[0]


def test_no_inline_script_runs_but_the_book_s(documents):
    for page, document in documents.items():
        (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', document.text)
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        assert rules["default-src"] == "'self'"
        assert "unsafe" not in rules["script-src"], page
        scripts = re.findall(r"<script>(.*?)</script>", document.text, re.S)
        hashes = {
            base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            for text in scripts
        }
        assert hashes == set(re.findall("'sha256-(.*?)'", rules["script-src"])), page


def test_links_that_leave_give_nothing_away(documents):
    for page, document in documents.items():
        metas = document.attributes["meta"]
        policies = [m["content"] for m in metas if m.get("name") == "referrer"]
        assert policies == ["same-origin"], page


def test_only_the_first_use_of_a_term_is_linked(documents):
    for page, document in documents.items():
        terms = [
            a["href"] for a in document.attributes["a"] if a.get("class") == "term"
        ]
        assert sorted(terms) == sorted(set(terms)), page
    assert "glossary.html#gradient" in documents["gradients.html"].text
    assert 'class="term"' not in documents["glossary.html"].text


# Building the book of one chapter


@pytest.mark.parametrize("language", FOLDERS)
def test_a_broken_page_leaves_no_site(mkdocs, book, language):
    tiny.edit(book / f"docs/{language}/sums.md", "a + b =", "a \\pluss b =")
    built = mkdocs("build", root=book, NOTEBOOKS="0")
    assert built.returncode
    assert re.search(rf"docs/{language}/sums.md:\d+: LaTeX: ", built.stderr)
    assert not (book / "site").exists()


@pytest.mark.parametrize(
    ("page", "link", "complaint"),
    [
        ("sums.md", "(index.md#stark)", "'index.md#stark'"),
        ("sums.md", "(nowhere.md)", "'nowhere.md'"),
        ("stray.md", "(index.md)", "stray.md"),  # nothing leads there
    ],
)
def test_a_broken_link_leaves_no_site(book, page, link, complaint):
    for language in FOLDERS:
        with (book / f"docs/{language}/{page}").open("a", encoding="utf-8") as file:
            file.write(f"\n# Stray {{ #stray }}\n\n[Here]{link}.\n")
    said, site = tiny.build_english(book)
    assert complaint in said
    assert not site.exists()


CHANGES = (
    ("docs/en/sums.md", "Whoever counts", "Who counts", "Who counts errs"),
    ("snippets/sums.py", "class Number", "class Digit", ">Digit</span>"),
    ("snippets/outputs/sums/total.txt", "= 3", "= three", "1 + 2 = three"),
    ("snippets/outputs/sums/line.svg", "M 0 0", "M 1 1", 'd="M 1 1"'),
    ("docs/glossary.tsv", "\tOne of ten signs.\n", "\tA sign.\n", 'title="A sign."'),
    ("mkdocs.en.yml", "Figure {}.", "Picture {}.", "Picture 1.1."),
    ("mkdocs.yml", "Part:\n", "Part:\n      - glossary.md\n", "2. Sums"),
)


@pytest.mark.parametrize(("path", "old", "new", "seen"), CHANGES)
def test_the_next_build_shows_a_change(book, path, old, new, seen):
    """In one process, as `mkdocs serve` builds: nothing that is kept is stale."""

    def shown() -> str:
        _, site = tiny.build_english(book)
        pages = sorted(site.glob("*.html"))
        return "".join(page.read_text(encoding="utf-8") for page in pages)

    assert seen not in shown()
    tiny.edit(book / path, old, new)
    assert seen in shown()


def test_serve_shows_both_languages_and_reloads_each(book):
    with mkdocs_serve(book) as url:
        for folder in FOLDERS.values():
            fetch(f"{url}{folder}sums.html", "Whoever counts errs")
        for language, folder in FOLDERS.items():
            with (book / f"docs/{language}/sums.md").open("a") as file:
                file.write("\nA sentence that was not there.\n")
            fetch(f"{url}{folder}sums.html", "A sentence that was not there.")
        assert not (book / "site").exists()


@pytest.mark.parametrize(
    ("command", "asked", "executes"),
    [
        ("build", None, True),
        ("build", "0", False),
        ("serve", None, False),
        ("serve", "1", True),
    ],
)
def test_notebooks_are_executed_to_build_and_not_to_serve(
    monkeypatch, command, asked, executes
):
    monkeypatch.delenv("NOTEBOOKS", raising=False)
    if asked:
        monkeypatch.setenv("NOTEBOOKS", asked)
    plugin = BookPlugin()
    plugin.on_startup(command=command, dirty=False)
    plugin.on_shutdown()
    assert plugin.executes == executes


def test_without_an_address_of_its_own_the_site_is_still_whole(mkdocs, book):
    """Built from a fresh clone, where nobody has said where it will stand."""
    built = mkdocs("build", root=book, NOTEBOOKS="0")
    assert built.returncode == 0, built.stderr
    page = (book / "site/sums.html").read_text(encoding="utf-8")
    assert 'rel="canonical"' not in page
    assert "og:image" not in page
    assert re.search(r'href="(\./)?en/sums\.html"', page)


def test_pages_can_be_edited_where_the_repository_is(book):
    for repository in ("https://github.com/who/sums", ""):
        _, site = tiny.build_english(book, REPO_URL=repository)
        page = (site / "sums.html").read_text(encoding="utf-8")
        edit = "https://github.com/who/sums/edit/main/docs/en/sums.md"
        assert (edit in page) == bool(repository)


@LANGUAGES
def test_the_contents_say_which_sections_a_reader_may_leave_out(site, language):
    path = site / language / "loss.html"
    contents = BeautifulSoup(path.read_text("utf-8"), "html.parser").select_one(
        ".md-sidebar--secondary"
    )
    page = Source(ROOT / "docs" / (language.strip("/") or "ko") / "loss.md")
    links = {a["href"].lstrip("#"): a.text.split() for a in contents.select("a")}
    told = {name for name, words in links.items() if words[-1] in ("deeper", "심화")}
    deeper = {heading.id for heading in page.deeper}
    assert deeper and told == deeper
    assert "closed-form" in links.keys() - deeper


def test_no_attribute_of_a_link_is_read_as_words(pages):
    for page, document in pages.items():
        text = BeautifulSoup(document.text, "html.parser")
        for code in text(["code", "pre", "script", "style"]):
            code.decompose()
        left = re.search(r"\{ (?:[.#]|\w+=).*", text.get_text())
        assert not left, f"{page}: {left[0]}"
