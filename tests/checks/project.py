"""What stands beside the pages: pins, README.md, the counts of broken snippets.

Each pin names the version that is installed, and nothing that is needed lacks one.
README.md shows the figure and the numbers of the first page.
"""

import hashlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from publishing.page import Book, PageError

_PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.!]+)(?:  # .+)?")
_NO_PIN = re.compile(r"(?:-e \.|#.*)?")
_INSTALLERS = ("pip", "setuptools")  # which every environment begins with
_IMPORT = re.compile(r"^ *(?:import|from) (\w+)", re.M)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_COUNTED = re.compile(r"\d+ [a-z]+")
_LINK = re.compile(r"\]\((?!https?:)(?P<target>[^)#]+)[^)]*\)")
_SEAL = "tools/mutants.sha256"


def problems(book: Book) -> Iterator[PageError]:
    yield from _pins(book.root)
    yield from _readme(book)
    yield from _mutants(book.root)


def _pins(root: Path) -> Iterator[PageError]:
    path, lines = root / "requirements.txt", {}
    text = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(text, 1):
        if _NO_PIN.fullmatch(line):
            continue
        pin = _PIN.fullmatch(line)
        if not pin:
            yield PageError(path, number, f"{line}: write NAME==VERSION, one a line")
            return
        name = canonicalize_name(pin["name"])
        if name in lines:
            message = f"{name} is pinned in line {lines[name]} already; keep one"
            yield PageError(path, number, message)
        lines[name] = number
        if message := _not_installed(name, pin["version"]):
            yield PageError(path, number, message)
    for name, why in _needed(root, lines):
        if name not in lines:
            version = metadata.version(name)
            message = f"no pin for {name}, which {why} needs; write {name}=={version}"
            yield PageError(path, len(text), message)


def _not_installed(name: str, version: str) -> str | None:
    try:
        installed = metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return f"{name} is not installed; run `make setup`, or take it out"
    if installed != version:
        return f"{name} {installed} is installed; pin that, or run `make setup`"
    return None


def _needed(root: Path, pinned: dict[str, int]) -> Iterator[tuple[str, str]]:
    """What the project imports and what pinned packages ask for, and who needs it."""
    for name in pinned:
        for each in _asked(name):
            if each not in _INSTALLERS:
                yield each, name
    made = (root / "Makefile").read_text(encoding="utf-8")
    made += (root / "pyproject.toml").read_text(encoding="utf-8")
    made = made.replace("_", "-")  # as names of packages are compared
    for module, path in sorted(_imported(root).items()):
        for name in _packages().get(module, ()):
            name = canonicalize_name(name)
            # the project itself, and what the Makefile installs for single commands
            if f'"{name}"' not in made and f" {name}==" not in made:
                yield name, path


@cache
def _asked(name: str) -> list[str]:
    try:
        asked = map(Requirement, metadata.requires(name) or ())
    except metadata.PackageNotFoundError:
        return []
    here = {"extra": ""}
    return [
        canonicalize_name(each.name)
        for each in asked
        if not each.marker or each.marker.evaluate(here)
    ]


_packages = cache(metadata.packages_distributions)


def _imported(root: Path) -> dict[str, str]:
    """Modules that are not Python's own, and a file that imports each."""
    found = {}
    for path in [*root.glob("docs/*.py"), *root.glob("[pst]*/**/*.py")]:
        for name in _IMPORT.findall(path.read_text(encoding="utf-8")):
            if name not in sys.stdlib_module_names:
                found.setdefault(name, str(path.relative_to(root)))
    return found


def _readme(book: Book) -> Iterator[PageError]:
    path, index = book.root / "README.md", book.pages.get(("en", "index"))
    figure = index and re.search(r"!\[.*\]\(figure:(\w+/\w+)\)", index.source)
    shown = f"snippets/outputs/{figure[1]}.svg" if figure else ""
    code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code ^= line.startswith("```")
        for link in _LINK.finditer(line):
            if not (book.root / link["target"]).exists():
                message = f"{link['target']} does not exist; correct the link"
                yield PageError(path, number, message)
            elif link["target"].endswith(".svg") and link["target"] != shown:
                message = f"the first page begins with another figure; show {shown}"
                yield PageError(path, number, message)
        listed = re.match(r"\d+\. `(\w+)`", line)
        page = book.pages.get(("en", listed[1])) if listed else index
        if code or not page or not (listed or "θ" in line or "![" in line):
            continue
        pattern = _COUNTED if listed else _NUMBER
        for said in set(pattern.findall(line)) - set(pattern.findall(page.source)):
            message = f"docs/en/{page.name}.md has no {said}; correct the number"
            yield PageError(path, number, message)


def _mutants(root: Path) -> Iterator[PageError]:
    path = root / "snippets/outputs/about/mutants.txt"
    text = path.read_text(encoding="utf-8")
    if seal(text) != (root / _SEAL).read_text(encoding="utf-8"):
        message = "`make mutate` counts this, nobody else; take the edit back"
        yield PageError(path, 1, message)


def seal(text: str) -> str:
    """What tools/mutation.py puts beside the counts that it writes."""
    return hashlib.sha256(text.encode()).hexdigest() + "\n"
