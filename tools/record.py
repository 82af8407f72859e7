"""`make record`: writes again what code prints, figures, and how answers are checked.

`python -m tools.record training` does so for one page. Look at what has changed before
you commit it.
"""

import re
import subprocess
import sys
from pathlib import Path

from publishing import drawing, figures
from tools import answers

ROOT = Path(__file__).parents[1]


def main(names: list[str]) -> int:
    pages = [ROOT / f"docs/ko/{name}.md" for name in names]
    pages = pages or sorted((ROOT / "docs/ko").glob("*.md"))
    for page in pages:
        if not page.is_file():
            sys.exit(f"docs/ko/{page.name} does not exist; name a page without its .md")
    shown = "".join(page.read_text(encoding="utf-8") for page in pages)
    for name, figure in sorted(set(figures.SOURCE.findall(shown))):
        record(name, figure)
    for page in pages:
        if (ROOT / f"snippets/exercises/{page.stem}.py").is_file():
            answers.record(page.stem)
    blocks = [
        page
        for page in pages
        if re.search("^ *```python", page.read_text("utf-8"), re.M)
    ]
    if not blocks:  # pytest would run everything
        sys.exit(f"{', '.join(names)}: no ```python block on docs/ko; write one first")
    command = (sys.executable, "-m", "pytest", "-q", "--record", *blocks)
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def record(name: str, figure: str) -> None:
    """Writes a figure, unless the recorded one differs in rounding alone.

    Beside it, what its explorable starts from, if it has one.
    """
    file = figures.recorded(ROOT, name, figure)
    drawn = drawing.draw(name, figure)
    if not file.is_file() or not drawing.alike(drawn, file.read_text(encoding="utf-8")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawn, encoding="utf-8")
        print(file.relative_to(ROOT))
    if given := drawing.given(name, figure):
        file.with_suffix(".json").write_text(given, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
