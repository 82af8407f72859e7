"""A book of one chapter that needs no torch, to be built in seconds and broken."""

import shutil
from pathlib import Path

from tests import projects

ROOT = Path(__file__).parents[1]

PAGE = """\
---
title: 1. Sums
description: Whoever can count can add.
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
_ENGLISH = """\
INHERIT: mkdocs.yml
docs_dir: docs/en
theme: {language: en}
"""
_HOOKS = ("notebooks", "renders", "languages")
_SAME = ("edit_uri", "extra", "strict", "use_directory_urls", "validation")
_HERE = "HERE"
_TAGGED = """\
site_url: !ENV [SITE_URL, ""]
repo_url: !ENV [REPO_URL, ""]
"""


def make(root: Path) -> None:
    """The book, with the settings and the code that make the real one's notebooks."""
    for language in ("ko", "en"):
        _write(root / f"docs/{language}/index.md", "# Start { #start }\n")
        _write(root / f"docs/{language}/sums.md", PAGE)
    for name, code in SNIPPETS.items():
        _write(root / f"snippets/{name}.py", code)
    _write(root / "snippets/outputs/sums/total.txt", "1 + 2 = 3\n")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "publishing", root / "publishing", ignore=ignored)

    real = projects.read(ROOT / "mkdocs.yml")
    extensions = real["markdown_extensions"]
    extensions["pymdownx.snippets"]["base_path"] = [_HERE]
    del extensions["publishing.glossary"]
    settings = root / "mkdocs.yml"
    own = {
        "site_name": "Sums",
        "docs_dir": "docs/ko",
        "theme": {"name": "material", "language": "ko", "font": False},
        "hooks": [f"publishing/{name}.py" for name in _HOOKS],
        "plugins": {"search": {}, "mkdocs-jupyter": real["plugins"]["mkdocs-jupyter"]},
        "markdown_extensions": extensions,
        "nav": ["index.md", "sums.md", {"Notebook": "notebooks/sums.ipynb"}],
    }
    projects.write(settings, own | {name: real[name] for name in _SAME})
    text = settings.read_text(encoding="utf-8").replace(_HERE, "!relative $config_dir")
    settings.write_text(text + _TAGGED, encoding="utf-8")
    _write(root / "mkdocs.en.yml", _ENGLISH)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
