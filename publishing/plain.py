"""An MkDocs hook: each page as plain Markdown with code and outputs, and llms.txt."""

import re
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.utils import meta, write_file

from publishing import kept, pages

# what only the site's own tools read
_DIRECTIVE = re.compile(r"\s*<!--.*-->\s*$|\s*\{ \.\w+ \}\s*$|///$")
_HEADING_ID = re.compile(r" \{ #[\w-]+ \}$")
_CAPTION = re.compile(r"/// [\w-]+ \| (\S+)$")
_FIGURE = re.compile(r"!\[(.*)\]\(figure:.*\)")


def on_env(env, config: MkDocsConfig, files: Files) -> None:
    listed = []
    for file in files.documentation_pages():
        if not file.src_uri.endswith(".md"):  # a notebook has another way home
            continue
        path, address = Path(file.abs_src_path), file.dest_uri.replace(".html", ".md")
        made = kept.made(config, address, path.read_bytes(), partial(_made, path))
        write_file(made["plain"].encode(), str(Path(config.site_dir, address)))
        title = file.page.meta.get("title", file.page.title)
        link = f"[{title}]({urljoin(config.site_url or '', address)})"
        listed.append(f"- {link}: {file.page.meta.get('description', '')}\n")
    start = f"# {config.site_name}\n\n> {config.site_description}\n\n"
    write_file((start + "".join(listed)).encode(), f"{config.site_dir}/llms.txt")


def _made(page: Path) -> dict[str, str]:
    return {"plain": plain(page)}


def plain(page: Path) -> str:
    """The page's text with includes expanded, without the marks of the site's tools."""
    text, _ = meta.get_data(page.read_text(encoding="utf-8"))
    skipped = page.read_text(encoding="utf-8").count("\n") - text.count("\n")
    lines = []
    for number, line in enumerate(text.splitlines(), skipped + 1):
        if "--8<--" in line:
            indent = line[: len(line) - len(line.lstrip())]
            code = pages.include(page, number, line).text.splitlines()
            lines += [(indent + each).rstrip() for each in code]
        elif not _DIRECTIVE.match(line):
            line = _FIGURE.sub(r"[\1]", _HEADING_ID.sub("", line))
            lines.append(_CAPTION.sub(r"\1", line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines).strip()) + "\n"
