"""What is made of the book, kept in files until the book changes."""

import hashlib
import pickle
import sysconfig
from collections.abc import Callable
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from publishing import pages

# all that pages are made of, but for the pages themselves
_SOURCES = ("mkdocs*.yml", "docs/glossary.tsv", "publishing/*.py", "snippets/**/*.*")

_sources = b""


def look(root: Path) -> None:
    """Reads what pages share; to be done once in a build."""
    global _sources
    libraries = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    names = (sorted(libraries), sorted(root.glob("docs/*/*.md")))
    digest = hashlib.sha256(repr(names).encode())
    for path in sorted(path for each in _SOURCES for path in root.glob(each)):
        if path.is_file():
            digest.update(path.read_bytes())
    _sources = digest.digest()


def made(
    config: MkDocsConfig, name: str, made_of: object, make: Callable[[], dict]
) -> dict:
    """What `make` returns: from a file until `made_of` or what pages share changes."""
    recipe = hashlib.sha256(repr((_sources, made_of)).encode()).digest()
    root = Path(config.config_file_path).parent
    cache = root / ".cache/renders" / config.theme["language"]
    file = cache / f"{name}.pickle"
    known = pickle.loads(file.read_bytes()) if file.exists() else {}
    if known.get("recipe") != recipe:
        known = make() | {"recipe": recipe}
        if not known.get("warned"):  # a warning shall be told again
            pages.write(file, pickle.dumps(known))
    return known
