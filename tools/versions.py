"""`make versions`: pages and chapters' tests with the newest three versions of torch.

Each gets an environment of its own in .cache, in which all else is as pinned; it is
removed when it has been measured, for on Linux it takes several GB. What passes is a
table, which the page `about` shows; what does not is printed.
"""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

from publishing.blocks import blocks
from publishing.page import Page

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "snippets/outputs/about/versions.txt"
ENVIRONMENTS = ROOT / ".cache/versions"
PIP = ("-m", "pip", "--disable-pip-version-check")
CHAPTERS = sorted(file.stem for file in ROOT.glob("snippets/[!_]*.py"))
PAGES = [
    page
    for page in sorted(ROOT.glob("docs/[a-z][a-z]/*.md"))
    if re.search("^ *```python", page.read_text(encoding="utf-8"), re.M)
]
KINDS = ("blocks run", "outputs as recorded", "errors as recorded", "tests passed")
CHANGED = "the output has changed"


def main() -> None:
    command = (sys.executable, *PIP, "index", "versions", "torch")
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [("torch", *KINDS)]
    for version in newest(listing):
        passed, of = measured(cases(version))
        counts = (f"{passed[kind]} of {of[kind]}" for kind in KINDS)
        lines.append((version, *counts))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = "".join(
        "  ".join(map(str.ljust, line, widths)).rstrip() + "\n" for line in lines
    )
    table += f"measured on {date.today()}\n"
    print(table, end="")
    TABLE.write_text(table, encoding="utf-8")


def newest(listing: str, count: int = 3) -> list[str]:
    """The last version of each of the newest minor versions that pip lists."""
    last = {}
    for version in re.search("Available versions: (.+)", listing)[1].split(", "):
        version = version.partition("+")[0]  # +cpu is the same code
        last.setdefault(version.rpartition(".")[0], version)  # the newest come first
    return list(last.values())[:count]


def cases(version: str) -> ElementTree.Element:
    """What pytest says of each block and test, in a new environment with this torch."""
    environment = ENVIRONMENTS / version
    shutil.rmtree(environment, ignore_errors=True)
    try:
        subprocess.run((sys.executable, "-m", "venv", environment), check=True)
        python = environment / Path(sys.executable).relative_to(sys.prefix)
        pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8")
        pins = re.sub(r"^torch==\S+", f"torch=={version}", pinned, flags=re.M)
        requirements = environment / "requirements.txt"
        requirements.write_text(pins, encoding="utf-8")
        command = (python, *PIP, "install", "--quiet", "-r", requirements)
        subprocess.run(command, cwd=ROOT, check=True)
        report = environment / "report.xml"
        tests = (ROOT / f"tests/test_{name}.py" for name in CHAPTERS)
        command = (python, "-m", "pytest", "--quiet", f"--junitxml={report}", *PAGES)
        subprocess.run(
            (*command, *tests),
            cwd=ROOT,
            env=os.environ | {"MPLCONFIGDIR": str(environment / "matplotlib")},
            check=False,
        )
        return ElementTree.parse(report).getroot()
    finally:
        shutil.rmtree(environment, ignore_errors=True)


def measured(report: ElementTree.Element) -> tuple[Counter, Counter]:
    """How many of each of KINDS pass, and how many there are."""
    found = {}
    for page in PAGES:
        name = ".".join(page.relative_to(ROOT).parts)
        found |= {(name, f"line {block.line}"): block for block in blocks(Page(page))}
    said = defaultdict(str)
    for case in report.iter("testcase"):  # a test may have two: call and teardown
        where = case.get("classname"), case.get("name")
        said[where] += "".join(part.get("message", "") for part in case)
    passed, of = Counter(), Counter()
    for where, problem in said.items():
        block = found.get(where)
        if block is None:
            kinds = {"tests passed": not problem}
        else:
            kinds = {"blocks run": not problem or CHANGED in problem}
            if block.output:
                kind = "errors" if block.raises else "outputs"
                kinds[f"{kind} as recorded"] = not problem
        passed.update(kinds)
        of.update(kinds.keys())
    return passed, of


if __name__ == "__main__":
    main()
