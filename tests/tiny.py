"""A book of one chapter that needs no torch, to be built in a second and broken."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from mkdocs.__main__ import cli

ROOT = Path(__file__).parents[1]

CHAPTER = """\
---
title: Sums
description: Whoever can count can add.
---

# Sums { #sums }

Read [the start](index.md#start) first, or try [the exercises](#exercises).

!!! note "Careful"

    Whoever counts errs.

```python
--8<-- "snippets/sums.py:imports"
```

```python
--8<-- "snippets/sums.py:total"
```

<!--pytest-codeblocks:expected-output-->

```text
--8<-- "snippets/outputs/sums/total.txt"
```

$$
a + b = b + a \\label{order}
$$

By $\\eqref{order}$, the order does not matter.

![A line.](figure:sums/line)

/// figure-caption
Numbers in a row.
///

## Exercises { #exercises }

**{ #five }** What is the sum of 2 and 3?

??? hint "If your answer differs"

    - You have counted one too many.
    - You have put one digit beside the other.
    - You have subtracted.

??? solution "Solution"

    The solution begins.

    ```python
    --8<-- "snippets/sums.py:solution_five"
    ```

    The solution ends.

**{ #nine }** What is the sum of 4 and 5?

??? hint "If your answer differs"

    - You have counted one too many.
    - You have put one digit beside the other.
    - You have subtracted.

??? solution "Solution"

    It is nine, as [](#exercise-five) is five.

## Sources { #sources }

Fingers.
"""
INDEX = """\
# Start { #start }

[](sums.md) takes {{ sums.minutes }} minutes, with [](sums.md#eq-order),
[](sums.md#exercise-five) and [](sums.md#figure-line).
"""
WORDS = """\
---
title: Glossary
description: What words mean.
---

# Glossary { #glossary }

{glossary}
"""
GLOSSARY = """\
english\tkorean\tavoid\tnote\tid\tmeaning_ko\tmeaning_en
digit\t숫자\t\t\tdigit\tOne of ten signs.\tOne of ten signs.
"""
FILES = {
    "docs/glossary.tsv": GLOSSARY,
    "snippets/__init__.py": "",
    "snippets/signs.py": 'EQUALS = "="\n',
    "snippets/sums.py": """\
# --8<-- [start:imports]
import math
# --8<-- [end:imports]

if __name__ == "__main__":
    # --8<-- [start:total]
    class Number(float):
        pass

    print(f"1 + 2 = {math.fsum([Number(1), Number(2)]):g}")
    # --8<-- [end:total]

    # --8<-- [start:solution_five]
    five = 2 + 3
    # --8<-- [end:solution_five]
""",
    "snippets/exercises/sums.py": """\
from snippets.exercises import which


def five(total: int) -> int:
    return which(total, 5, 6, 23, -1)


def nine(sum_of_both: int) -> int:
    return which(sum_of_both, 9, 10, 45, -1)
""",
    "snippets/figures/sums.py": """\
from matplotlib.figure import Figure

from snippets.signs import EQUALS


def figure_line():
    figure = Figure()
    figure.subplots().set_title(EQUALS)
    return figure
""",
    "snippets/outputs/sums/total.txt": "1 + 2 = 3\n",
    "snippets/outputs/sums/line.svg": (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" style="">\n'
        '<path d="M 0 0"/>\n</svg>\n'
    ),
}
COPIED = ("docs/conftest.py", "pyproject.toml", "snippets/exercises/__init__.py")
NAV = """\
nav:
  - index.md
  - Part:
      - sums.md
  - glossary.md
"""


def make(root: Path) -> Path:
    """The book, with the settings and the looks of the real one."""
    shutil.copytree(ROOT / "docs/shared", root / "docs/shared")
    pages = {
        "index.md": INDEX,
        "sums.md": CHAPTER,
        "glossary.md": WORDS,
    }
    files = FILES | {
        f"docs/{language}/{name}": text
        for language in ("ko", "en")
        for name, text in pages.items()
    }
    for name in COPIED:
        files[name] = (ROOT / name).read_text(encoding="utf-8")
    for name in ("mkdocs.yml", "mkdocs.en.yml"):
        settings = (ROOT / name).read_text(encoding="utf-8")
        files[name] = re.sub("^nav:\n(?:[ ].*\n)*", NAV, settings, flags=re.M)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def build_english(root: Path, **environment: str) -> tuple[str, Path]:
    """What the build of the English edition says, in this process, and its site.

    Executes no notebooks, unless NOTEBOOKS=1 is given.
    """
    environment = {"SITE_URL": "", "REPO_URL": "", "NOTEBOOKS": "0"} | environment
    site = root / "site/en"
    arguments = ("build", "-f", root / "mkdocs.en.yml", "--site-dir", site)
    # MkDocs does not tell here how a build has ended: the site tells
    done = CliRunner().invoke(cli, list(map(str, arguments)), env=environment)
    return done.output, site


def run_pages(pytester, root: Path, *arguments: str):
    """Runs pytest on pages, in this process."""
    # pytest-playwright cannot be in two pytests at once; Hypothesis would be imported
    # anew by each, which takes a second
    options = ("--rootdir", root, "-p", "no:playwright", "-p", "no:hypothesispytest")
    options += ("--block-seconds", "1", "-n", "0")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        return pytester.runpytest_inprocess(*arguments, *options)


def edit(file: Path, old: str, new: str) -> None:
    """Changes what stands in a file once."""
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} must hold this once: {old}"
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(text.replace(old, new))
