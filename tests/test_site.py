"""The site as `mkdocs build` leaves it, for a host that serves it under /theta/."""

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from markdown import Markdown
from PIL import Image

from publishing import figures
from publishing.figures import FiguresExtension
from tests.server import fetch, mkdocs_serve

ROOT = Path(__file__).parents[1]
# what a visit makes the browser ask for
REQUESTS = {("img", "src"), ("link", "href"), ("script", "src"), ("source", "srcset")}


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


@pytest.fixture(scope="session")
def documents(site):
    """Every page by its address under the site's root: "data.html", "en/data.html" …"""
    return {
        str(path.relative_to(site)): Document(path) for path in site.rglob("*.html")
    }


def test_both_languages_have_every_page(site, documents):
    english = {page.removeprefix("en/") for page in documents if page[:3] == "en/"}
    korean = {page for page in documents if page[:3] != "en/"}
    sources = {f"{path.stem}.html" for path in (ROOT / "docs/ko").glob("*.md")}
    notebooks = {page for page in korean if page.startswith("notebooks/")}
    assert {page.removeprefix("notebooks/") for page in notebooks} <= sources
    assert korean == english == sources | notebooks | {"404.html"}
    for page, document in documents.items():
        language = "en" if page.startswith("en/") else "ko"
        assert document.attributes["html"][0]["lang"] == language


def test_every_link_arrives(site, site_url, documents):
    host = urlsplit(site_url).netloc
    for page, document in documents.items():
        for tag, _, link in document.links:
            target = urlsplit(urljoin(site_url + page, link))
            if target.netloc != host:
                assert tag == "a", f"{page} would ask {target.netloc} for {link}"
                continue
            where = f"{page} links to {link}"
            assert target.path.startswith("/theta/"), where
            path = target.path.removeprefix("/theta/")
            file = site / path
            assert (file / "index.html" if file.is_dir() else file).is_file(), where
            if target.fragment and path in documents:
                assert target.fragment in documents[path].ids, where


def test_no_page_asks_another_host_for_anything(site_url, documents):
    for page, document in documents.items():
        for tag, name, link in document.links:
            if (tag, name) in REQUESTS and not link.startswith(site_url):
                assert not urlsplit(link).netloc, f"{page}: {link}"
        assert "@import" not in document.text


def test_each_page_names_its_translations(site_url, documents):
    for page, document in documents.items():
        if page.endswith("404.html"):
            continue
        name = page.removeprefix("en/")
        alternates = {
            link["hreflang"]: urljoin(site_url + page, link["href"])
            for link in document.attributes["link"]
            if "hreflang" in link
        }
        korean, english = site_url + name, f"{site_url}en/{name}"
        assert alternates == {"ko": korean, "x-default": korean, "en": english}
        (switch,) = [a for a in document.attributes["a"] if "hreflang" in a]
        target = english if page == name else korean
        assert urljoin(site_url + page, switch["href"]) == target


def test_nothing_is_left_unmade(documents):
    unmade = re.compile(r"--8<--|\$\$|\\\(|\\\[|figure:\w|arithmatex")
    for page, document in documents.items():
        drawn = re.sub(r"<annotation.*?</annotation>", "", document.text, flags=re.S)
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


@pytest.mark.parametrize("language", ["", "en/"])
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


def test_figures_are_pictures_with_words(documents):
    for page, document in documents.items():
        drawn = document.text.count("<svg viewBox=")
        figures = [a for a in document.attributes.get("span", ()) if a.get("role")]
        assert len(figures) <= drawn, page
        assert all(figure["aria-label"] for figure in figures), page
    shown = re.findall(r'class="figure"', documents["estimates.html"].text)
    assert len(shown) == 2


def test_the_readme_shows_what_is_drawn_now():
    """Compared number by number, because processors differ in the last digit."""
    drawn, shown = (
        re.split(r"(-?\d+\.\d+)", text)
        for text in (
            figures.draw("estimates", "fit"),
            (ROOT / "docs/fit.svg").read_text(encoding="utf-8"),
        )
    )
    assert drawn[::2] == shown[::2], "run `make record`"
    numbers = [float(number) for number in drawn[1::2]]
    assert [float(number) for number in shown[1::2]] == pytest.approx(numbers, abs=0.01)


@pytest.fixture
def copy(tmp_path):
    """The project, to be changed."""
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "site", "tests", "mutation", "node", "zensical"
    )
    shutil.copytree(ROOT, tmp_path / "book", ignore=ignored)
    return tmp_path / "book"


def test_figures_are_drawn_while_pages_are_rendered(copy, monkeypatch):
    shutil.rmtree(copy / ".cache", ignore_errors=True)
    monkeypatch.setattr(figures, "_drawing", None)
    figures.begin(copy)
    monkeypatch.setattr(figures, "draw", None)
    with figures._drawing:
        for figure in ("anatomy/tree", "training/path"):  # the first and the last
            page = copy / "docs/ko" / f"{figure.partition('/')[0]}.md"
            md = Markdown(extensions=[FiguresExtension(source=str(page))])
            assert "<svg" in md.convert(f"![A figure](figure:{figure})")


