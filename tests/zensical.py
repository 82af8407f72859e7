"""`make zensical`: what Zensical, Material's successor, makes of the book today.

A canary: nothing fails here. What stops Zensical is told and mended in a copy, step by
step; what it then leaves out is counted page by page. The list is what moving there
would be.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from publishing.pages import CONFIGURATIONS
from tests import projects
from tests.projects import FOLDERS, Project

ENVIRONMENT = projects.ROOT / ".cache/zensical"
_TAG = re.compile(r"<[^>]*>")
_FOR_SEARCH = re.compile(r' data-search-exclude(="")?')  # Zensical takes it out
# what a page shows; the group, if there is one, is what is compared
SHOWN = {
    "headings": re.compile(r'<h[1-6][^>]* id="([^"]+)"'),
    "formulas": re.compile(r"<math\b.*?</math>", re.S),
    "figures": re.compile(r'<span[^>]*class="figure".*?</svg>', re.S),
    "code": re.compile(r'<div class="language-python[^"]*">(.*?)</div>', re.S),
    "outputs": re.compile(r'<div class="language-text[^"]*">(.*?)</div>', re.S),
    "terms": re.compile(r'<a class="term" href="([^"]*)"'),
    "alternates": re.compile(r'href="([^"]+)" hreflang='),
}


def main() -> None:
    if not ENVIRONMENT.exists():
        sys.exit("tests.zensical: Zensical is missing; run `make zensical`")
    with TemporaryDirectory() as folder:
        ours = projects.ours(Path(folder, "ours"))
        ours.build()
        theirs = Project(Path(folder, "theirs"), ())
        shutil.copytree(ours.root, theirs.root, ignore=shutil.ignore_patterns("site"))
        borrow_packages()
        if build(theirs):
            compare(ours, theirs)


def borrow_packages() -> None:
    """Lets Zensical import what our Markdown extensions need, after its own packages.

    PYTHONPATH would put ours first.
    """
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    borrowed = sysconfig.get_path("purelib")
    (packages / "borrowed.pth").write_text(borrowed, encoding="utf-8")


def build(project: Project) -> bool:
    """Builds both languages, and mends what stops Zensical; whether that was enough."""
    mends = list(MENDS)
    for configuration in CONFIGURATIONS.values():
        while message := obstacle(project.root, configuration):
            print(f"{configuration} stops Zensical: {message}")
            known = next((mend for mend in mends if mend.sign in message), None)
            if not known:
                print("    no mend is known; add one to MENDS of tests/zensical.py")
                return False
            print(f"    mended in a copy: {known.what}")
            known.mend(project.root)
            mends.remove(known)  # no mend helps twice
        print(f"{configuration} is built")
    return True


def obstacle(root: Path, configuration: str) -> str | None:
    """Why Zensical does not build, if it does not."""
    run = subprocess.run(
        (ENVIRONMENT / "bin/zensical", "build", "--config-file", configuration),
        cwd=root,
        env=projects.ENVIRONMENT | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return None
    lines = run.stderr.strip().splitlines() or ["it says nothing"]
    told = next((line for line in lines if "Error: " in line), lines[-1])
    return told.replace(f"{root}{os.sep}", "")


def no_relative(root: Path) -> None:
    replace(root / "mkdocs.yml", r"!relative \$config_dir", "'.'")


def name_a_page(root: Path) -> None:
    named = rf"\1: {{source: {root}/docs/ko/index.md}}"
    replace(root / "mkdocs.yml", r"(publishing\.(math|figures)): {}", named)


def no_templates(root: Path) -> None:
    for template in (root / "docs/shared").rglob("*.html"):
        template.unlink()


def no_inherit(root: Path) -> None:
    configuration = root / CONFIGURATIONS["en"]
    projects.write(configuration, projects.read(configuration))


def replace(path: Path, pattern: str, by: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, by, text), encoding="utf-8")


class Mend(NamedTuple):
    sign: str  # part of what Zensical says
    what: str
    mend: Callable[[Path], None]


MENDS = (
    Mend("!relative", "base_path without !relative", no_relative),
    Mend(
        "IsADirectoryError",
        "publishing.math and .figures are told a page; a hook does that",
        name_a_page,
    ),
    Mend("already registered", "English without INHERIT, which appends", no_inherit),
    Mend(".html:", "without the templates of docs/shared", no_templates),
)


def compare(ours: Project, theirs: Project) -> None:
    print("\nthe same in both, of what MkDocs makes")
    print(f"{'':<20}" + "".join(f"{kind:>12}" for kind in SHOWN))
    for page in projects.pages(ours.root):
        here, there = shown(ours, page), shown(theirs, page)
        cells = (same(here[kind], there[kind]) for kind in SHOWN)
        print(f"{page:<20}" + "".join(f"{cell:>12}" for cell in cells))
    for language, folder in FOLDERS.items():
        here = ours.site / folder / "search/search_index.json"
        there = theirs.site / folder / "search.json"
        found = same(sections(here, "docs"), sections(there, "items"))
        print(f"sections to search, {language}: {found}")
    missing = Counter(map(kind_of_file, files(ours) - files(theirs)))
    print("files that are missing:")
    for kind, count in sorted(missing.items()):
        print(f"    {count:>3} {kind}")
    hooks = projects.read(ours.root / CONFIGURATIONS["ko"]).get("hooks", [])
    print("hooks that are not run:", *hooks)


def shown(project: Project, page: str) -> dict[str, Counter]:
    file = project.built(page)
    html = file.read_text(encoding="utf-8") if file.is_file() else ""
    html = _FOR_SEARCH.sub("", html)
    return {
        kind: Counter(
            # code is compared without the tags that color it
            unescape(_TAG.sub("", found)) if kind in ("code", "outputs") else found
            for found in pattern.findall(html)
        )
        for kind, pattern in SHOWN.items()
    }


def sections(index: Path, key: str) -> Counter:
    if not index.is_file():
        return Counter()
    found = json.loads(index.read_text(encoding="utf-8"))[key]
    return Counter(section["location"] for section in found)


def same(ours: Counter, theirs: Counter) -> str:
    return f"{(ours & theirs).total()} of {ours.total()}"


def files(project: Project) -> set[Path]:
    """What is built, but for what either generator brings along."""
    paths = (path.relative_to(project.site) for path in project.site.rglob("*.*"))
    brought = {"assets", "search"}
    return {path for path in paths if not brought & set(path.parts)}


def kind_of_file(path: Path) -> str:
    """Its name, or, for what each page has, its ending."""
    pages = {Path(page).stem for page in projects.pages(projects.ROOT)}
    return f"*{path.suffix}" if path.stem in pages else path.name


if __name__ == "__main__":
    main()
