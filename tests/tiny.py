"""A book of one chapter that needs no torch, to be built in seconds and broken."""

import shutil
from pathlib import Path

from tests import projects

ROOT = Path(__file__).parents[1]

PAGE = """\
---
title: 1. Sums
---

# 1. Sums { #sums }

Read [the start](index.md#start) first, or try [the exercises](#exercises).

!!! note "Careful"

    Whoever counts errs.

```python
--8<-- "snippets/sums.py:total"
```

<!--pytest-codeblocks:expected-output-->

```text
--8<-- "snippets/outputs/sums/total.txt"
```

## Exercises { #exercises }

**1.1** What is the sum of 2 and 3?

??? hint "If your answer differs"

    - You have counted one too many.
    - You have put one digit beside the other.
    - You have subtracted.

??? solution "Solution"

    The solution begins.

    ```python
    --8<-- "snippets/sums.py:solution"
    ```

    The solution ends.

**1.2** What is the sum of 4 and 5?

??? hint "If your answer differs"

    - You have counted one too many.
    - You have put one digit beside the other.
    - You have subtracted.

??? solution "Solution"

    It is nine.

## Sources { #sources }

Fingers.
"""
SNIPPETS = {
    "__init__": """\
def which(answer, *candidates):
    return candidates.index(answer) if answer in candidates else -1
""",
    "tools": """\
SIGN = "="


def add(a: int, b: int) -> int:
    return a + b


def unused() -> int:
    return 1
""",
    "sums": """\
from snippets import which


def check_1(total: int) -> int:
    return which(total, 5, 6, 23, -1)


def check_2(sum_of_both: int) -> int:
    return which(sum_of_both, 9, 10, 45, -1)


if __name__ == "__main__":
    # --8<-- [start:total]
    from snippets.tools import SIGN, add

    print("1 + 2", SIGN, add(1, 2))
    # --8<-- [end:total]

    # --8<-- [start:solution]
    five = add(2, 3)
    # --8<-- [end:solution]
""",
}
ENGLISH = """\
INHERIT: mkdocs.yml
docs_dir: docs/en
site_dir: site/en
theme: {language: en}
"""
ADDRESSES = """\
site_url: !ENV [SITE_URL, ""]
repo_url: !ENV [REPO_URL, ""]
"""


def make(root: Path) -> None:
    """The book, with the settings and the code that make the real one's notebooks."""
    for language in ("ko", "en"):
        write(root / f"docs/{language}/index.md", "# Start { #start }\n")
        write(root / f"docs/{language}/sums.md", PAGE)
    for name, code in SNIPPETS.items():
        write(root / f"snippets/{name}.py", code)
    write(root / "snippets/outputs/sums/total.txt", "1 + 2 = 3\n")
    shutil.copytree(ROOT / "publishing", root / "publishing")
    settings = projects.read(ROOT / "mkdocs.yml")
    extensions = settings["markdown_extensions"]
    extensions["pymdownx.snippets"]["base_path"] = [str(root)]
    del extensions["publishing.glossary"]
    settings = {
        "site_name": "Sums",
        "docs_dir": "docs/ko",
        "use_directory_urls": False,
        "strict": True,
        "theme": {"name": "material", "language": "ko", "font": False},
        "hooks": ["publishing/notebooks.py", "publishing/renders.py"],
        "plugins": {
            "search": {},
            "mkdocs-jupyter": settings["plugins"]["mkdocs-jupyter"],
        },
        "markdown_extensions": extensions,
        "validation": settings["validation"],
        "nav": ["index.md", "sums.md", {"Notebook": "notebooks/sums.ipynb"}],
    }
    projects.write(root / "mkdocs.yml", settings)
    with (root / "mkdocs.yml").open("a") as file:
        file.write(ADDRESSES)
    write(root / "mkdocs.en.yml", ENGLISH)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