def test_the_analyser_ends_with_who_asked_it():
    code = "from publishing import nouns; import os; nouns.nouns('글'); os._exit(0)"
    # it holds this pipe, too: run() returns when both are gone
    command = (sys.executable, "-c", code)
    subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, check=True, timeout=60)


def test_an_analyser_that_does_not_load_is_told(mkdocs, copy):
    shutil.rmtree(copy / ".cache/search", ignore_errors=True)
    (copy / "kiwipiepy.py").write_text("raise ImportError('broken')")
    built = mkdocs("build", root=copy)
    assert built.returncode
    told = built.stderr.strip().splitlines()
    assert "ImportError: broken" in told
    assert "`python -m publishing.nouns` has ended" in told[-1]
    assert not (copy / "site").exists()


def test_words_are_looked_for_again_when_the_code_that_finds_them_changes(mkdocs, copy):
    index, code = copy / "site/search/search_index.json", copy / "publishing/nouns.py"
    assert mkdocs("build", root=copy).returncode == 0
    before, text = index.read_bytes(), code.read_text(encoding="utf-8")
    code.write_text(text.replace("_LONGEST = 4", "_LONGEST = 1"), encoding="utf-8")
    assert mkdocs("build", root=copy).returncode == 0
    assert index.read_bytes() != before


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_broken_page_leaves_no_site(mkdocs, copy, language):
    page = copy / f"docs/{language}/estimates.md"
    text = page.read_text(encoding="utf-8").replace(
        "(X^\\top X)^{-1}", "(X^\\topp X)", 1
    )
    page.write_text(text, encoding="utf-8")
    line = text[: text.index("\\topp")].count("\n") + 1
    built = mkdocs("build", root=copy)
    assert built.returncode
    assert f"docs/{language}/estimates.md:{line}: LaTeX: " in built.stderr
    assert not (copy / "site").exists()


def test_a_broken_link_leaves_no_site(mkdocs, copy):
    page = copy / "docs/en/data.md"
    text = page.read_text(encoding="utf-8").replace(
        "(estimates.md#", "(estimates.md#x-"
    )
    page.write_text(text, encoding="utf-8")
    for _ in ("rendered", "not from the cache either"):
        built = mkdocs("build", root=copy)
        assert built.returncode
        assert "estimates.md#x-post-rows" in built.stderr
        assert not (copy / "site").exists()


@pytest.mark.parametrize(
    ("path", "old", "new", "seen", "executed"),
    [
        ("docs/en/data.md", "By the end", "At the end", "At the end", 0),
        ("snippets/data.py", "Means of y over", "Means of y in", "Means of y in", 2),
        ("snippets/outputs/data/same_data.txt", "True True", "Yes Yes", "Yes Yes", 0),
        ("docs/glossary.tsv", "drawn from N", "taken from N", "taken from N", 0),
        ("mkdocs.en.yml", "Figure {}.", "Picture {}.", "Picture 3.1.", 0),
    ],
)
def test_a_change_is_shown_although_the_page_is_cached(
    mkdocs, copy, path, old, new, seen, executed
):
    assert mkdocs("build", root=copy).returncode == 0
    assert seen not in (copy / "site/en/data.html").read_text(encoding="utf-8")
    source = copy / path
    text = source.read_text(encoding="utf-8")
    assert old in text
    source.write_text(text.replace(old, new), encoding="utf-8")
    built = mkdocs("build", root=copy)
    assert built.returncode == 0
    assert seen in (copy / "site/en/data.html").read_text(encoding="utf-8")
    assert built.stderr.count("Converting notebook (execute=True)") == executed
    assert built.stderr.count("/notebooks/data.ipynb") == executed


def test_a_page_that_nothing_leads_to_leaves_no_site(mkdocs, copy):
    for language in ("ko", "en"):
        stray = copy / f"docs/{language}/stray.md"
        stray.write_text("# Stray { #stray }\n", encoding="utf-8")
    built = mkdocs("build", root=copy)
    assert built.returncode
    assert "stray.md" in built.stderr
    assert not (copy / "site").exists()


def test_serve_shows_both_languages_and_reloads_each(copy):
    with mkdocs_serve(copy) as url:
        assert "정해 둔 값" in fetch(url, "정해 둔 값")
        assert "What was found" in fetch(f"{url}en/", "What was found")
        for language, folder in (("ko", ""), ("en", "en/")):
            page = copy / f"docs/{language}/data.md"
            with page.open("a", encoding="utf-8") as file:
                file.write("\nA sentence that was not there.\n")
            fetch(f"{url}{folder}data.html", "A sentence that was not there.")


