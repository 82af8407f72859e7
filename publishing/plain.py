"""A page as plain Markdown, which needs none of the site's tools: for notebooks, for
those who copy a page, and for llms.txt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page as SitePage

from publishing import math, numbering
from publishing.blocks import include
from publishing.cells import Code, Exercise, parts
from publishing.page import Page

_ADMONITION = re.compile(r'(?:\?\?\?\+?|!!!|===) (?:(?P<kind>\w+) )?"(?P<title>.*)"$')
_EXERCISE = re.compile(r'^<strong id="(.*?)">(?P<number>[\w.]+)</strong> ', re.M)
_HEADING = re.compile(r"^(#+ .*?) \{ #([\w-]+) \}$", re.M)
_CAPTION = re.compile(r"^/// [\w-]+ \| (\S+) #(\S+)\n(.*?)\n///$", re.M | re.S)
_FOR_THE_SITE = re.compile(
    r"^(?:\{ \.[\w-]+ \}|<!--.*?-->|</?div\b.*?>|///.*)$\n?"  # lines
    r"|!\[\]\(figure:.*?\)|(?<=\))\{ (?:[.#]|situation=).*?\}| \{ \.[^}]*\}(?= \|)",
    re.M,
)
_LABELED = re.compile(r"\\tag\{([^}]*)\}\\label\{([^}]*)\}")
_REFERENCE = re.compile(r"\$\\eqref\{([^}]*)\}\$")
_MACRO = re.compile(rf"\\({'|'.join(math.MACROS)})\b")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([\w-]+)\.md(#[\w-]+)?\)")
_NOTE = re.compile(r"\[\^([\w-]+)\](:?)")


@dataclass(frozen=True)
class Piece:
    """A text, or a code cell; `of` is the part of the page that a code stands for."""

    text: str
    of: Code | Exercise | None = None
    solution: bool = False  # whether it is the heading of one


def pieces(page: Page, caption: str, site_url: str) -> Iterator[Piece]:
    """The page, whose numbers are filled in.

    `caption` is such as "Figure {}."; `site_url`, of the language, may be "".
    """
    lines: list[str] = []
    number, inside = "", False  # of the exercise; something indented

    def text(solution: bool = False) -> Iterator[Piece]:
        written = plain_text("\n".join(lines), page, caption, site_url).strip()
        lines.clear()
        if written:
            yield Piece(written, solution=solution)

    for part in parts(page):
        if not isinstance(part, str):
            yield from text()
            yield Piece(part.source, part)
            continue
        if inside and part[:1].strip():
            inside = False
            yield from text()
        if opened := _ADMONITION.match(part):
            inside = True
            if opened["kind"] != "solution":
                lines.append(f"**{opened['title']}**")
                continue
            yield from text()
            lines.append(f"#### {opened['title']} {number}")
            yield from text(solution=True)
            continue
        if "--8<--" in part:
            part = include(page.path, 1, part).text.rstrip("\n")
        if exercise := _EXERCISE.match(part):
            number = exercise["number"]
        lines.append(part.removeprefix("    ") if inside else part)
        if part.startswith("# "):
            yield from text()
    yield from text()


def markdown(page: Page, caption: str, site_url: str = "") -> str:
    """The page with code and outputs."""
    written = []
    for piece in pieces(page, caption, site_url):
        if isinstance(piece.of, Exercise):  # its code is for notebooks
            hints = "".join(f"- {hint}\n" for hint in piece.of.hints)
            written.append(f"**{piece.of.title}**\n\n{hints}".rstrip())
        elif not piece.of:
            written.append(piece.text)
        elif piece.of.alt is not None:
            written.append(f"[{piece.of.alt}]")
        else:
            written.append(f"```python\n{piece.text}\n```")
            if piece.of.output:
                output = piece.of.output.read_text(encoding="utf-8").rstrip("\n")
                written.append(f"```text\n{output}\n```")
            if piece.of.drawn is not None:
                written.append(f"[{piece.of.drawn}]")
    return "\n\n".join(written) + "\n"


def write(pages: list[SitePage], config: MkDocsConfig, caption: str) -> None:
    """Writes NAME.md beside each page of the site, and llms.txt."""
    site, listed = Path(config.site_dir), []
    for page in pages:
        path = Path(page.file.abs_src_path)
        filled = Page(path, numbering.fill(path, path.read_text(encoding="utf-8")))
        address = page.file.dest_uri.replace(".html", ".md")
        text = markdown(filled, caption, config.site_url or "")
        (site / address).write_text(text, encoding="utf-8")
        link = f"[{page.title}]({urljoin(config.site_url or '', address)})"
        listed.append(f"- {link}: {page.meta.get('description', '')}\n")
    start = f"# {config.site_name}\n\n> {config.site_description}\n\n"
    (site / "llms.txt").write_text(start + "".join(listed), encoding="utf-8")


def plain_text(text: str, page: Page, caption: str, site_url: str) -> str:
    """Words of the page without what only the site understands."""
    numbers = {label: number for number, label in _LABELED.findall(page.source)}
    notes = list(dict.fromkeys(name for name, _ in _NOTE.findall(page.source)))

    def note(match: re.Match) -> str:
        """A footnote's number, and in front of it what makes a list of footnotes."""
        return f"{'- ' if match[2] else ''}<sup>{notes.index(match[1]) + 1}</sup>"

    def link(match: re.Match) -> str:
        """A link to another page, absolute; its words alone where nothing is known."""
        words, name, section = match.groups(default="")
        return f"[{words}]({site_url}{name}.html{section})" if site_url else words

    text = _CAPTION.sub(
        lambda m: f'<a id="{m[2]}"></a>\n\n**{caption.format(m[1])}** {m[3]}', text
    )
    text = _HEADING.sub(_anchored, _FOR_THE_SITE.sub("", text))
    text = _EXERCISE.sub(r'<a id="\1"></a>\n\n### \2\n\n', text)
    text = _REFERENCE.sub(lambda match: f"({numbers.get(match[1], match[1])})", text)
    text = _MACRO.sub(r"\\operatorname{\1}", _LABELED.sub(r"\\tag{\1}", text))
    return _LINK.sub(link, _NOTE.sub(note, text))


def _anchored(heading: re.Match) -> str:
    """A heading that links of the page find; its title is found anyway."""
    anchor = "" if heading[1].startswith("# ") else f'<a id="{heading[2]}"></a>\n\n'
    return anchor + heading[1]
