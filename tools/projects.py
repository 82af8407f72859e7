"""Copies of the project to measure; beside them, stock Material with the same pages.

Stock has the same Markdown, includes, navigation and Markdown extensions, without what
publishing/ adds: formulas stay LaTeX, figures and numbers are left out, and nothing
checks the pages.
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from publishing.page import CONFIGURATIONS
from tests.projects import FOLDERS, ROOT, read, write
from tests.server import PATH

SITE_URL = f"https://example.org{PATH}"
ENVIRONMENT = os.environ | {"SITE_URL": SITE_URL, "NO_MKDOCS_2_WARNING": "1"}
# not copied: environments, history, what is made
IGNORED = shutil.ignore_patterns(".*", "site", "__pycache__", "*.egg-info")
STOCK_HAS = ("site_name", "docs_dir", "site_dir", "use_directory_urls", "nav")


class Cost(NamedTuple):
    seconds: float
    processor: float  # seconds
    megabytes: float  # at the peak


@dataclass(frozen=True)
class Project:
    root: Path
    builds: tuple[str, ...]  # `mkdocs build` is run once for each configuration

    @property
    def site(self) -> Path:
        return self.root / "site"

    def build(self, notebooks: bool = False) -> Cost:
        """Builds both languages: the time of both, the memory of the larger.

        Notebooks are executed only if asked for.
        """
        environment = ENVIRONMENT | {"NOTEBOOKS": "1" if notebooks else "0"}
        costs = [_build(self.root, name, environment) for name in self.builds]
        seconds, processor, megabytes = zip(*costs, strict=True)
        return Cost(sum(seconds), sum(processor), max(megabytes))


def pair(folder: Path, count: int = 0) -> tuple[Project, Project]:
    """The book and stock, not built, with `count` pages a language or all there are."""
    book = folder / "book"
    shutil.copytree(ROOT, book, ignore=IGNORED)
    _grow(book, count)
    stock = folder / "stock"
    _make_stock(book, stock)
    builds = tuple(CONFIGURATIONS.values())
    return Project(book, builds[:1]), Project(stock, builds)


def pages(root: Path) -> list[str]:
    """The pages of both languages: data.md …, en/data.md …"""
    korean = sorted(path.name for path in (root / "docs/ko").glob("*.md"))
    return [folder + name for folder in FOLDERS.values() for name in korean]


def address(page: str) -> str:
    """Of a page, from the site's root."""
    return f"{page.removesuffix('.md')}.html"


def weight(project: Project, page: str) -> float:
    """Kilobytes of a page's HTML, compressed as tests/server.py does."""
    return len(gzip.compress((project.site / address(page)).read_bytes())) / 1000


def heaviest(project: Project) -> str:
    """The page with the most HTML."""
    return max(pages(project.root), key=lambda page: weight(project, page))


def _make_stock(book: Path, folder: Path) -> None:
    """Material with its defaults, search and copy buttons, and the book's pages."""
    for name in ("docs", "snippets"):
        shutil.copytree(book / name, folder / name)
    for page in folder.glob("docs/*/*.md"):
        text = page.read_text(encoding="utf-8")
        text = re.sub(r"!\[[^\]]*\]\(figure:[^)]*\)", "", text)
        page.write_text(text, encoding="utf-8")
    for language, name in CONFIGURATIONS.items():
        settings = read(book / name)
        extensions = settings["markdown_extensions"]
        extensions["pymdownx.snippets"]["base_path"] = [str(folder)]
        configuration = {key: settings[key] for key in STOCK_HAS if key in settings}
        configuration |= {
            "site_url": SITE_URL + FOLDERS[language],
            "theme": {
                "name": "material",
                "language": language,
                "font": False,  # another host's bytes would depend on the network
                "features": ["content.code.copy"],
            },
            "plugins": ["search"],
            "markdown_extensions": {
                extension: options
                for extension, options in extensions.items()
                if not extension.startswith("publishing.")
            },
        }
        write(folder / name, configuration)


def _grow(root: Path, count: int) -> None:
    """Copies pages, in turn, and names the copies behind them in `nav`."""
    for language, configuration in CONFIGURATIONS.items():
        nav = (root / configuration).read_text(encoding="utf-8")
        originals = sorted((root / "docs" / language).glob("*.md"))
        for index, page in enumerate(originals):
            lines = r"\g<0>"
            for number in range(2, len(range(index, count, len(originals))) + 1):
                copy = page.with_stem(f"{page.stem}_{number}")
                _copy_page(page, copy, number)
                lines += rf"\n\1{copy.name}"
            line = rf"^( *- )(.+: )?{re.escape(page.name)}$"
            nav = re.sub(line, lines, nav, flags=re.M)
        (root / configuration).write_text(nav, encoding="utf-8")


def _copy_page(page: Path, copy: Path, number: int) -> None:
    """Equations get other labels: each label is unique in the whole book."""
    label = r"(\\label\{|\\eqref\{|\]\(#eq-)([a-z0-9-]+)"
    text = page.read_text(encoding="utf-8")
    text = re.sub(label, rf"\1\2-{number}", text)
    copy.write_text(text, encoding="utf-8")
    exercises = page.parents[2] / f"snippets/exercises/{page.stem}.py"
    if exercises.exists():
        shutil.copy(exercises, exercises.with_stem(copy.stem))


def _build(root: Path, configuration: str, environment: dict[str, str]) -> Cost:
    command = (sys.executable, "-m", "mkdocs", "build", "--config-file", configuration)
    with TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=root, env=environment, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            print(log.read().decode(), file=sys.stderr)
            sys.exit(f"{root / configuration}: `mkdocs build` fails; see above")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
