"""`make zensical`: what Zensical, Material's successor, does not show yet.

Zensical builds a copy that is made easy for it: numbers are filled in, configurations
have no INHERIT and no !relative, templates are left out. It runs no plugin `book`. What
is then missing is counted; nothing fails here.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from publishing import numbering
from publishing.page import CONFIGURATIONS
from tests.projects import read, write
from tools import projects

ENVIRONMENT = projects.ROOT / ".cache/zensical"
SHOWN = {  # the group is what is compared; without one, all of it
    "headings": r'<h[1-6][^>]* id="([^"]+)"',
    "formulas": r"<math\b.*?</math>",
    "figures": r'<span[^>]*class="figure".*?</svg>',
    "code": r'<div class="language-python[^"]*">(.*?)</div>',
    "outputs": r'<div class="language-text[^"]*">(.*?)</div>',
    "terms": r'<a class="term" href="([^"]*)"',
    "translations": r'href="([^"]+)" hreflang=',
}


def main() -> None:
    with TemporaryDirectory() as folder:
        book, _ = projects.pair(Path(folder))
        book.build()
        ours = contents(book.site)
        shutil.rmtree(book.site)
        prepare(book.root)
        for configuration in CONFIGURATIONS.values():
            build(book.root, configuration)
        missing = ours - contents(book.site)
    kinds = Counter(kind for kind, *_ in ours.elements())
    for kind, count in Counter(kind for kind, *_ in missing.elements()).items():
        print(f"{kind}: {count} of {kinds[kind]} are missing or different")


def prepare(root: Path) -> None:
    filled = {page: page.read_text("utf-8") for page in root.glob("docs/??/*.md")}
    filled = {page: numbering.fill(page, text) for page, text in filled.items()}
    for page, text in filled.items():
        page.write_text(text, "utf-8")
    settings = {name: read(root / name) for name in CONFIGURATIONS.values()}
    for language, name in CONFIGURATIONS.items():
        extensions = settings[name]["markdown_extensions"]
        extensions["pymdownx.snippets"]["base_path"] = ["."]
        source = str(root / "docs" / language / "index.md")
        extensions["publishing.extension"] = {"source": source}
        write(root / name, settings[name])
    for template in root.glob("docs/shared/**/*.html"):
        template.unlink()
    # Our extensions find the packages they need after Zensical's own; PYTHONPATH would
    # put ours first.
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))


def build(root: Path, configuration: str) -> None:
    command = (ENVIRONMENT / "bin/zensical", "build", "--config-file", configuration)
    environment = projects.ENVIRONMENT | {"PYTHONPATH": str(root)}
    if subprocess.run(command, cwd=root, env=environment, check=False).returncode:
        sys.exit(f"{configuration}: Zensical stops; see above")


def contents(site: Path) -> Counter:
    """What pages show, by kind, and the files beside them."""
    found = Counter()
    for page in site.rglob("*.html"):
        html = re.sub(' data-search-exclude(="")?', "", page.read_text("utf-8"))
        for kind, pattern in SHOWN.items():
            for text in re.findall(pattern, html, re.S):
                found[kind, page.relative_to(site), text] += 1
    for file in site.rglob("*.*"):
        folder = file.parent.relative_to(site)
        if not {"assets", "search"} & set(folder.parts):  # either brings its own
            found[f"files {folder / '*'}{file.suffix}", file.name] += 1
    return found


if __name__ == "__main__":
    main()
