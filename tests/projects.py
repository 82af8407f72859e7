"""Copies of the project to try things on; beside them, stock Material with its pages.

Stock has the same Markdown, includes, navigation and Markdown extensions, less what
publishing/ adds: formulas stay LaTeX, figures are left out, nothing checks the pages.
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

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.utils import yaml_load
from mkdocs.utils.yaml import get_yaml_loader

from publishing.pages import CONFIGURATIONS
from tests.server import PATH

ROOT = Path(__file__).parents[1]
SITE_URL = f"https://example.org{PATH}"
ENVIRONMENT = os.environ | {"SITE_URL": SITE_URL, "NO_MKDOCS_2_WARNING": "1"}
FOLDERS = {"ko": "", "en": "en/"}  # of the built site
DRAWN = ("figures", "notebooks")  # caches of what snippets make, not of the site
MKDOCS = (sys.executable, "-m", "mkdocs")

_FIGURE = re.compile(r"!\[[^\]]*\]\(figure:[^)]*\)")
_TITLE = re.compile(r"^(title: .+|# [^{\n]*[^{\s])", re.M)
_KEPT = ("site_name", "docs_dir", "site_dir", "use_directory_urls", "nav")


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

    def built(self, page: str) -> Path:
        """The file that a page has become, whichever way addresses are made."""
        file = self.site / f"{page.removesuffix('.md')}.html"
        return file if file.is_file() else file.with_suffix("") / "index.html"

    def address(self, page: str) -> str:
        """Of a page, from the site's root."""
        return self.built(page).relative_to(self.site).as_posix()

    def build(self) -> Cost:
        """Builds each language; takes the time of both, the memory of the larger."""
        costs = [_mkdocs_build(self.root, name) for name in self.builds]
        seconds, processor, megabytes = zip(*costs, strict=True)
        return Cost(sum(seconds), sum(processor), max(megabytes))


def pair(folder: Path, pages: int = 0) -> tuple[Project, Project]:
    """The book and stock, each built once."""
    book = ours(folder / "ours", pages)
    beside = stock(book, folder / "stock")
    book.build()
    beside.build()
    return book, beside


def ours(folder: Path, pages: int = 0) -> Project:
    """A copy of the project, with `pages` pages a language if it has fewer."""
    # without caches, environments, history, built sites
    ignored = shutil.ignore_patterns(".*", "site", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=ignored)
    for made in DRAWN:
        if (ROOT / ".cache" / made).exists():
            shutil.copytree(ROOT / ".cache" / made, folder / ".cache" / made)
    _grow(folder, pages)
    return Project(folder, (CONFIGURATIONS["ko"],))


def stock(project: Project, folder: Path) -> Project:
    """Material with its defaults, search and copy buttons, and the project's pages."""
    for name in ("docs", "snippets"):
        shutil.copytree(project.root / name, folder / name)
    for page in (folder / "docs").rglob("*.md"):
        text = _FIGURE.sub("", page.read_text(encoding="utf-8"))
        page.write_text(text, encoding="utf-8")
    for language, name in CONFIGURATIONS.items():
        settings = read(project.root / name)
        extensions = settings["markdown_extensions"]
        extensions["pymdownx.snippets"]["base_path"] = [str(folder)]
        configuration = {key: settings[key] for key in _KEPT if key in settings}
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
    return Project(folder, tuple(CONFIGURATIONS.values()))


def read(configuration: Path) -> dict:
    """An MkDocs configuration, merged with what it inherits."""
    with configuration.open(encoding="utf-8") as file:
        return yaml_load(file, get_yaml_loader(config=MkDocsConfig()))


def write(configuration: Path, settings: dict) -> None:
    text = yaml.dump(settings, allow_unicode=True, sort_keys=False)
    configuration.write_text(text, encoding="utf-8")


def pages(root: Path) -> list[str]:
    """The pages of both languages: data.md …, en/data.md …"""
    korean = sorted(path.name for path in (root / "docs/ko").glob("*.md"))
    return [folder + name for folder in FOLDERS.values() for name in korean]


def heaviest(project: Project) -> str:
    """The page with the most HTML, compressed."""
    return max(pages(project.root), key=lambda page: weight(project.built(page)))


def weight(file: Path) -> float:
    """Kilobytes, compressed as tests/server.py does."""
    return len(gzip.compress(file.read_bytes())) / 1000


def _grow(root: Path, count: int) -> None:
    """Copies pages, in turn, and names the copies behind them in `nav`."""
    for language, configuration in CONFIGURATIONS.items():
        nav = (root / configuration).read_text(encoding="utf-8")
        originals = sorted((root / "docs" / language).glob("*.md"))
        for which, page in enumerate(originals):
            text = page.read_text(encoding="utf-8")
            line = rf"^( *- )(.+: )?{re.escape(page.name)}$"
            lines = r"\g<0>"
            for number in range(2, len(range(which, count, len(originals))) + 1):
                copy = page.with_stem(f"{page.stem}-{number}")
                copy.write_text(_TITLE.sub(rf"\1 ({number})", text), encoding="utf-8")
                lines += rf"\n\1{copy.name}"
            nav = re.sub(line, lines, nav, flags=re.M)
        (root / configuration).write_text(nav, encoding="utf-8")


def _mkdocs_build(root: Path, configuration: str) -> Cost:
    command = (*MKDOCS, "build", "--config-file", configuration)
    with TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=root, env=ENVIRONMENT, stderr=log)
        _, status, usage = os.wait4(process.pid, 0)  # of this process alone
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            print(log.read().decode(), file=sys.stderr)
            sys.exit(
                f"{root / configuration}: `mkdocs build` ends with "
                f"{process.returncode}; see above, and try `make build`"
            )
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