def test_each_page_says_what_it_is_to_those_who_list_it(site, site_url, documents):
    for page, document in documents.items():
        if page.endswith("404.html"):
            continue
        metas = {
            meta.get("name", meta.get("property")): meta.get("content")
            for meta in document.attributes["meta"]
        }
        assert metas["og:title"]
        assert metas["og:description"] == metas["description"]
        assert 20 < len(metas["description"]) < 200, page
        links = {link["rel"]: link["href"] for link in document.attributes["link"]}
        assert links["canonical"] == metas["og:url"] == site_url + page
        described = re.search(r'ld\+json">(.*?)</script>', document.text, re.S)
        resource = json.loads(described[1])
        assert resource["@type"] == "LearningResource"
        assert resource["url"] == site_url + page
        assert resource["inLanguage"] == document.attributes["html"][0]["lang"]
        card = Image.open(
            site / urlsplit(metas["og:image"]).path.removeprefix("/theta/")
        )
        assert card.size == (1200, 630)
        assert len(card.getcolors(2**20)) > 20, f"nothing is written on {page}'s card"


def test_titles_and_descriptions_are_each_page_s_own(documents):
    texts = [d.text for page, d in documents.items() if not page.endswith("404.html")]
    for pattern in (
        "<title>(.*?)</title>",
        '<meta name="description" content="(.*?)">',
    ):
        said = [re.search(pattern, text)[1] for text in texts]
        assert len(set(said)) == len(said)


@pytest.mark.parametrize("language", ["", "en/"])
def test_the_sitemap_lists_every_page(site, site_url, documents, language):
    listed = re.findall(
        "<loc>(.*?)</loc>", (site / language / "sitemap.xml").read_text()
    )
    pages = {
        site_url + page
        for page in documents
        if page.startswith("en/") == bool(language) and not page.endswith("404.html")
    }
    assert set(listed) == pages


@pytest.mark.parametrize("language", ["", "en/"])
def test_a_notebook_s_page_shows_below_each_block_what_the_chapter_shows(
    site, language
):
    """What the chapter shows is recorded; what the notebook shows was executed."""
    notebooks = list((site / language / "notebooks").glob("*.html"))
    assert len(notebooks) == 8
    for notebook in notebooks:
        executed, recorded = (
            [
                output.get_text()
                for output in BeautifulSoup(page.read_bytes(), "html.parser").select(
                    ".language-text code"
                )
            ]
            for page in (notebook, site / language / notebook.name)
        )
        assert executed == recorded, notebook


@pytest.mark.parametrize("language", ["", "en/"])
def test_each_page_is_there_as_plain_markdown(site, site_url, documents, language):
    listed = (site / language / "llms.txt").read_text(encoding="utf-8")
    for page in documents:
        if page.endswith("404.html") or page.startswith("en/") != bool(language):
            continue
        if "notebooks/" in page:  # downloads/ has these
            continue
        address = page.replace(".html", ".md")
        assert f"]({site_url}{address})" in listed
        text = (site / address).read_text(encoding="utf-8")
        assert text.startswith("# ")
        assert not re.search(r"--8<--|<!--|\{ #|figure:|^synced", text, re.M), page
    model = (site / language / "model.md").read_text(encoding="utf-8")
    output = (ROOT / "snippets/outputs/model/names.txt").read_text(encoding="utf-8")
    assert "class Model(nn.Module):" in model
    assert output in model


@pytest.mark.parametrize("language", ["", "en/"])
def test_the_feed_tells_what_has_changed(site, site_url, language):
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.parse(site / language / "feed.xml").getroot()
    entries = feed.findall(f"{atom}entry")
    assert entries
    for entry in entries:
        address = entry.find(f"{atom}id").text
        page, _, date = address.partition("#")
        assert page == f"{site_url}{language}changes.html"
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


def test_links_that_leave_give_nothing_away(site_url, documents):
    for page, document in documents.items():
        for link in document.attributes["a"]:
            address = link.get("href", "")
            if address.startswith("http") and not address.startswith(site_url):
                assert link.get("rel") == "noopener", f"{page}: {address}"


def test_only_the_first_use_of_a_term_is_linked(documents):
    for page, document in documents.items():
        terms = [
            a["href"] for a in document.attributes["a"] if a.get("class") == "term"
        ]
        assert sorted(terms) == sorted(set(terms)), page
    assert "glossary.html#gradient" in documents["gradients.html"].text
    assert 'class="term"' not in documents["glossary.html"].text


def test_without_an_address_of_its_own_the_site_is_still_whole(mkdocs, tmp_path):
    """Built from a fresh clone, where nobody has said where it will stand."""
    built = mkdocs("build", "--site-dir", str(tmp_path / "site"))
    assert built.returncode == 0, built.stderr
    page = (tmp_path / "site/data.html").read_text(encoding="utf-8")
    assert 'rel="canonical"' not in page
    assert "og:image" not in page
    assert 'href="en/data.html"' in page or 'href="./en/data.html"' in page
